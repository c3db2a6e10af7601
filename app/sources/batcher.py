"""Rounds of frames from every source, for one network run each."""

import logging
import math
import threading
import time
from collections.abc import Sequence
from dataclasses import replace

from app.entities import Delivery, Frame
from app.errors import SourceError
from app.run_stats import RunStats
from app.sources.feed import Feed

_log = logging.getLogger(__name__)


class Batcher:
    """Takes a frame of every source that has one; a source that ends, fails or reaches its limit is left.

    Counts what was read and dropped into `stats`, also when a source fails.
    """

    def __init__(
        self,
        feeds: Sequence[Feed],
        frame_ready: threading.Event,
        stats: RunStats,
        *,
        wait_s: float,
        max_seconds: float | None = None,
    ) -> None:
        """Begins the count of `max_seconds`.

        Args:
            feeds: the sources, started.
            frame_ready: is set by live feeds.
            stats: the figures of the run.
            wait_s: how long a frame of one live source waits for those of the others.
            max_seconds: of each source's own time, after which it is left; None: no limit.
        """
        self._feeds, self._frame_ready, self._stats, self._wait_s = feeds, frame_ready, stats, wait_s
        self._limit = _Limit(max_seconds)

    @property
    def ended(self) -> bool:
        """Whether no source is left."""
        return not self._unfinished()

    def next_batch(self) -> list[Delivery]:
        """Takes a frame of every source that has one.

        Files wait for their frame. Once there is one, live sources have `wait_s` to bring theirs; a single source never
        waits.

        Returns:
            At most one frame of each source; [] while all are silent.

        Raises:
            SourceError: the last source failed; one of several that fails is named in the log and left.
        """
        self._frame_ready.clear()
        try:
            batch, missing = self._take_from(self._unfinished())
            until_s = time.perf_counter() + self._wait_s
            while batch and missing and (left_s := until_s - time.perf_counter()) > 0:
                if not self._frame_ready.wait(left_s):
                    break
                self._frame_ready.clear()
                late, missing = self._take_from(missing)
                batch += late
            return batch
        finally:
            self._count()

    def rest(self, seconds: float) -> None:
        """Waits until a live source has a frame, `seconds` at most; not at all when every source has ended."""
        if not self.ended:
            self._frame_ready.wait(seconds)

    def _unfinished(self) -> list[Feed]:
        return [feed for feed in self._feeds if not feed.ended]

    def _take_from(self, feeds: Sequence[Feed]) -> tuple[list[Delivery], list[Feed]]:
        """The frames that are there, and the feeds that may still bring one."""
        batch, missing = [], []
        for feed in feeds:
            delivery = self._take(feed)
            if delivery is not None:
                batch.append(delivery)
            elif not feed.ended:
                missing.append(feed)
        return batch, missing

    def _take(self, feed: Feed) -> Delivery | None:
        start_s = time.perf_counter()
        try:
            delivery = feed.take()
        except SourceError as error:
            if self._unfinished() == [feed]:
                raise
            _log.warning("%s; the other sources go on", error)
            feed.ended = True
            return None
        if delivery is None:
            feed.ended = feed.ended or self._limit.passed_in_silence(feed)
            return None
        if self._limit.passed_by(delivery.frame):
            feed.ended = True
            return None
        delivery = self._limit.cut(delivery)
        if not feed.source.is_live:
            self._stats.stages.add("read", time.perf_counter() - start_s)
        return delivery

    def _count(self) -> None:
        self._stats.frames_read = sum(feed.read for feed in self._feeds)
        self._stats.frames_dropped = sum(feed.dropped for feed in self._feeds)


class _Limit:
    """Counts `max_seconds` of each source's own time; for a live source that sends nothing, of the clock's."""

    def __init__(self, seconds: float | None) -> None:
        self._seconds = math.inf if seconds is None else seconds
        self._start_s = time.monotonic()
        self._first_s: dict[str, float] = {}

    def passed_by(self, frame: Frame) -> bool:
        return frame.time_s - self._first_s.setdefault(frame.source_id, frame.time_s) >= self._seconds

    def cut(self, delivery: Delivery) -> Delivery:
        """Ends the frame at the limit, if it is shown for longer."""
        frame = delivery.frame
        left_s = self._first_s[frame.source_id] + self._seconds - frame.time_s
        if frame.lasts_s is None or frame.lasts_s <= left_s:
            return delivery
        return delivery._replace(frame=replace(frame, lasts_s=left_s))

    def passed_in_silence(self, feed: Feed) -> bool:
        return feed.source.is_live and time.monotonic() - self._start_s >= self._seconds
