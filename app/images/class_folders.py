"""Folders of labelled images, as captures and most public datasets have them: <class>/*.jpg or <class>/<session>/*.jpg.

Which files of a folder are read says app.images.folder_images.

A class is called like its folder, or as the folder's label.txt says: not every label can be the name of a folder.
Teaching and training both read such folders through this file, so that both see the same classes.
Names that are the same in form (app.text.comparable) are one class, called as its first folder spells it.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from app.images.folder_images import (
    LABEL_FILE,
    Skipped,
    Why,
    find_images,
    leads_back,
    list_folder,
    looks_like_image,
)
from app.text import comparable, listed, spellings, tidy


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
        session: the name of the first folder between class and file; "" without one.
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
    folders = (folder for folder in list_folder(root).folders if not leads_back(folder, root))
    found = [ClassFolder(folder, label_of(folder)) for folder in folders]
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


def class_images(root: Path) -> tuple[list[ClassImage], list[Skipped]]:
    """Lists the image files of every class folder in `root`, at any depth, those without a session first.

    Returns:
        The images in natural order, and what is skipped: within the class folders, and images beside them.

    Raises:
        OSError: a folder cannot be listed.
    """
    images: list[ClassImage] = []
    skipped = [Skipped(path, Why.OUTSIDE) for path in list_folder(root).files if looks_like_image(path)]
    for folder, label in class_folders(root):
        found = find_images(folder)
        images += [ClassImage(path, label, _session(path, folder)) for path in found.images]
        skipped += found.skipped
    return images, skipped


def label_of(folder: Path) -> str:
    """Returns what the class of a folder is called: the content of its label.txt, else the folder's name."""
    written = _written_label(folder)
    return tidy(written) or written


def _session(path: Path, class_folder: Path) -> str:
    first, *below = path.relative_to(class_folder).parts
    return first if below else ""


def _written_label(folder: Path) -> str:
    file = folder / LABEL_FILE
    try:
        label = file.read_text(encoding="utf-8-sig").strip() if file.is_file() else ""  # a pipe would block the reader
    except (OSError, UnicodeDecodeError):
        label = ""
    return label or folder.name
