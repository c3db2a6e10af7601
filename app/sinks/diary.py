"""Keeps the diary: what live sources show, by the time of day."""

import time
from collections.abc import Callable, Collection
from datetime import datetime

from app.diary.entry import Entry
from app.diary.writer import DiaryWriter
from app.entities import Activity, Frame
from app.sinks.base import Sink
from app.sinks.segments import Segment, Segmenter
from app.system.wall_clock import WallClock

SAVE_S = 1.0  # s between two states of a running entry: what a killed process loses, and a moment more
_QUARTER_S = 900  # local times differ by quarters of an hour, so days begin and clocks change at one


class DiarySink(Sink):
    """Writes an entry for each stretch of one label, split where the local day or the distance from UTC changes.

    Where the clock was set or the machine slept, an entry ends at its last frame.
    """

    name = "diary"

    def __init__(
        self,
        writer: DiaryWriter,
        live: Collection[str],
        clock: WallClock | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Takes over the writer, which is closed with this.

        Args:
            writer: writes the entries.
            live: the names of the sources that are kept: a file has no time of day.
            clock: the time of day; None: the system's.
            monotonic: seconds that never go back.
        """
        self._writer, self._live = writer, frozenset(live)
        self._clock, self._monotonic = clock or WallClock(), monotonic
        self._segments = Segmenter()
        self._begun: dict[str, _Begun] = {}  # by source
        self._count = 0
        self._saved_s = -SAVE_S

    def write(self, frame: Frame, activity: Activity) -> None:
        if frame.source_id not in self._live:
            return
        if self._clock.has_jumped():
            self._end_all()
            self._clock.resync()
        self._split(frame, activity)
        ended = self._segments.add(frame, activity)
        if ended is not None:
            self._put(ended, final=True)
        if frame.source_id not in self._begun:
            self._begin(frame.source_id, self._clock.at(frame.source_id, frame.time_s))
        if self._monotonic() - self._saved_s >= SAVE_S:
            self._save()

    def close(self) -> None:
        self._end_all()
        self._writer.close()

    def _split(self, frame: Frame, activity: Activity) -> None:
        """Splits an entry that lasts until this frame, where meanwhile a day began or the clocks were changed."""
        begun = self._begun.get(frame.source_id)
        if begun is None:
            return
        unix_s = self._clock.at(frame.source_id, frame.time_s)
        while unix_s >= begun.next_s:
            if _calendar(begun.next_s) != begun.calendar and self._segments.lasts_until(frame, activity):
                boundary_s = frame.time_s - (unix_s - begun.next_s)
                self._put(self._segments.split(frame.source_id, boundary_s), final=True)
                self._begin(frame.source_id, begun.next_s)
                begun = self._begun[frame.source_id]
            else:
                begun.next_s += _QUARTER_S

    def _begin(self, source_id: str, unix_s: float) -> None:
        self._count += 1
        self._begun[source_id] = _Begun(self._count, unix_s)

    def _end_all(self) -> None:
        for running in self._segments.running():
            self._put(self._segments.end(running.source_id), final=True)

    def _save(self) -> None:
        for running in self._segments.running():
            self._put(running, final=False)
        self._saved_s = self._monotonic()

    def _put(self, segment: Segment, final: bool) -> None:
        begun = self._begun[segment.source_id]
        end_ms = round(1000 * self._clock.at(segment.source_id, segment.end_s))
        entry = Entry(
            source=segment.source,
            label=segment.label,
            start_ms=begun.start_ms,
            end_ms=max(begun.start_ms, end_ms),
            utc_offset_s=begun.calendar[1],
            zone=begun.zone,
            confidence=segment.confidence,
        )
        if final:
            del self._begun[segment.source_id]
        self._writer.put(begun.key, entry, final)


class _Begun:
    """The beginning of an entry.

    Attributes:
        key: a number of its own.
        start_ms: since 1970, UTC.
        calendar: the local day and the distance from UTC.
        zone: the system's name of the local time.
        next_s: the next quarter of an hour.
    """

    def __init__(self, key: int, unix_s: float) -> None:
        if hasattr(time, "tzset"):
            time.tzset()  # the person may have travelled
        self.key, self.start_ms = key, round(1000 * unix_s)
        self.calendar = _calendar(unix_s)
        self.zone = time.localtime(unix_s).tm_zone
        self.next_s = (unix_s // _QUARTER_S + 1) * _QUARTER_S


def _calendar(unix_s: float) -> tuple[int, int]:
    """Returns the local day, as a number, and the seconds that its time is ahead of UTC."""
    local = datetime.fromtimestamp(unix_s).astimezone()
    offset = local.utcoffset()
    assert offset is not None
    return local.toordinal(), round(offset.total_seconds())
