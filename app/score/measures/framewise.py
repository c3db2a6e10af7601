"""Frame-wise accuracy, macro F1 and confusion. A frame is as long as it is shown: all of it is counted in time."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from app.labels import UNSURE
from app.score.align import SECOND, Aligned


@dataclass(frozen=True)
class Framewise:
    """How long what was shown while what was going on.

    Attributes:
        confusion: (truth, shown) -> microseconds.
    """

    confusion: Mapping[tuple[str, str], int] = field(default_factory=dict)

    def __add__(self, other: "Framewise") -> "Framewise":
        return Framewise(Counter(self.confusion) + Counter(other.confusion))

    @property
    def scored_s(self) -> float:
        """The scored time."""
        return sum(self.confusion.values()) / SECOND

    @property
    def accuracy(self) -> float | None:
        """The share of the time in which the label shown was the true one ("MoF"); None without scored time."""
        total = sum(self.confusion.values())
        return sum(self._right(label) for label in self._true) / total if total else None

    @property
    def macro_f1(self) -> float | None:
        """The mean F1 of the labels that the truth has; None without any."""
        f1 = [self._f1(label) for label in self._true]
        return sum(f1) / len(f1) if f1 else None

    def confusion_s(self) -> dict[str, dict[str, float]]:
        """Returns truth -> shown -> seconds; "unsure" comes last."""
        shown = sorted({shown for _, shown in self.confusion}, key=lambda name: (name == UNSURE, name))
        return {
            truth: {name: self.confusion[truth, name] / SECOND for name in shown if (truth, name) in self.confusion}
            for truth in self._true
        }

    @property
    def _true(self) -> list[str]:
        return sorted({truth for truth, _ in self.confusion})

    def _right(self, label: str) -> int:
        return self.confusion.get((label, label), 0)

    def _f1(self, label: str) -> float:
        true = sum(length for (truth, _), length in self.confusion.items() if truth == label)
        shown = sum(length for (_, shown), length in self.confusion.items() if shown == label)
        return 2 * self._right(label) / (true + shown)


def count_framewise(clip: Aligned) -> Framewise:
    """Counts a clip."""
    confusion: Counter[tuple[str, str]] = Counter()
    truth, shown, _, lengths = (part.tolist() for part in clip.pieces)
    for true, said, length in zip(truth, shown, lengths, strict=True):
        confusion[clip.names[true], clip.names[said]] += length
    return Framewise(confusion)
