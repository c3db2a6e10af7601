"""What came of teaching, as lines for people and as JSON."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Report:
    """accuracy, recall: of pictures whose session the head did not see, 0..1, by cross-validation.

    kept: the old classes that stay. kept_loss: the share of their prototypes that a new class takes, None without them.
    pictures, sessions: how many of each new class. confused: the two classes most often taken for one another.
    penalty, temperature, thresholds: what was chosen. seconds: from the prepared pictures to the written file.
    """

    output: str
    base: str
    kept: tuple[str, ...]
    pictures: Mapping[str, int]
    sessions: Mapping[str, int]
    accuracy: float
    recall: Mapping[str, float]
    kept_loss: float | None
    confused: tuple[str, str] | None
    warnings: tuple[str, ...]
    unreadable: tuple[str, ...]
    penalty: float
    temperature: float
    thresholds: Mapping[str, float]
    seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """JSON values, rounded to what means something."""
        found = asdict(self)
        for key in ("accuracy", "kept_loss", "temperature", "seconds"):
            found[key] = None if found[key] is None else round(found[key], 4)
        found["recall"] = {label: round(value, 4) for label, value in self.recall.items()}
        return found

    def lines(self) -> Iterator[str]:
        """For a terminal or a window, the most important first."""
        total = sum(self.pictures.values())
        old = sum(label not in self.pictures for label in self.kept)
        unseen = "from sessions that" if max(self.sessions.values()) > 1 else "that"
        classes = "1 class" if len(self.pictures) == 1 else f"{len(self.pictures)} classes"
        yield (
            f"{self.output}: {classes} from {total} pictures in {self.seconds:.1f} s"
            + (f", beside the {old} old ones" if self.kept else "")
        )
        yield f"of pictures {unseen} it did not see, {self.accuracy:.0%} right (cross-validated)"
        yield ", ".join(f"{label} {self.recall[label]:.0%} of {count}" for label, count in self.pictures.items())
        if self.kept_loss is not None:
            yield f"of what it remembers of the old classes, {self.kept_loss:.1%} now go to a new one"
        if self.confused:
            first, second = self.confused
            yield f"{first} and {second} look alike: capture more of both"
        yield from (f"warning: {line}" for line in self.warnings)
        if self.unreadable:
            yield f"warning: skipped {len(self.unreadable)} unreadable pictures: {', '.join(self.unreadable)}"
