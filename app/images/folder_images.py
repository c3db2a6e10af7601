"""Which files of a folder are read as images, and why the others are not: one rule for the app, teaching and training.

Images lie in the folder or at any depth below it. Linked folders are entered, once. Hidden files and folders, label.txt
and what Windows leaves behind are no data.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from enum import Enum
from pathlib import Path
from typing import NamedTuple

from app.text import printable, shortened

IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".heic", ".heif", ".avif"})
LABEL_FILE = "label.txt"  # in the folder of a class whose label is no name for a folder
_UNREAD_SUFFIXES = frozenset(
    {".jfif", ".jpe", ".jif", ".gif", ".jxl", ".jp2", ".j2k", ".dng", ".cr2", ".cr3"}
    | {".nef", ".arw", ".orf", ".rw2", ".raf", ".raw", ".psd", ".tga", ".ppm", ".pgm", ".svg", ".ico", ".apng"}
)
_LEFT_BY_WINDOWS = frozenset({"thumbs.db", "desktop.ini"})


class Why(Enum):
    """Why a file or folder is skipped, in words; the value is what a message says."""

    OTHER_KIND = "image of a kind that is not read (rename .jfif to .jpg, convert others to JPEG or PNG)"
    HIDDEN = "hidden image"
    NO_IMAGE = "not an image file"
    NO_FILE = "a broken link, or no regular file"
    READ_ALREADY = "a link to a folder that is read already"
    OUTSIDE = "image outside any class folder"


class Skipped(NamedTuple):
    """A file or folder that is not read.

    Attributes:
        path: which one.
        why: the reason.
    """

    path: Path
    why: Why


class Found(NamedTuple):
    """What lies in a folder and below it, in natural order, folder by folder.

    Attributes:
        images: the files to read.
        skipped: everything else that may be missed.
    """

    images: list[Path]
    skipped: list[Skipped]


class Listing(NamedTuple):
    """What a folder holds, in natural order.

    Attributes:
        folders: its subfolders.
        files: everything else, broken links too.
        hidden: hidden images.
    """

    folders: list[Path]
    files: list[Path]
    hidden: list[Path]


def find_images(folder: Path) -> Found:
    """Finds the images in a folder and below it; a linked folder is entered unless it is read anyway.

    Raises:
        OSError: a folder cannot be listed.
    """
    found = Found([], [])
    above = {_identity(parent) for parent in folder.resolve().parents}  # a link there would lead round
    seen: set[tuple[int, int]] = set()
    waiting, links = [folder], list[Path]()
    while waiting or links:
        current = waiting.pop(0) if waiting else links.pop(0)  # links last: the real folder gives the names
        identity = _identity(current)
        if identity in seen or identity in above:
            found.skipped.append(Skipped(current, Why.READ_ALREADY))
            continue
        seen.add(identity)
        listing = list_folder(current)
        waiting[:0] = [inner for inner in listing.folders if not inner.is_symlink()]
        links += [inner for inner in listing.folders if inner.is_symlink()]
        found.images.extend(path for path in listing.files if is_image(path))
        found.skipped.extend(Skipped(path, _why(path)) for path in listing.files if not is_image(path))
        found.skipped.extend(Skipped(path, Why.HIDDEN) for path in listing.hidden)
    return found


def list_folder(folder: Path) -> Listing:
    """Lists a folder without hidden folders, label.txt, and the files that systems leave behind.

    Raises:
        OSError: it cannot be listed, or what is in it cannot be looked at.
    """
    found = Listing([], [], [])
    for path in sorted(folder.iterdir(), key=natural_key):
        if path.name.startswith("."):
            if is_image(path) and not path.name.startswith("._"):  # those are what macOS leaves beside files
                found.hidden.append(path)
        elif path.name != LABEL_FILE and path.name.lower() not in _LEFT_BY_WINDOWS:
            (found.folders if path.is_dir() else found.files).append(path)
    return found


def skipped_lines(skipped: Iterable[Skipped], root: Path) -> Iterator[str]:
    """Yields a line for each reason, with the first names.

    Args:
        skipped: what is not read.
        root: where the names start.
    """
    names: dict[Why, list[str]] = defaultdict(list)
    for path, why in skipped:
        names[why].append(printable(path.relative_to(root).as_posix()))
    for why in Why:
        if of_kind := names[why]:
            yield f"skipped, {why.value}: {shortened(of_kind)}"


def leads_back(link: Path, folder: Path) -> bool:
    """Tells whether a link in a folder leads to that folder or to one that holds it."""
    return link.is_symlink() and folder.resolve().is_relative_to(link.resolve())


def is_image(path: Path) -> bool:
    """Returns whether a path is a file with the suffix of an image; does not open it."""
    return path.suffix.lower() in IMAGE_SUFFIXES and path.is_file()


def looks_like_image(path: Path) -> bool:
    """Returns whether a path has the suffix of an image, of a kind that is read or not."""
    return path.suffix.lower() in IMAGE_SUFFIXES | _UNREAD_SUFFIXES and path.is_file()


def natural_key(path: Path) -> list[tuple[int, str]]:
    """Returns the sort key by which frame2 comes before frame10, whatever the case of the letters."""
    parts = re.split(r"(\d+)", path.name)
    key = [(int(part), "") if part.isdecimal() else (-1, part.lower()) for part in parts]
    return [*key, (-2, path.name)]  # so that a.png and A.png have an order as well


def _why(path: Path) -> Why:
    if not path.is_file():
        return Why.NO_FILE
    return Why.OTHER_KIND if path.suffix.lower() in _UNREAD_SUFFIXES else Why.NO_IMAGE


def _identity(folder: Path) -> tuple[int, int]:
    """What is the same for a folder and for links to it."""
    status = folder.stat()
    return status.st_dev, status.st_ino
