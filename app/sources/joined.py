"""Files that were joined byte after byte (cat a.mp4 b.mp4 > c.mp4), of which FFmpeg reads the first one or two."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from app.config.settings import SourceSettings
from app.entities import Frame
from app.errors import SourceError
from app.sources.base import SMALLEST_STEP_S, Source
from app.sources.matroska import EBML, HEAD, read_element
from app.sources.media import MediaSource, Part

MOST_BOXES = 10_000  # looked at; a file of more pieces is a live recording, and would take long

_log = logging.getLogger(__name__)


def parts(path: Path) -> list[Part]:
    """Finds where each of the files begins and ends that an MP4 or MKV is made of; one, if nothing was joined.

    Args:
        path: any file.
    """
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            starts = _starts(file, size)
    except OSError:
        return []
    return [Part(start, end) for start, end in zip(starts, [*starts[1:], size], strict=True)]


class JoinedSource(Source):
    """Plays the parts of a joined file one after the other; what cannot be opened is named and left."""

    def __init__(self, uri: str, found: Sequence[Part], settings: SourceSettings, session_start_s: float) -> None:
        """Opens the first part.

        Args:
            uri: the file.
            found: its parts.
            settings: as of `MediaSource`.
            session_start_s: as of `MediaSource`.

        Raises:
            SourceError: as of `MediaSource`.
        """
        self._uri, self._settings, self._session_start_s = uri, settings, session_start_s
        self._open, self._rest = MediaSource(uri, settings, session_start_s, found[0]), found[1:]
        self.source_id = self._open.source_id

    def __iter__(self) -> Iterator[Frame]:
        index, end_s = 0, 0.0
        for frames in self._parts():
            start_s = end_s
            for frame in frames:
                time_s = start_s + frame.time_s
                yield replace(frame, index=index, time_s=time_s, source_id=self.source_id)
                index, end_s = index + 1, time_s + (frame.lasts_s or SMALLEST_STEP_S)

    def close(self) -> None:
        self._open.close()

    def _parts(self) -> Iterator[Iterator[Frame]]:
        yield iter(self._open)
        for number, part in enumerate(self._rest, 2):
            self._open.close()
            yield self._part(part, number)

    def _part(self, part: Part, number: int) -> Iterator[Frame]:
        try:
            self._open = MediaSource(self._uri, self._settings, self._session_start_s, part)
            yield from self._open
        except SourceError as error:
            _log.warning("%s; of the joined file, part %d is left out", error, number)


def _starts(file: BinaryIO, size: int) -> list[int]:
    """Returns where each file begins; [0] for a file of another kind, or of too many pieces."""
    file.seek(0)
    first = file.read(8)
    kind = read_element if first[:4] == EBML else _box if first[4:] == b"ftyp" else None
    starts, at, whole = [0], 0, False
    for _ in range(MOST_BOXES if kind else 0):
        file.seek(at)
        begins, holds_all, length = kind(file.read(HEAD)) if kind else (False, False, 0)
        if begins and whole:
            starts.append(at)
        whole = (whole and not begins) or holds_all
        at += length
        if length <= 0 or at >= size:
            return starts
    return [0]


def _box(head: bytes) -> tuple[bool, bool, int]:
    """Reads a box of an MP4: whether a file begins, whether all images are in it, its length (0: unknown)."""
    kind, length = head[4:8], int.from_bytes(head[:4], "big")
    return kind == b"ftyp", kind == b"moov", int.from_bytes(head[8:16], "big") if length == 1 else length
