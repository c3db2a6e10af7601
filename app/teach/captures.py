"""Captures: labelled images to teach from, prepared when they are read, so that no full-size image stays in memory."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.arrays import Float32s, Image
from app.errors import SourceError
from app.images.class_folders import ClassImage, class_folders, class_images, joined_classes
from app.images.folder_images import Skipped, skipped_lines
from app.images.prepare import InputSpec, prepare
from app.images.read import read_image
from app.system.threads import map_in_threads

_THREADS = 4  # at most


@dataclass(frozen=True, eq=False, slots=True)
class Capture:
    """One image of a class.

    Attributes:
        image: uint8 RGB (S, S, 3), as `prepare` makes it for the model that is taught.
        label: the class.
        session: the sitting in which it was captured, "" when that is not known. Images of one session stay together
            when the head is judged.
        name: for people.
        path: of the whole image; None where it is not known.
        cues: float32 (C,), what was found of face, hands and objects; None when nobody looked.
    """

    image: Image
    label: str
    session: str = ""
    name: str = ""
    path: Path | None = None
    cues: Float32s | None = None


@dataclass(frozen=True, eq=False)
class Captures:
    """What is taught.

    Attributes:
        images: every capture.
        unreadable: names of the files that are no images although their suffix says so.
        warnings: lines about names and files, worth the user's attention.
    """

    images: Sequence[Capture]
    unreadable: Sequence[str] = ()
    warnings: Sequence[str] = ()


def read_captures(folder: Path, spec: InputSpec) -> Captures:
    """Reads the images of `<class>/*.jpg` and `<class>/<session>/*.jpg`, or deeper, as app.images.class_folders says.

    Args:
        folder: the folder of class folders.
        spec: what the model that is taught expects.

    Raises:
        SourceError: a folder cannot be listed, there is no class, or a class has no readable image.
    """
    files, skipped = list_captures(folder)
    lines = list(skipped_lines(skipped, folder))
    if not files:
        why = f" ({'; '.join(lines)})" if lines else ""
        raise SourceError(f"{folder}: expected folders named like classes with images in them, found none{why}")
    images: list[Capture] = []
    unreadable: list[str] = []
    for file, image in _read(files, spec):
        name = file.path.relative_to(folder).as_posix()
        if image is None:
            unreadable.append(name)
        else:
            images.append(Capture(image, file.label, file.session, name, file.path))
    _check_that_no_class_is_empty(folder, images)
    joined = joined_classes(found.path for found in class_folders(folder))
    return Captures(images, unreadable, (*joined, *lines))


def list_captures(folder: Path) -> tuple[list[ClassImage], list[Skipped]]:
    """Lists the image files of a folder of class folders, in natural order, and what is skipped.

    Raises:
        SourceError: a folder cannot be listed.
    """
    try:
        return class_images(folder)
    except OSError as error:
        raise SourceError(
            f"{error.filename or folder}: expected a folder that can be listed ({error.strerror}); "
            "give the one that holds the class folders"
        ) from None


def session_keys(captures: Sequence[Capture]) -> list[tuple[str, str | int]]:
    """Returns what keeps captures together: the session of a class; without one each capture is alone."""
    return [(capture.label, capture.session or number) for number, capture in enumerate(captures)]


def _read(files: Sequence[ClassImage], spec: InputSpec) -> Iterable[tuple[ClassImage, Image | None]]:
    """Every file with its image, prepared, in order; None for one that cannot be read."""
    images = map_in_threads(lambda file: _prepared(file.path, spec), files, min(_THREADS, os.cpu_count() or 1))
    return zip(files, images, strict=True)


def _prepared(path: Path, spec: InputSpec) -> Image | None:
    image = read_image(path, spec.size)
    return None if image is None else prepare(image, spec)


def _check_that_no_class_is_empty(folder: Path, images: Sequence[Capture]) -> None:
    labels = {capture.label for capture in images}
    empty = [path.name for path, label in class_folders(folder) if label not in labels]
    if empty:
        raise SourceError(
            f"{folder}: expected readable images in every class folder, found none in {', '.join(empty)}; "
            "add some, or remove the folder"
        )
