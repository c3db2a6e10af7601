"""Captured pictures, from memory or from folders: prepared at once, so that no full-size picture stays in memory."""

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from app.arrays import Image
from app.errors import SourceError
from app.images.class_folders import IMAGE_SUFFIXES, natural_key
from app.images.prepare import InputSpec, prepare
from app.images.read import read_image
from app.teach.capture_files import label_of

_CHUNK = 32  # full-size pictures in memory at once, at most


@dataclass(frozen=True, eq=False, slots=True)
class Capture:
    """One picture of one class.

    picture: uint8 RGB (S, S, 3), as `prepare` makes it for the model that is taught.
    label: the class. session: the name of the sitting that it comes from, "" when that is not known: pictures of one
    session stay together when the head is judged. name: for people.
    """

    picture: Image
    label: str
    session: str = ""
    name: str = ""


@dataclass(frozen=True, eq=False)
class Captures:
    """What a folder holds. unreadable: the files that are no pictures although their names say so."""

    pictures: list[Capture]
    unreadable: list[str]


def read_captures(folder: Path, spec: InputSpec) -> Captures:
    """`<class>/<session>/*.jpg` or `<class>/*.jpg`, or both, without hidden files and folders; app.teach.capture_files
    writes the former.

    Raises SourceError for a folder that cannot be listed or has no class in it, and for a class without a readable
    picture.
    """
    files = list(_files(folder))
    if not files:
        raise SourceError(f"{folder}: expected folders named like classes with pictures in them, found none")
    pictures: list[Capture] = []
    unreadable: list[str] = []
    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        waiting = iter(files)
        while chunk := list(islice(waiting, _CHUNK)):
            read = pool.map(lambda file: _prepared(file[0], spec), chunk)
            for (path, label, session), picture in zip(chunk, read, strict=True):
                name = path.relative_to(folder).as_posix()
                if picture is None:
                    unreadable.append(name)
                else:
                    pictures.append(Capture(picture, label, session, name))
    known = {capture.label for capture in pictures}
    empty = [item.name for item in _listed(folder, folders=True) if label_of(item) not in known]
    if empty:
        raise SourceError(
            f"{folder}: expected readable pictures in every class folder, none in {', '.join(empty)}; add some, or "
            "take the folder away"
        )
    return Captures(pictures, unreadable)


def _files(folder: Path) -> Iterator[tuple[Path, str, str]]:
    """Path, class and session of every picture file, in natural order."""
    for class_folder in _listed(folder, folders=True):
        label = label_of(class_folder)
        for path in _listed(class_folder, folders=False):
            yield path, label, ""
        for session in _listed(class_folder, folders=True):
            for path in _listed(session, folders=False):
                yield path, label, session.name


def _listed(folder: Path, *, folders: bool) -> Iterable[Path]:
    try:
        items = [item for item in folder.iterdir() if not item.name.startswith(".")]
        if folders:
            found = [item for item in items if item.is_dir()]
        else:
            found = [item for item in items if item.suffix.lower() in IMAGE_SUFFIXES and item.is_file()]
    except OSError as error:
        raise SourceError(
            f"{folder}: expected a folder, cannot be listed ({error.strerror}); give the one that holds the classes"
        ) from None
    return sorted(found, key=natural_key)


def _prepared(path: Path, spec: InputSpec) -> Image | None:
    image = read_image(path, spec.size)
    return None if image is None else prepare(image, spec)
