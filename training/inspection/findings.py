"""What a check of a dataset can find, worst first."""

from dataclasses import dataclass
from enum import Enum, IntEnum
from pathlib import Path


class Severity(IntEnum):
    """ERROR: lost or harmful to training or its score. WARNING: probably to be mended. REMARK: good to know."""

    ERROR = 0
    WARNING = 1
    REMARK = 2


class Kind(Enum):
    """title: for people. advice: what it means and what to do. Worst first, in the order of every list."""

    UNREADABLE = ("unreadable picture", Severity.ERROR, "Training passes it over. Fetch it again or remove it.")
    TRUNCATED = ("truncated picture", Severity.ERROR, "The end of the file is missing; training passes it over.")
    NOT_AN_IMAGE = ("no picture in spite of its name", Severity.ERROR, "Training passes it over. Remove it.")
    COPY_ACROSS_PARTS = (
        "exact copy across official parts",
        Severity.ERROR,
        "What is tested was seen in training: the score is too good. Remove the one in train.",
    )
    COPY_ACROSS_CLASSES = (
        "exact copy across classes",
        Severity.ERROR,
        "One picture with two labels teaches neither. Keep it where it belongs, or nowhere.",
    )
    EMPTY_CLASS = ("empty class", Severity.ERROR, "Training refuses it. Add pictures or remove the folder.")
    UNTRAINABLE_CLASS = (
        "class too small to train",
        Severity.ERROR,
        "Training refuses it: training, validation and test need a picture each. Add pictures or remove the folder.",
    )
    SINGLE_CLASS = ("only one class", Severity.ERROR, "Training needs two or more.")
    NEAR_ACROSS_PARTS = (
        "near-duplicate across official parts",
        Severity.WARNING,
        "Nearly the same picture is trained and tested. Look, and remove the one in train.",
    )
    NEAR_ACROSS_CLASSES = (
        "near-duplicate across classes",
        Severity.WARNING,
        "Nearly the same picture has two labels. Look, and keep it where it belongs.",
    )
    SMALL_CLASS = ("class with fewer than 20 pictures", Severity.WARNING, "Too few to learn from or to judge by.")
    IMBALANCE = (
        "classes of very different size",
        Severity.WARNING,
        "The largest has more than three times the pictures of the smallest, which will be missed more often.",
    )
    HUGE = ("huge picture, not opened", Severity.WARNING, "Decoding takes hundreds of megabytes. Shrink it.")
    BLANK = ("blank picture", Severity.WARNING, "One colour all over: nothing to learn from.")
    DARK = ("dark picture", Severity.WARNING, "Hardly anything is lit. Remove it unless the camera will see the same.")
    TINY = ("tiny picture", Severity.WARNING, "Its shorter side is under 80 px; the model sees it enlarged and soft.")
    BLURRED = ("blurred picture", Severity.WARNING, "No fine detail is left. Remove it unless the camera is as soft.")
    UNUSED_PICTURE = ("picture in a file that training passes over", Severity.WARNING, "Convert or rename it.")
    OUTSIDE = ("picture outside any class folder", Severity.WARNING, "Training passes it over. Move it into a class.")
    COPY = ("exact copy within a class", Severity.WARNING, "Counts double in training. The first one is not listed.")
    NEAR = ("near-duplicate within a class", Severity.REMARK, "Counts nearly double. The first one is not listed.")
    FEW_PICTURES = ("class with fewer than 100 pictures", Severity.REMARK, "More pictures will help most here.")
    ROTATED = ("turned by its EXIF tag", Severity.REMARK, "Training turns it upright; other tools may not.")
    OTHER_FILE = ("other file", Severity.REMARK, "No picture by its name; training passes it over.")

    def __init__(self, title: str, severity: Severity, advice: str) -> None:
        self.title = title
        self.severity = severity
        self.advice = advice


USELESS = frozenset({Kind.UNREADABLE, Kind.TRUNCATED, Kind.NOT_AN_IMAGE, Kind.OTHER_FILE})  # what quarantine moves
_RANK = {kind: rank for rank, kind in enumerate(Kind)}


@dataclass(frozen=True, slots=True)
class File:
    """A file of a class. name: its path below the data root. folder, part: of the layout's entry it was found by."""

    path: Path
    name: str
    label: str
    folder: str
    part: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """file: None when it concerns a class. other: the file of which it is a copy."""

    kind: Kind
    label: str
    file: File | None = None
    detail: str = ""
    other: File | None = None

    @property
    def order(self) -> tuple[int, str, str]:
        """Sorts the worst first."""
        return _RANK[self.kind], self.label, self.file.name if self.file else ""


def printable(text: str) -> str:
    """Text that any terminal and page can show: bytes that are no UTF-8 and control characters become escapes."""
    shown = text.encode("utf-8", "backslashreplace").decode()
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in shown)
