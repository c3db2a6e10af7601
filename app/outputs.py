"""Writing files: checked before any work, written whole or not at all, never over another by chance."""

import itertools
import os
import secrets
import shutil
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from app.errors import OutputError

# What commands write: such a file in a folder of data is none of its data.
_REPORTS = frozenset((".csv", ".htm", ".html", ".json", ".npz", ".onnx"))
_LONGEST_ENDING = 32  # characters of a draft's ending; a name may have 255 bytes


def check_target(
    path: Path,
    *suffixes: str,
    overwrite: bool = False,
    make_folder: bool = False,
    inputs: Iterable[Path] = (),
    whole: bool = True,
) -> None:
    """Checks that a file can be written later, so that a long run cannot fail at its last step.

    Nothing is left behind but, where `make_folder` asks for it, the folder.

    Args:
        path: the file.
        suffixes: the endings that it may have, in lower case, such as ".csv"; none: any.
        overwrite: whether a file of this name may be replaced.
        make_folder: whether to make the folder that the file goes into.
        inputs: as of `check_unread`.
        whole: whether it will be `written_whole`, which needs the folder as well.

    Raises:
        OutputError: a wrong ending, a folder, pipe or device in its place, a file that may not be replaced, or no
            permission.
    """
    if suffixes and path.suffix.lower() not in suffixes:
        raise OutputError(f"{path}: expected a file name that ends in {' or '.join(suffixes)}; rename it")
    try:
        if path.is_dir():
            raise OutputError(f"{path}: is a folder; give a file name in it")
        if path.exists() and not path.is_file():
            _release_reader(path)
            raise OutputError(f"{path}: is a pipe or a device, not a file; write to a file and pass that on")
        check_unread(path, inputs)
        if make_folder:
            path.parent.mkdir(parents=True, exist_ok=True)
        elif not path.parent.is_dir():
            raise OutputError(f"{path}: the folder {path.parent} does not exist; make it or choose another")
        _try_to_write(path)
        if whole:
            _try_to_write(_draft_of(Path(os.path.realpath(path))))
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror}); choose another place") from None
    if path.exists() and not overwrite:
        raise OutputError(f"{path}: exists; choose another name, or replace it with --overwrite")


def check_unread(path: Path, inputs: Iterable[Path]) -> None:
    """Checks that a file which will be written is none of those that are read, under whatever name.

    Args:
        path: the file.
        inputs: files that are read, and folders whose images and texts are; what does not exist is left out.

    Raises:
        OutputError: it is one of them, as a link, another spelling or itself.
    """
    own = _identity(path)
    if own is None:  # nothing there that could be lost
        return
    for file in itertools.chain.from_iterable(map(_files_read, inputs)):
        if _identity(file) == own:
            raise OutputError(f"{path}: would overwrite {file}, which is read; write to another file")


def check_distinct(targets: Iterable[tuple[str, Path | None]]) -> None:
    """Checks that no file is written twice, under whatever names.

    Args:
        targets: each flag, such as "--json", and its file; None: not given.

    Raises:
        OutputError: two of them are one file.
    """
    given = [(flag, path) for flag, path in targets if path is not None]
    for (flag, path), (other_flag, other) in itertools.combinations(given, 2):
        if _will_be_one(path, other):
            raise OutputError(f"{other}: given for {flag} and {other_flag}; give each its own file")


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
    draft = _draft_of(target)
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


def _release_reader(path: Path) -> None:
    """Whoever reads a pipe that is refused would wait for ever: it sees the end."""
    if path.is_fifo():
        with suppress(OSError):  # nobody reads it
            os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK))


def _draft_of(target: Path) -> Path:
    ending = "".join(target.suffixes[-2:])
    return target.with_name(f".{secrets.token_hex(8)}{ending if len(ending) <= _LONGEST_ENDING else target.suffix}")


def _identity(path: Path) -> tuple[int, int] | None:
    """Returns what all names of a file have in common; None where there is none."""
    try:
        found = path.stat()
    except (OSError, ValueError):  # the latter: a name with a zero in it
        return None
    return found.st_dev, found.st_ino


def _files_read(given: Path) -> Iterator[Path]:
    if _is_folder(given):
        seen = set()
        for folder, folders, names in os.walk(given, followlinks=True):
            if (own := _identity(Path(folder))) in seen:  # links that lead in circles
                folders.clear()
                continue
            seen.add(own)
            yield from (Path(folder, name) for name in names if Path(name).suffix.lower() not in _REPORTS)
    else:
        yield given


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def _will_be_one(path: Path, other: Path) -> bool:
    if path.exists() or other.exists():
        return _identity(path) == _identity(other)
    real, other_real = (Path(os.path.realpath(each)) for each in (path, other))
    if real == other_real or _folded(real) != _folded(other_real):
        return real == other_real
    with suppress(OSError):  # only the disk knows whether it tells Clip.mp4 from clip.mp4
        with real.open("xb"):
            pass
        try:
            return other_real.exists()
        finally:
            real.unlink()
    return False


def _folded(path: Path) -> str:
    return unicodedata.normalize("NFC", str(path)).casefold()
