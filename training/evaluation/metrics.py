"""What a model's answers are worth: accuracy, F1, the confusion matrix, and what the thresholds leave."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from app.arrays import Float32s, Float64s, Ints
from training.evaluation.calibration import Calibration, measure_calibration
from training.evaluation.coverage import CoverageCurve, above_threshold, measure_coverage
from training.evaluation.intervals import Interval, bootstrap, wilson

TOP = 3  # answers that the truth may be among
_CONFUSED = 10
# The keys of a score in metrics.json and in evaluate's JSON, where they are not its name.
_KEYS = {"coverage": "accepted", "selective_accuracy": "accepted_accuracy"}


@dataclass(frozen=True)
class ClassScores:
    """The scores of one class, as shares 0..1.

    Attributes:
        label: the class.
        precision: the share of its answers that are right; 0 without answers.
        recall: the share of its images that are found; 0 without images.
        recall_interval: Wilson's, 95 %.
        f1: the harmonic mean of both; 0 without images.
        support: how many images it has.
    """

    label: str
    precision: float
    recall: float
    recall_interval: Interval
    f1: float
    support: int


@dataclass(frozen=True)
class ConfusedPair:
    """One kind of mistake.

    Attributes:
        truth: the class of the images.
        answer: the class that they were taken for.
        images: how many there are.
        share: of the images of `truth`, 0..1.
    """

    truth: str
    answer: str
    images: int
    share: float


@dataclass(frozen=True, eq=False)
class Scores:
    """The scores of a model, as shares 0..1. A class without images does not count in the macro means.

    Attributes:
        labels: K classes.
        confusion: int64 (K, K), rows the truth, columns the answer.
        coverage: the share of the images whose answer is above the threshold of its class.
        selective_accuracy: the share of those that are right; 0 when there are none.
        top3: the share of the images whose truth is among the three likeliest.
        intervals: 95 %, of the scores named in `intervals.bootstrap`.
        calibration: of the probabilities as shipped.
        uncalibrated: before the temperature, None where that is not known.
        coverage_curve: coverage and accuracy under one threshold for all.
    """

    labels: tuple[str, ...]
    confusion: Ints
    coverage: float
    selective_accuracy: float
    top3: float
    intervals: Mapping[str, Interval]
    calibration: Calibration
    uncalibrated: Calibration | None
    coverage_curve: CoverageCurve

    @property
    def images(self) -> int:
        """How many were scored."""
        return int(self.confusion.sum())

    @property
    def accuracy(self) -> float:
        """The share of right answers."""
        return float(np.trace(self.confusion) / self.images)

    @property
    def macro_f1(self) -> float:
        """The mean of the classes' F1."""
        return float(np.mean([row.f1 for row in self.per_class() if row.support]))

    @property
    def macro_recall(self) -> float:
        """The mean of the classes' recalls, also called balanced accuracy."""
        return float(np.mean([row.recall for row in self.per_class() if row.support]))

    def per_class(self) -> list[ClassScores]:
        """Scores each class, in the order of the labels."""
        hits = np.diag(self.confusion).astype(float)
        answers, support = self.confusion.sum(axis=0), self.confusion.sum(axis=1)
        precision, recall = _ratio(hits, answers), _ratio(hits, support)
        f1 = _ratio(2 * precision * recall, precision + recall)
        return [
            ClassScores(label, float(p), float(r), wilson(int(h), int(n)), float(f), int(n))
            for label, p, r, f, n, h in zip(self.labels, precision, recall, f1, support, hits, strict=True)
        ]

    def confused(self, most: int = _CONFUSED) -> list[ConfusedPair]:
        """Lists the commonest mistakes, most images first."""
        support = self.confusion.sum(axis=1)
        pairs = [
            ConfusedPair(self.labels[row], self.labels[column], int(count), float(count / support[row]))
            for (row, column), count in np.ndenumerate(self.confusion)
            if row != column and count
        ]
        return sorted(pairs, key=lambda pair: (-pair.images, -pair.share))[:most]

    def to_json(self) -> dict[str, Any]:
        """Converts all of it to JSON's types, rounded to four decimals."""
        before = self.uncalibrated
        figures = {
            "images": self.images,
            "accuracy": self.accuracy,
            "macro_f1": self.macro_f1,
            "macro_recall": self.macro_recall,
            "top3": self.top3,
            _KEYS["coverage"]: self.coverage,
            _KEYS["selective_accuracy"]: self.selective_accuracy,
            "calibration_error": self.calibration.error,
            "calibration_error_by_chance": self.calibration.chance,
            "calibration_error_before": None if before is None else before.error,
            "intervals": {_KEYS.get(name, name): interval for name, interval in self.intervals.items()},
            "per_class": [asdict(row) for row in self.per_class()],
            "confused": [asdict(pair) for pair in self.confused()],
        }
        rounded: dict[str, Any] = _rounded(figures)
        return rounded | {"coverage": self.coverage_curve.to_json(), "confusion": self.confusion.tolist()}


def score(
    probs: Float32s,
    truth: Ints,
    labels: Sequence[str],
    thresholds: Sequence[float],
    uncalibrated: Float32s | None = None,
) -> Scores:
    """Scores the answers of a model.

    Args:
        probs: (N, K), N >= 1.
        truth: (N,), class numbers.
        labels: K classes.
        thresholds: K values 0..1, one for each answer.
        uncalibrated: (N, K), the probabilities before the temperature; None where they are not known.
    """
    answers = probs.argmax(axis=1)
    classes = len(labels)
    above = above_threshold(probs, thresholds)
    in_top3 = _ranks(probs, truth) < TOP
    return Scores(
        labels=tuple(labels),
        confusion=np.bincount(truth * classes + answers, minlength=classes * classes).reshape(classes, classes),
        coverage=float(above.mean()),
        selective_accuracy=float((answers == truth)[above].mean()) if above.any() else 0.0,
        top3=float(in_top3.mean()),
        intervals=bootstrap(truth, answers, in_top3, above, classes),
        calibration=measure_calibration(probs, truth),
        uncalibrated=None if uncalibrated is None else measure_calibration(uncalibrated, truth),
        coverage_curve=measure_coverage(probs, truth),
    )


def _ranks(probs: Float32s, truth: Ints) -> Ints:
    """The place of the truth among the probabilities, 0 the likeliest; the first of equals leads, as in argmax."""
    of_truth = probs[np.arange(len(truth)), truth][:, None]
    ahead = (probs == of_truth) & (np.arange(probs.shape[1]) < truth[:, None])
    ranks: Ints = ((probs > of_truth) | ahead).sum(axis=1)
    return ranks


def _ratio(over: Float64s, under: Float64s | Ints) -> Float64s:
    result = np.zeros(len(over))
    np.divide(over, under, out=result, where=under > 0)
    return result


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(inner) for inner in value]
    return round(float(value), 4) if isinstance(value, float) else value
