"""Files on this computer and, through fsspec, anywhere else: which there are, whether they change, how they are got."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from app.errors import SourceError
from app.sources.address import is_url
from app.sources.media import without_password

_TELLING = ("size", "ETag", "etag", "LastModified", "last_modified", "mtime", "updated", "created")


def identity(file: str) -> str | None:
    """Returns what changes when a file does; None for a file that is not there.

    Args:
        file: a path or an address.
    """
    if is_url(file):
        system, path = _remote(file)
        try:
            told = system.info(path)
        except Exception:  # noqa: BLE001 (each kind of storage has its own)
            return None
        return ";".join(f"{key}={told[key]}" for key in _TELLING if told.get(key) is not None)
    try:
        found = Path(file).stat()
    except (OSError, ValueError):
        return None
    return f"size={found.st_size};time={found.st_mtime_ns}"


def size_of(told: str | None) -> int:
    """Returns the bytes of a file from its identity; 0 where nobody knows."""
    size = (told or "").partition("size=")[2].partition(";")[0]
    return int(size) if size.isdecimal() else 0


def expand(address: str) -> list[str]:
    """Lists the addresses that a pattern with * or ? means, in order; the address itself where it is none."""
    if not any(letter in address for letter in "*?["):
        return [address]
    system, path = _remote(address)
    try:
        found = sorted(system.glob(path))
    except Exception as error:  # noqa: BLE001 (each kind of storage has its own)
        raise SourceError(f"{without_password(address)}: cannot be listed ({error}); is the address right?") from None
    return [str(system.unstrip_protocol(one)) for one in found]


@contextmanager
def on_this_computer(file: str) -> Iterator[Path]:
    """Gives the path of a file; one that lies elsewhere is fetched into a folder for the time being.

    Raises:
        SourceError: it cannot be fetched.
    """
    if not is_url(file):
        yield Path(file)
        return
    system, path = _remote(file)
    with tempfile.TemporaryDirectory(prefix="scan-") as folder:
        target = Path(folder) / f"file{PurePosixPath(path.partition('?')[0]).suffix}"
        try:
            system.get_file(path, str(target))
        except Exception as error:  # noqa: BLE001 (each kind of storage has its own)
            reason = without_password(str(error).partition("\n")[0]) or type(error).__name__
            raise SourceError(f"{without_password(file)}: cannot be fetched ({reason})") from None
        yield target


def _remote(address: str) -> tuple[Any, str]:
    try:
        from fsspec.core import url_to_fs  # an extra
    except ImportError:
        raise SourceError(
            f"{without_password(address)}: addresses need fsspec; pip install 'daily-activity[remote]'"
        ) from None
    try:
        system, path = url_to_fs(address)
    except (ImportError, ValueError) as error:
        raise SourceError(f"{without_password(address)}: is not understood ({error})") from None
    return system, str(path)
