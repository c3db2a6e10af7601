"""The panels of teaching in the window: the classes, a name that is typed, the labels to correct to."""

from collections.abc import Mapping, Sequence

from app.overlay.panels import Panel
from app.text import display_name

CORRECTION_KEYS = "123456789abdefghijklmnopqrstuvwxyz"  # of the labels to correct to; c closes


def teach_panel(counts: Mapping[str, int], *, keep_classes: bool, is_learning: bool) -> Panel:
    """Returns the classes with their number keys, and what can be done.

    Args:
        counts: class -> its images, in the order of the number keys.
        keep_classes: whether the old classes stay.
        is_learning: whether a model is being taught.
    """
    old = "stay" if keep_classes else "go"
    hints = (
        "n: new class   Enter: learn",
        "hold a number: capture   u: undo",
        f"old classes {old}   k: change",
        "w: write model   t: close",
    )
    return Panel("Learning..." if is_learning else "Teach", _rows(counts), hints)


def naming_panel(counts: Mapping[str, int], name: str) -> Panel:
    """Returns the classes, with the name of a new one above them, as far as it is typed."""
    return Panel(f"Name: {name}_", _rows(counts), ("Enter: accept   Esc: cancel",))


def correction_panel(labels: Sequence[str]) -> Panel:
    """Returns the labels of the model with their keys."""
    rows = tuple((key, display_name(label), "") for key, label in zip(CORRECTION_KEYS, labels, strict=False))
    return Panel("What is it really?", rows, ("c or Esc: close",))


def _rows(counts: Mapping[str, int]) -> tuple[tuple[str, str, str], ...]:
    numbered = enumerate(counts.items(), 1)
    return tuple((str(number), display_name(label), str(count)) for number, (label, count) in numbered)
