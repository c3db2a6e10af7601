"""What lies on the disk: class folders, official parts, picture files, capture sessions."""

import fnmatch
import hashlib
import os
import re
from collections.abc import Sequence
from pathlib import Path

from app.errors import ConfigError

EXTENSIONS = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff"})
_OFFICIAL = {"train": "train", "val": "val", "valid": "val", "validation": "val", "test": "test"}
_LEFT_BY_WINDOWS = frozenset({"thumbs.db", "desktop.ini"})
_MIN_SESSIONS = 3  # one to train, one to validate, one to test


def subfolders(folder: Path) -> list[str]:
    """Names of the folders in a folder, sorted, without hidden ones. Raises ConfigError when it cannot be listed."""
    try:
        return sorted(item.name for item in folder.iterdir() if not item.name.startswith(".") and item.is_dir())
    except OSError as error:
        raise _unlistable(error, folder) from None


def is_folder(path: Path) -> bool:
    """Raises ConfigError when the system does not let us look."""
    try:
        return path.is_dir()
    except OSError as error:
        raise _unlistable(error, path) from None


def official_parts(names: Sequence[str]) -> dict[str, str]:
    """Folder name -> part, when the names are those of a published split: train, val and test, or train and one more.

    Any other name among them means that these are classes: then it is empty.
    """
    parts = {name: _OFFICIAL[name.casefold()] for name in names if name.casefold() in _OFFICIAL}
    if len(parts) < len(names) or "train" not in parts.values() or len(parts) < 2:
        return {}
    if len(set(parts.values())) < len(parts):
        raise ConfigError(f"{', '.join(parts)}: two folders of one part; keep one each of train, val and test")
    return parts


def scan(folder: Path, skip: Sequence[str]) -> tuple[list[Path], list[Path]]:
    """The pictures below a folder, and the files that are none by their extension; both sorted.

    Hidden files and folders, what Windows leaves behind, and names that match `skip` are passed over in silence.
    Raises ConfigError for a folder that cannot be listed.
    """
    pictures: list[Path] = []
    others: list[Path] = []
    try:
        for top, folders, files in os.walk(folder, onerror=_reraise):
            folders[:] = [name for name in folders if not name.startswith(".")]
            for name in files:
                if name.startswith(".") or name.lower() in _LEFT_BY_WINDOWS or _matches(name, skip):
                    continue
                path = Path(top, name)
                is_picture = path.suffix.lower() in EXTENSIONS and path.is_file()
                (pictures if is_picture else others).append(path)
    except OSError as error:
        raise _unlistable(error, folder) from None
    return sorted(pictures), sorted(others)


def holds_sessions(folder: Path, pictures: Sequence[Path]) -> bool:
    """Whether the subfolders of a class folder are capture sessions, `<class>/<session>/<time>.jpg`.

    They are when there are three or more, every picture lies right in one, and every name has a digit (a time or a
    number). Folders named in words are kinds of a class, such as other/dancing: their pictures are independent, and so
    are those of deeper trees.
    """
    sessions = {path.parent for path in pictures}
    return len(sessions) >= _MIN_SESSIONS and all(
        session.parent == folder and re.search(r"\d", session.name) for session in sessions
    )


def sha256(path: Path) -> str | None:
    """Hexadecimal, of the file's bytes; None when they cannot be read."""
    try:
        with path.open("rb", buffering=0) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def _matches(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatch.fnmatch(name, pattern) for pattern in patterns)


def _reraise(error: OSError) -> None:
    raise error  # os.walk would pass over the folder in silence


def _unlistable(error: OSError, folder: Path) -> ConfigError:
    where = error.filename or folder
    return ConfigError(f"{where}: cannot be listed ({error.strerror}); mend its permissions or leave it out")
