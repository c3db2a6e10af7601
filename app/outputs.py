"""Writing files: checked before any work, written whole or not at all, never over another by chance."""

import itertools
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from app.errors import OutputError


def check_target(path: Path, *suffixes: str, overwrite: bool = False, make_folder: bool = False) -> None:
    """Checks that a file can be written later, so that a long run cannot fail at its last step.

    Nothing is left behind but, where `make_folder` asks for it, the folder.

    Args:
        path: the file.
        suffixes: the endings that it may have, in lower case, such as ".csv"; none: any.
        overwrite: whether a file of this name may be replaced.
        make_folder: whether to make the folder that the file goes into.

    Raises:
        OutputError: a wrong ending, a folder in its place, a file that may not be replaced, or no permission.
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
    """Checks that a disk has room for a recording.

    Args:
        folder: the folder that the recording goes into.
        at_least_mb: the megabytes that must be free.

    Raises:
        OutputError: less is free, or the folder does not exist.
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
    """Gives a draft beside a file that takes its place when the block ends without an error.

    Whenever the program is killed, `path` holds the old file or the new one. Where it is a link, the file that it
    leads to is replaced.

    Args:
        path: the file; its folder must exist.

    Yields:
        The draft's path, with the last two endings of `path`; the block writes the file.

    Raises:
        OutputError: an OSError in the block or when the draft takes its place.
    """
    target = Path(os.path.realpath(path))
    draft = target.with_name(f".{secrets.token_hex(8)}{''.join(target.suffixes[-2:])}")
    try:
        yield draft
        draft.replace(target)
    except OSError as error:
        reason = error.strerror or error
        raise OutputError(f"{path}: cannot be written ({reason}); make room or choose another place") from None
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def write_text(path: Path, text: str, errors: str = "strict") -> None:
    """Writes UTF-8 text as `written_whole` does.

    Args:
        path: the file; an old one is replaced.
        text: the new content.
        errors: what becomes of characters that UTF-8 does not have, as of `str.encode`.

    Raises:
        OutputError: the file cannot be written.
    """
    with written_whole(path) as draft:
        draft.write_bytes(text.encode("utf-8", errors))


def unused_path(path: Path, separator: str = "_") -> Path:
    """Finds the first free name.

    Args:
        path: the name to begin with.
        separator: what stands before the number.

    Returns:
        `path`, or clip_2.mp4, clip_3.mp4, ... where clip.mp4 is taken, by a broken link too.
    """
    numbered = (path.with_stem(f"{path.stem}{separator}{number}") for number in itertools.count(2))
    return next(free for free in itertools.chain([path], numbered) if not os.path.lexists(free))


def _try_to_write(path: Path) -> None:
    existed = path.exists()
    with path.open("ab"):
        pass
    if not existed:
        Path(os.path.realpath(path)).unlink()  # a link that leads nowhere stays
