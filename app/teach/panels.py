"""The panels of teaching in the window: the classes, a name that is typed, the labels to correct to, the result."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.arrays import Image
from app.overlay.list_panel import Panel
from app.sinks.window.choice_keys import CLOSE, NUMBER_KEYS, choice_keys
from app.teach.report import Report
from app.text import display_name, same_name

TARGET = 20  # images of a class that are enough, as a rule; five are the least


@dataclass(frozen=True, eq=False, kw_only=True)
class Lesson:
    """What there is to be seen of teaching.

    Attributes:
        numbers: class -> the number of its key, ascending.
        counts: class -> its images.
        keep_classes: whether the old classes stay.
        learned: how far a model is learned, 0..1; None when none is.
        captured: the class that is being captured; None: none is.
        pulse: changes a few times a second.
        newest: the last images of that class, uint8 RGB (S, S, 3).
        is_offered: a model of an earlier session waits to be taken up.
    """

    numbers: Mapping[str, int]
    counts: Mapping[str, int]
    keep_classes: bool = True
    learned: float | None = None
    captured: str | None = None
    pulse: bool = False
    newest: Sequence[Image] = ()
    is_offered: bool = False

    @property
    def rows(self) -> tuple[tuple[str, str, str], ...]:
        """Each class: its key, its name, and how many images it has of those that it needs."""
        return tuple((_key(number), display_name(label), self._count(label)) for label, number in self.numbers.items())

    def _count(self, label: str) -> str:
        count = self.counts.get(label, 0)
        return f"{count} of {TARGET}" if count < TARGET else str(count)


def teach_panel(lesson: Lesson) -> Panel:
    """Returns the classes with their number keys, and what can be done."""
    old = "stay" if lesson.keep_classes else "go"
    offer = ("o: go on with the model taught before",) if lesson.is_offered else ()
    hints = (
        *offer,
        "n: new class   Enter: learn",
        "hold a number: capture   u: undo",
        "e: rename   d: delete a class",
        f"old classes {old}   k: change",
        "w: write model   t: close",
    )
    labels = list(lesson.numbers)
    return Panel(
        "Teach" if lesson.learned is None else f"Learning... {lesson.learned:.0%}",
        lesson.rows,
        hints,
        progress=lesson.learned,
        active=labels.index(lesson.captured) if lesson.captured in labels else None,
        pulse=lesson.pulse,
        images=tuple(lesson.newest),
    )


def choosing_panel(lesson: Lesson, question: str) -> Panel:
    """Returns the classes, to choose one by its number."""
    return Panel(question, lesson.rows, ("number: this one   Esc: cancel",))


def deleting_panel(label: str, count: int) -> Panel:
    """Returns the question whether a class is really to go."""
    note = f"Its {count} images are moved aside, into .deleted beside the classes." if count else "It has no images."
    return Panel(f"Delete {display_name(label)}?", hints=("d: delete   Esc: cancel",), notes=(note,))


def naming_panel(lesson: Lesson, name: str) -> Panel:
    """Returns the classes, with the name that is typed above them."""
    return Panel(f"Name: {name}_", lesson.rows, ("Enter: accept   Esc: cancel",))


def correction_keys(labels: Sequence[str], numbers: Mapping[str, int]) -> dict[str, str]:
    """Gives each label the key by which a correction names it: its number in teaching, else a letter of its own.

    Args:
        labels: of the model; each has the letter of its place, whether or not others have a number.
        numbers: class -> the number of its key in teaching.

    Returns:
        Key -> label; labels for which no key is left are missing.
    """
    return choice_keys(labels, {label: _key(_number(label, numbers)) for label in labels})


def correction_panel(keys: Mapping[str, str], likeliest: Iterable[str]) -> Panel:
    """Returns the labels of the model with their keys.

    Args:
        keys: of `correction_keys`.
        likeliest: labels, the likeliest first; they come before the others.
    """
    place = {label: position for position, label in enumerate(likeliest)}
    ordered = sorted(keys.items(), key=lambda pair: place.get(pair[1], len(place)))
    rows = tuple((key, display_name(label), "") for key, label in ordered)
    return Panel("What is it really?", rows, (f"c, {CLOSE} or Esc: close",))


def result_panel(report: Report, numbers: Mapping[str, int]) -> Panel:
    """Returns what was learned and what it is worth."""
    rows = tuple(
        (_key(_number(label, numbers)), display_name(label), f"{share:.0%} right")
        for label, share in report.recall.items()
    )
    title = f"Learned in {report.seconds:.1f} s: {report.accuracy:.0%} right"
    notes = tuple(line[:1].upper() + line[1:] for line in report.remarks())
    return Panel(title, rows, ("w: write model   any other key: go on",), notes=notes)


def _number(label: str, numbers: Mapping[str, int]) -> int:
    """The number of a class of the model, which teaching may spell otherwise; 0 for none."""
    same = same_name(label, numbers)
    return 0 if same is None else numbers[same]


def _key(number: int) -> str:
    return NUMBER_KEYS[number - 1] if 0 < number <= len(NUMBER_KEYS) else ""
