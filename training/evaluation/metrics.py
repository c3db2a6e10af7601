"""What a model's answers are worth: accuracy, F1, the confusion matrix, and what the reject thresholds leave."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from training.evaluation.calibration import Coverage, Reliability, measure_coverage, measure_reliability
from training.evaluation.intervals import Interval, bootstrap, wilson

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

_TOP = 3
_CONFUSED = 10


@dataclass(frozen=True, eq=False)
class Scores:
    """Shares are 0..1; a class without pictures has recall and F1 0 and does not count in the macro means.

    confusion: int64 (K, K), rows the truth, columns the answer. accepted: share of the pictures whose highest
    probability reaches its threshold; accepted_accuracy: how many of those are right, 0 when there are none.
    top3: share whose truth is among the three likeliest. intervals: 95 %, for the figures named in
    `intervals.bootstrap`. uncalibrated: before the temperature, None where that is not known.
    """

    labels: tuple[str, ...]
    confusion: Ints
    accepted: float
    accepted_accuracy: float
    top3: float
    intervals: Mapping[str, Interval]
    reliability: Reliability
    uncalibrated: Reliability | None
    coverage: Coverage

    @property
    def images(self) -> int:
        return int(self.confusion.sum())

    @property
    def accuracy(self) -> float:
        return float(np.trace(self.confusion) / self.images)

    @property
    def macro_f1(self) -> float:
        return self._macro("f1")

    @property
    def macro_recall(self) -> float:
        """The mean of the classes' recalls, also called balanced accuracy."""
        return self._macro("recall")

    def _macro(self, figure: str) -> float:
        return float(np.mean([row[figure] for row in self.per_class() if row["support"]]))

    def per_class(self) -> list[dict[str, Any]]:
        """A mapping for each class: label, precision, recall, recall_interval (Wilson's, 95 %), f1, support."""
        hits = np.diag(self.confusion).astype(float)
        answers, support = self.confusion.sum(axis=0), self.confusion.sum(axis=1)
        precision, recall = _ratio(hits, answers), _ratio(hits, support)
        f1 = _ratio(2 * precision * recall, precision + recall)
        rows = zip(self.labels, precision, recall, f1, support, hits, strict=True)
        return [
            {
                "label": label,
                "precision": float(p),
                "recall": float(r),
                "recall_interval": wilson(int(h), int(n)),
                "f1": float(f),
                "support": int(n),
            }
            for label, p, r, f, n, h in rows
        ]

    def confused(self, most: int = _CONFUSED) -> list[dict[str, Any]]:
        """The commonest mistakes, foremost first: truth and answer (labels), images, share of the truth's pictures."""
        support = self.confusion.sum(axis=1)
        pairs: list[dict[str, Any]] = [
            {"truth": self.labels[row], "answer": self.labels[column], "images": int(count), "share": count / total}
            for (row, column), count in np.ndenumerate(self.confusion)
            if row != column and count and (total := int(support[row]))
        ]
        return sorted(pairs, key=lambda pair: (-pair["images"], -pair["share"]))[:most]

    def to_json(self) -> dict[str, Any]:
        """All of it, in JSON's types, rounded to four decimals."""
        before = self.uncalibrated
        figures = {
            "images": self.images,
            "accuracy": self.accuracy,
            "macro_f1": self.macro_f1,
            "macro_recall": self.macro_recall,
            "top3": self.top3,
            "accepted": self.accepted,
            "accepted_accuracy": self.accepted_accuracy,
            "calibration_error": self.reliability.error,
            "calibration_error_by_chance": self.reliability.chance,
            "calibration_error_before": None if before is None else before.error,
            "intervals": dict(self.intervals),
            "per_class": self.per_class(),
            "confused": self.confused(),
        }
        rounded: dict[str, Any] = _rounded(figures)
        return rounded | {"coverage": self.coverage.to_json(), "confusion": self.confusion.tolist()}


def score(
    probs: Floats, truth: Ints, labels: Sequence[str], thresholds: Sequence[float], uncalibrated: Floats | None = None
) -> Scores:
    """probs: (N, K), N >= 1. truth: (N,) indices into `labels`. thresholds: K values 0..1, one for each answer.

    uncalibrated: (N, K), the probabilities before the temperature, where they are known.
    """
    answers = probs.argmax(axis=1)
    classes = len(labels)
    confusion = np.bincount(truth * classes + answers, minlength=classes * classes).reshape(classes, classes)
    accepted = is_accepted(probs, thresholds)
    in_top3 = _ranks(probs, truth) < _TOP
    right = float((answers == truth)[accepted].mean()) if accepted.any() else 0.0
    return Scores(
        labels=tuple(labels),
        confusion=confusion,
        accepted=float(accepted.mean()),
        accepted_accuracy=right,
        top3=float(in_top3.mean()),
        intervals=bootstrap(truth, answers, in_top3, accepted, classes),
        reliability=measure_reliability(probs, truth),
        uncalibrated=None if uncalibrated is None else measure_reliability(uncalibrated, truth),
        coverage=measure_coverage(probs, truth),
    )


def is_accepted(probs: Floats, thresholds: Sequence[float]) -> npt.NDArray[np.bool_]:
    """(N, K) -> (N,): whether the answer, the likeliest class, reaches its own threshold."""
    reached: npt.NDArray[np.bool_] = probs.max(axis=1) >= np.asarray(thresholds)[probs.argmax(axis=1)]
    return reached


def _ranks(probs: Floats, truth: Ints) -> Ints:
    """The place of the truth among the probabilities, 0 the likeliest; the first of equals leads, as in argmax."""
    of_truth = probs[np.arange(len(truth)), truth][:, None]
    ahead = (probs == of_truth) & (np.arange(probs.shape[1]) < truth[:, None])
    ranks: Ints = ((probs > of_truth) | ahead).sum(axis=1)
    return ranks


def _ratio(over: npt.NDArray[Any], under: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    result = np.zeros(len(over))
    np.divide(over, under, out=result, where=under > 0)
    return result


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(inner) for inner in value]
    return round(float(value), 4) if isinstance(value, float) else value
