"""The result of teaching, as lines for people and as JSON."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from app.labels import OTHER
from app.text import counted, same_name, shortened

_ROUNDED = ("accuracy", "kept_loss", "background_taken", "temperature", "seconds")
_JSON_KEYS = {"images": "pictures"}  # where they are not the attribute's name


@dataclass(frozen=True, kw_only=True)
class Report:
    """What was taught, and what it is worth.

    Attributes:
        output: the file that was written.
        base: the file that was taught.
        kept: the old classes that stay.
        images: how many captures of each taught class.
        sessions: how many sessions they come from.
        accuracy: 0..1, of captures whose session the head did not see, by cross-validation.
        recall: the same for each taught class.
        kept_loss: share of the old classes' exemplars that a taught class takes; None when no old class stays.
        background_taken: share of images of other things that it would name; None where there are none to tell by.
        confused: the two classes most often taken for one another, when that is often.
        warnings: lines worth the user's attention.
        unreadable: files that could not be used.
        temperature: the divisor of the head's logits.
        thresholds: of each taught class; below it the answer is "unsure".
        seconds: from the prepared images to the written file.
    """

    output: str = ""
    base: str = ""
    kept: tuple[str, ...]
    images: Mapping[str, int]
    sessions: Mapping[str, int]
    accuracy: float
    recall: Mapping[str, float]
    kept_loss: float | None
    background_taken: float | None = None
    confused: tuple[str, str] | None
    warnings: tuple[str, ...]
    unreadable: tuple[str, ...]
    temperature: float
    thresholds: Mapping[str, float]
    seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """Returns JSON values, rounded to the digits that mean something."""
        found = {_JSON_KEYS.get(key, key): value for key, value in asdict(self).items()}
        for key in _ROUNDED:
            found[key] = None if found[key] is None else round(found[key], 4)
        found["recall"] = {label: round(value, 4) for label, value in self.recall.items()}
        return found

    def lines(self) -> Iterator[str]:
        """Yields lines for a terminal, the most important first."""
        yield self._headline()
        held_out = "images from sessions that" if max(self.sessions.values()) > 1 else "images that"
        yield f"accuracy on {held_out} it did not see: {self.accuracy:.0%} (cross-validated)"
        yield ", ".join(f"{label} {self.recall[label]:.0%} of {count}" for label, count in self.images.items())
        yield from self.remarks()
        if self.unreadable:
            images = counted(len(self.unreadable), "unreadable image")
            yield f"warning: skipped {images}: {shortened(self.unreadable)}"

    def remarks(self) -> Iterator[str]:
        """Yields what is known beside the accuracy, and what is doubtful."""
        if self.kept_loss is not None:
            yield f"of the old classes' examples, {self.kept_loss:.1%} now go to a new class"
        if self.background_taken is not None:
            yield f"of images that show something else, it would name {self.background_taken:.0%}{self._advice()}"
        if self.confused:
            first, second = self.confused
            yield f"{first} and {second} look alike: capture more of both"
        yield from (f"warning: {line}" for line in self.warnings)

    def _advice(self) -> str:
        if same_name(OTHER, self.images) is not None:
            return ""
        return f"; a class {OTHER!r} of yourself doing nothing in particular, and of your empty room, lowers that"

    def _headline(self) -> str:
        classes = counted(len(self.images), "class", "classes")
        total = counted(sum(self.images.values()), "image")
        old = sum(label not in self.images for label in self.kept)
        beside = f", beside the {old} old ones" if self.kept else ""
        return f"{self.output}: {classes} from {total} in {self.seconds:.1f} s{beside}"
