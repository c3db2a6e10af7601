"""Which files are scanned: paths, folders, patterns, lists on stdin, addresses."""

import glob
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from app.errors import SourceError
from app.file_urls import exists, path_of
from app.images.folder_images import natural_key
from app.scan.addresses import expand
from app.sources.address import is_url
from app.sources.media import VIDEO_SUFFIXES

STDIN = "-"


def find_files(given: Sequence[str]) -> list[str]:
    """Finds the files that are meant, each once.

    Args:
        given: paths of files and folders, patterns, addresses; "-" for a list on stdin, a line each.

    Returns:
        Paths and addresses, in the order in which they were given; those of a folder in natural order.

    Raises:
        SourceError: nothing is found for one of them; of several paths, one that is missing is named in the table.
    """
    files: dict[str, str] = {}
    for text in _spelled_out(given):
        for file in _meant(text):
            files.setdefault(file if is_url(file) else os.path.realpath(file), file)
    found = list(files.values())
    if len(found) == 1 and STDIN not in given and not is_url(found[0]) and not exists(Path(found[0])):
        raise SourceError(f"{found[0]}: is not there or cannot be reached; give a video, a folder or a pattern")
    return found


def _spelled_out(given: Iterable[str]) -> Iterator[str]:
    for text in given:
        if text == STDIN:
            yield from (line for line in (line.rstrip("\r\n") for line in sys.stdin) if line)
        else:
            yield text


def _meant(text: str) -> Iterator[str]:
    if is_url(text):
        yield from expand(text)
        return
    path = path_of(text)
    if path.is_dir():
        found = list(_in_folder(path))
        if not found:
            kinds = ", ".join(sorted(suffix[1:] for suffix in VIDEO_SUFFIXES))
            raise SourceError(f"{path}: has no videos ({kinds}); give a folder that holds some, or the files")
        yield from found
    elif exists(path) or not glob.has_magic(text):
        yield str(path)  # one that is missing is named in the table
    else:
        # Path.glob takes no pattern with an absolute path
        matched = sorted(glob.glob(text, recursive=True), key=lambda name: natural_key(Path(name)))  # noqa: PTH207
        if not matched:
            raise SourceError(f"{text}: nothing is called like that; give a pattern that fits, in quotes")
        for name in matched:
            yield from _in_folder(Path(name)) if Path(name).is_dir() else [name]


def _in_folder(folder: Path) -> Iterator[str]:
    seen: set[tuple[int, int]] = set()
    for here, folders, names in os.walk(folder, followlinks=True):
        status = Path(here).stat()
        if (own := (status.st_dev, status.st_ino)) in seen:  # links that lead in circles
            folders.clear()
            continue
        seen.add(own)
        folders[:] = sorted((name for name in folders if name[0] != "."), key=lambda name: natural_key(Path(name)))
        for name in sorted(names, key=lambda name: natural_key(Path(name))):
            if name[0] != "." and Path(name).suffix.lower() in VIDEO_SUFFIXES:
                yield str(Path(here, name))
