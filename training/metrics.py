"""What a model's answers are worth: accuracy, F1, the confusion matrix, and what the reject threshold leaves."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Scores:
    """Shares are 0..1; a class without pictures has recall and F1 0 and does not count in `macro_f1`.

    confusion: int64 (K, K), rows the truth, columns the answer. accepted: share of the pictures whose highest
    probability reaches the threshold; accepted_accuracy: how many of those are right, 0 when there are none.
    """

    labels: tuple[str, ...]
    confusion: Ints
    accepted: float
    accepted_accuracy: float

    @property
    def images(self) -> int:
        return int(self.confusion.sum())

    @property
    def accuracy(self) -> float:
        return float(np.trace(self.confusion) / self.images)

    @property
    def macro_f1(self) -> float:
        return float(np.mean([row["f1"] for row in self.per_class() if row["support"]]))

    def per_class(self) -> list[dict[str, Any]]:
        """A mapping for each class: label, precision, recall, f1, support."""
        hits = np.diag(self.confusion).astype(float)
        answers, support = self.confusion.sum(axis=0), self.confusion.sum(axis=1)
        precision, recall = _ratio(hits, answers), _ratio(hits, support)
        f1 = _ratio(2 * precision * recall, precision + recall)
        rows = zip(self.labels, precision, recall, f1, support, strict=True)
        return [
            {"label": label, "precision": float(p), "recall": float(r), "f1": float(f), "support": int(n)}
            for label, p, r, f, n in rows
        ]

    def to_json(self) -> dict[str, Any]:
        """All of it, in JSON's types, rounded to four decimals."""
        return {
            "images": self.images,
            "accuracy": round(self.accuracy, 4),
            "macro_f1": round(self.macro_f1, 4),
            "accepted": round(self.accepted, 4),
            "accepted_accuracy": round(self.accepted_accuracy, 4),
            "per_class": [
                {key: round(value, 4) if isinstance(value, float) else value for key, value in row.items()}
                for row in self.per_class()
            ],
            "confusion": self.confusion.tolist(),
        }


def score(probs: Floats, truth: Ints, labels: Sequence[str], thresholds: Sequence[float]) -> Scores:
    """probs: (N, K), N >= 1. truth: (N,) indices into `labels`. thresholds: K values 0..1, one for each answer."""
    answers = probs.argmax(axis=1)
    classes = len(labels)
    confusion = np.bincount(truth * classes + answers, minlength=classes * classes).reshape(classes, classes)
    accepted = probs.max(axis=1) >= np.asarray(thresholds)[answers]
    right = float((answers == truth)[accepted].mean()) if accepted.any() else 0.0
    return Scores(tuple(labels), confusion, float(accepted.mean()), right)


def _ratio(over: npt.NDArray[Any], under: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    result = np.zeros(len(over))
    np.divide(over, under, out=result, where=under > 0)
    return result
