"""Files that the program writes: checked before any work, written whole or not at all, never over another by chance."""

import itertools
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from app.errors import OutputError


def check_target(path: Path, *suffixes: str, overwrite: bool = False, make_folder: bool = False) -> None:
    """Checks that a file can be written later; leaves what is there as it is.

    Args:
        path: the file.
        suffixes: the endings that it may have, such as ".csv"; none: any.
        overwrite: a file that is there may be replaced.
        make_folder: makes the folder that it goes into.

    Raises:
        OutputError: the wrong ending, a folder in its place, a file that is there, or no permission.
    """
    if suffixes and path.suffix.lower() not in suffixes:
        raise OutputError(f"{path}: expected a file name that ends in {' or '.join(suffixes)}; rename it")
    try:
        if path.is_dir():
            raise OutputError(f"{path}: is a folder; give a file name in it")
        if make_folder:
            path.parent.mkdir(parents=True, exist_ok=True)
        elif not path.parent.is_dir():
            raise OutputError(f"{path}: the folder {path.parent} does not exist; make it or choose another")
        _try_to_write(path)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror}); choose another place") from None
    if path.exists() and not overwrite:
        raise OutputError(f"{path}: exists; choose another name, or replace it with --overwrite")


def check_space(folder: Path, at_least_mb: int) -> None:
    """Checks the room on the disk of a folder.

    Raises:
        OutputError: less than `at_least_mb` megabytes are free.
    """
    try:
        free_mb = shutil.disk_usage(folder).free // 1_000_000
    except OSError as error:
        raise OutputError(f"{folder}: cannot be written ({error.strerror}); record to another folder") from None
    if free_mb < at_least_mb:
        raise OutputError(
            f"{folder}: only {free_mb} MB are free, record.min_free_mb asks for {at_least_mb}; record to another disk"
        )


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Gives a draft beside `path` that takes its place when the block ends without an error.

    A kill at any moment leaves the old file or the new one. A link is written through.

    Yields:
        The draft, with the ending of `path`; not there yet.

    Raises:
        OutputError: an OSError in the block or in the renaming.
    """
    target = Path(os.path.realpath(path))
    draft = target.with_name(f".{secrets.token_hex(8)}{''.join(target.suffixes[-2:])}")
    try:
        yield draft
        draft.replace(target)
    except OSError as error:
        reason = error.strerror or error
        raise OutputError(f"{path}: cannot be written ({reason}); is the disk full?") from None
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def write_text(path: Path, text: str, errors: str = "strict") -> None:
    """Writes UTF-8 text whole.

    Args:
        path: the file; one that is there is replaced.
        text: its content.
        errors: what becomes of characters that UTF-8 does not have, as of `str.encode`.

    Raises:
        OutputError: it cannot be written.
    """
    with written_whole(path) as draft:
        draft.write_bytes(text.encode("utf-8", errors))


def unused_path(path: Path, separator: str = "_") -> Path:
    """Finds the first name that is free.

    Returns:
        `path`, or clip_2.mp4, clip_3.mp4, ... where clip.mp4 is taken.
    """
    numbered = (path.with_stem(f"{path.stem}{separator}{number}") for number in itertools.count(2))
    return next(free for free in itertools.chain([path], numbered) if not os.path.lexists(free))


def _try_to_write(path: Path) -> None:
    existed = path.exists()
    with path.open("ab"):
        pass
    if not existed:
        Path(os.path.realpath(path)).unlink()  # a link that leads nowhere stays
