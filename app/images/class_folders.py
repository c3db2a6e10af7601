"""Folders of labelled images, as captures and most public datasets have them: <class>/*.jpg or <class>/<session>/*.jpg.

A class is called like its folder, or as the folder's label.txt says: not every label can be the name of a folder.
Teaching and training both read such folders through this file, so that both see the same classes.
Names that are the same in form (app.text.comparable) are one class, called as its first folder spells it.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from app.text import comparable, listed, spellings, tidy

IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff"})
LABEL_FILE = "label.txt"  # in the folder of a class whose label is no name for a folder
_LEFT_BY_WINDOWS = frozenset({"thumbs.db", "desktop.ini"})


class Listing(NamedTuple):
    """What a folder holds, in natural order.

    Attributes:
        folders: its subfolders.
        files: everything else, broken links too.
    """

    folders: list[Path]
    files: list[Path]


class ClassFolder(NamedTuple):
    """The folder of a class, or one of several.

    Attributes:
        path: the folder.
        label: the class.
    """

    path: Path
    label: str


class ClassImage(NamedTuple):
    """An image file of a class.

    Attributes:
        path: the file.
        label: the class.
        session: the name of the folder between class and file; "" without one.
    """

    path: Path
    label: str
    session: str


def class_folders(root: Path) -> list[ClassFolder]:
    """Lists the class folders in `root`, in natural order; files in `root` are ignored.

    Raises:
        OSError: `root` cannot be listed.
    """
    first: dict[str, str] = {}
    found = [ClassFolder(folder, label_of(folder)) for folder in list_folder(root).folders]
    return [ClassFolder(folder, first.setdefault(comparable(label), label)) for folder, label in found]


def joined_classes(folders: Iterable[Path]) -> Iterator[str]:
    """Yields a line for each class that stands under several names which are the same in form.

    Args:
        folders: the class folders, in the order in which they are read.
    """
    yield from joined_names(_written_label(folder) for folder in folders)


def joined_names(names: Iterable[str]) -> Iterator[str]:
    """Yields a line for each name that is written in several ways which are the same in form."""
    for same in spellings(names):
        shown = listed([f"{name!r}" for name in same])
        yield f"{shown} differ only in form (capitals, spaces or the coding of accents): taken as one class"


def class_images(root: Path) -> Iterator[ClassImage]:
    """Lists the image files of every class folder in `root`, those without a session first, in natural order.

    Raises:
        OSError: a folder cannot be listed.
    """
    for class_folder, label in class_folders(root):
        listing = list_folder(class_folder)
        yield from (ClassImage(path, label, "") for path in listing.files if is_image(path))
        for session in listing.folders:
            images = filter(is_image, list_folder(session).files)
            yield from (ClassImage(path, label, session.name) for path in images)


def label_of(folder: Path) -> str:
    """Returns what the class of a folder is called: the content of its label.txt, else the folder's name."""
    written = _written_label(folder)
    return tidy(written) or written


def list_folder(folder: Path) -> Listing:
    """Lists a folder without hidden files and folders, label.txt, and the files that Windows leaves behind.

    Raises:
        OSError: it cannot be listed, or what is in it cannot be looked at.
    """
    found = Listing([], [])
    for path in sorted(folder.iterdir(), key=natural_key):
        if not _is_ignored(path.name):
            (found.folders if path.is_dir() else found.files).append(path)
    return found


def is_image(path: Path) -> bool:
    """Returns whether a path is a file with the suffix of an image; does not open it."""
    return path.suffix.lower() in IMAGE_SUFFIXES and path.is_file()


def natural_key(path: Path) -> list[tuple[int, str]]:
    """Returns the sort key by which frame2 comes before frame10, whatever the case of the letters."""
    parts = re.split(r"(\d+)", path.name)
    key = [(int(part), "") if part.isdecimal() else (-1, part.lower()) for part in parts]
    return [*key, (-2, path.name)]  # so that a.png and A.png have an order as well


def _is_ignored(name: str) -> bool:
    return name.startswith(".") or name == LABEL_FILE or name.lower() in _LEFT_BY_WINDOWS


def _written_label(folder: Path) -> str:
    file = folder / LABEL_FILE
    try:
        label = file.read_text(encoding="utf-8-sig").strip() if file.is_file() else ""  # a pipe would block the reader
    except (OSError, UnicodeDecodeError):
        label = ""
    return label or folder.name
