"""What is on the disk: class folders, official parts, image files, capture sessions."""

import fnmatch
import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

from app.errors import ConfigError
from app.images.class_folders import ClassFolder, class_folders
from app.images.folder_images import Found, find_images

_OFFICIAL = {"train": "train", "val": "val", "valid": "val", "validation": "val", "test": "test"}
_MIN_SESSIONS = 3  # one to train, one to validate, one to test


def listed_classes(folder: Path) -> list[ClassFolder]:
    """Lists the class folders in a folder, sorted by their names, not by their labels.

    Raises:
        ConfigError: it cannot be listed.
    """
    try:
        return sorted(class_folders(folder), key=lambda found: found.path.name)
    except OSError as error:
        raise _unlistable(error, folder) from None


def is_folder(path: Path) -> bool:
    """Tells whether a path is a folder.

    Raises:
        ConfigError: the system denies access.
    """
    try:
        return path.is_dir()
    except OSError as error:
        raise _unlistable(error, path) from None


def official_parts(names: Sequence[str]) -> dict[str, str]:
    """Recognises the folders of a published split: train, val and test, or train and one more.

    Args:
        names: of all subfolders of a dataset.

    Returns:
        Folder name -> part. Empty when there is any other name: all of them are classes then.

    Raises:
        ConfigError: two folders of one part, such as val and valid.
    """
    parts = {name: _OFFICIAL[name.casefold()] for name in names if name.casefold() in _OFFICIAL}
    if len(parts) < len(names) or "train" not in parts.values() or len(parts) < 2:
        return {}
    if len(set(parts.values())) < len(parts):
        raise ConfigError(f"{', '.join(parts)}: two folders of one part; keep one each of train, val and test")
    return parts


def scan(folder: Path, skip: Sequence[str]) -> Found:
    """Lists the files below a folder, as app.images.folder_images does.

    Args:
        folder: a class folder.
        skip: file name patterns, such as "*-weak-*", to leave out.

    Returns:
        The images, and what is skipped; both sorted.

    Raises:
        ConfigError: a folder cannot be listed.
    """
    try:
        images, skipped = find_images(folder)
    except OSError as error:
        raise _unlistable(error, folder) from None
    return Found(
        sorted(path for path in images if not _matches(path.name, skip)),
        sorted((one for one in skipped if not _matches(one.path.name, skip)), key=lambda one: one.path),
    )


def holds_sessions(folder: Path, images: Sequence[Path]) -> bool:
    """Tells whether the subfolders of a class folder are capture sessions, `<class>/<session>/<time>.jpg`.

    They are when there are three or more, every image is directly in one, and every name has a digit (a time or a
    number). Folders named in words are kinds of a class, such as other/dancing: their images are independent, and so
    are those of deeper trees.

    Args:
        folder: the class folder.
        images: every image below it.
    """
    sessions = {path.parent for path in images}
    return len(sessions) >= _MIN_SESSIONS and all(
        session.parent == folder and re.search(r"\d", session.name) for session in sessions
    )


def sha256(path: Path) -> str | None:
    """Returns the hexadecimal SHA-256 of a file's bytes; None when they cannot be read."""
    try:
        with path.open("rb", buffering=0) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def _matches(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatch.fnmatch(name, pattern) for pattern in patterns)


def _unlistable(error: OSError, folder: Path) -> ConfigError:
    where = error.filename or folder
    return ConfigError(f"{where}: cannot be listed ({error.strerror}); fix its permissions or leave it out")
