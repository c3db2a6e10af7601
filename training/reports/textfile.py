"""Reports on disk: all of a file or nothing of it."""

import contextlib
import os
from pathlib import Path

from app.errors import ConfigError


def check_writable(path: Path, what: str) -> None:
    """Makes the folder of a file that will be written later, so that no long work is lost for want of it.

    what: the file's name for people, such as "report". Raises ConfigError.
    """
    try:
        if path.is_dir():
            raise ConfigError(f"the {what} cannot be written: {path} is a folder; give the name of a file")
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"the {what} cannot be written: {path}: {error.strerror}") from None


def write_text(path: Path, text: str, what: str, errors: str = "strict") -> None:
    """UTF-8 in one step: an older file of the name stays whole until the new one is. Raises ConfigError.

    errors: what becomes of characters that UTF-8 does not have: file names may be any bytes.
    """
    part = path.parent / f".{os.getpid()}.part"
    try:
        part.write_bytes(text.encode("utf-8", errors))
        part.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise ConfigError(f"the {what} cannot be written: {path}: {error.strerror}") from None
