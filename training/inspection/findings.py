"""What a check of a dataset can find, the worst first."""

from dataclasses import dataclass
from enum import Enum, IntEnum
from pathlib import Path


class Severity(IntEnum):
    """How bad a finding is.

    Attributes:
        ERROR: lost, or harmful to training or to its score.
        WARNING: probably to be fixed.
        REMARK: good to know.
    """

    ERROR = 0
    WARNING = 1
    REMARK = 2


class Kind(Enum):
    """A kind of finding; the worst first, which is the order of every list.

    Attributes:
        title: its name for people.
        severity: how bad it is.
        advice: what it means and what to do.
    """

    UNREADABLE = ("unreadable image", Severity.ERROR, "Training skips it. Fetch it again or remove it.")
    TRUNCATED = ("truncated image", Severity.ERROR, "The end of the file is missing; training skips it.")
    NOT_AN_IMAGE = ("not an image despite its extension", Severity.ERROR, "Training skips it. Remove it.")
    COPY_ACROSS_PARTS = (
        "exact copy across official parts",
        Severity.ERROR,
        "The same image is trained on and tested on, so the score is too good. Remove the one in train.",
    )
    COPY_ACROSS_CLASSES = (
        "exact copy across classes",
        Severity.ERROR,
        "An image with two labels teaches neither. Keep it in the class where it belongs, or in none.",
    )
    EMPTY_CLASS = ("empty class", Severity.ERROR, "Training refuses it. Add images or remove the folder.")
    MISSING_IN_PART = (
        "class without images in an official part",
        Severity.ERROR,
        "Training goes on and cannot judge it there. Add images of it to that part.",
    )
    UNTRAINABLE_CLASS = (
        "class too small to train",
        Severity.ERROR,
        "Training refuses it: training, validation and test need an image each. Add images or remove the folder.",
    )
    SINGLE_CLASS = ("only one class", Severity.ERROR, "Training needs two or more.")
    SPELLINGS = (
        "class names that differ only in form",
        Severity.WARNING,
        "Capitals, spaces and the coding of accents make no other class: they are trained as one. Rename or join them.",
    )
    NEAR_ACROSS_PARTS = (
        "near-duplicate across official parts",
        Severity.WARNING,
        "Nearly the same image is trained on and tested on. Compare them, and remove the one in train.",
    )
    NEAR_ACROSS_CLASSES = (
        "near-duplicate across classes",
        Severity.WARNING,
        "Nearly the same image has two labels. Compare them, and keep the one where it belongs.",
    )
    SMALL_CLASS = ("class with fewer than 20 images", Severity.WARNING, "Too few to learn from or to judge by.")
    IMBALANCE = (
        "classes of very different size",
        Severity.WARNING,
        "The largest has more than three times the images of the smallest, which will be missed more often.",
    )
    HUGE = ("huge image, not opened", Severity.WARNING, "Decoding takes hundreds of megabytes. Shrink it.")
    BLANK = ("blank image", Severity.WARNING, "One colour all over: nothing to learn from.")
    DARK = ("dark image", Severity.WARNING, "Hardly anything is lit. Remove it unless the camera will see the same.")
    TINY = ("tiny image", Severity.WARNING, "Its shorter side is under 80 px; the model sees it enlarged and soft.")
    BLURRED = ("blurred image", Severity.WARNING, "No fine detail is left. Remove it unless the camera is as soft.")
    UNUSED_IMAGE = ("image in a file that training skips", Severity.WARNING, "Convert or rename it.")
    OUTSIDE = ("image outside any class folder", Severity.WARNING, "Training skips it. Move it into a class.")
    COPY = ("exact copy within a class", Severity.WARNING, "Counts double in training. The first one is not listed.")
    NEAR = ("near-duplicate within a class", Severity.REMARK, "Counts nearly double. The first one is not listed.")
    FEW_IMAGES = ("class with fewer than 100 images", Severity.REMARK, "More images will help most here.")
    ROTATED = ("turned by its EXIF tag", Severity.REMARK, "Training turns it upright; other tools may not.")
    LEFT_OUT = (
        "hidden image, or link to what is read already",
        Severity.REMARK,
        "Training skips it. Give a hidden image another name if it is to count.",
    )
    OTHER_FILE = ("other file", Severity.REMARK, "Not an image file; training skips it.")

    def __init__(self, title: str, severity: Severity, advice: str) -> None:
        self.title = title
        self.severity = severity
        self.advice = advice


USELESS = frozenset({Kind.UNREADABLE, Kind.TRUNCATED, Kind.NOT_AN_IMAGE, Kind.OTHER_FILE})  # what quarantine moves
ACROSS = frozenset(  # either of the two files may be the wrong one
    {Kind.COPY_ACROSS_PARTS, Kind.COPY_ACROSS_CLASSES, Kind.NEAR_ACROSS_PARTS, Kind.NEAR_ACROSS_CLASSES}
)
_RANK = {kind: rank for rank, kind in enumerate(Kind)}


@dataclass(frozen=True, slots=True)
class File:
    """A file of a class.

    Attributes:
        path: where it is.
        name: its path below the data root.
        label: its class.
        folder: of the layout's entry that it was found by.
        part: of that entry, where the dataset has official parts.
    """

    path: Path
    name: str
    label: str
    folder: str
    part: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found.

    Attributes:
        kind: what it is.
        label: the class that it concerns.
        file: the file that it concerns; None when it is the class.
        detail: a figure or a reason.
        other: the file of which it is a copy.
    """

    kind: Kind
    label: str
    file: File | None = None
    detail: str = ""
    other: File | None = None

    @property
    def order(self) -> tuple[int, str, str]:
        """The key that sorts the worst first."""
        return _RANK[self.kind], self.label, self.file.name if self.file else ""
