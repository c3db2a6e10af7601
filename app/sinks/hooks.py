"""Turns labelled frames into events, and hands them to the ways out."""

import time
from collections.abc import Callable, Collection, Iterator, Sequence

from app.config.hook_settings import RuleSettings
from app.entities import Activity, Command, Frame
from app.hooks.event import Event, Kind
from app.hooks.open_hooks import close_hooks
from app.hooks.outlet import Outlet
from app.hooks.rules import RuleWatch
from app.sinks.base import Sink
from app.sinks.segments import Segment, Segmenter
from app.sinks.shown import LATE
from app.system.wall_clock import WallClock

PROGRESS_S = 5.0  # s of a source between two reports of how long a label lasts
AWAY_S = 3.0  # s without a frame after which a live source shows nothing; above smoothing.gap_s
_LOOK_S = 0.5  # s that count at most between two looks: where the loop hangs, frames may wait unseen


class HookSink(Sink):
    """Tells of label changes, of gaps, of rules that are met, and of how long labels last. Never waits."""

    name = "hooks"

    def __init__(
        self,
        outlets: Sequence[Outlet],
        rules: Sequence[RuleSettings],
        live: Collection[str],
        clock: WallClock | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Starts the ways out, which are closed with this.

        Args:
            outlets: the ways out.
            rules: what to watch for.
            live: the names of the live sources: only they have a time of day, and gaps.
            clock: the time of day; None: the system's.
            monotonic: seconds that never go back.
        """
        self._outlets, self._rules, self._live = outlets, rules, frozenset(live)
        self._clock, self._monotonic = clock or WallClock(), monotonic
        self._looked_s = monotonic()
        self._segments = Segmenter()
        self._sources: dict[str, _Source] = {}
        self._closed = False
        for outlet in outlets:
            outlet.start()

    def write(self, frame: Frame, activity: Activity) -> None:
        events = list(self._events(frame, activity))
        if events:
            self._put(events)

    def poll(self) -> Command | None:
        """Tells of sources that show nothing any more; quits when nobody reads the lines of --jsonl any more."""
        events = list(self._silent())
        if events:
            self._put(events)
        return Command.QUIT if any(outlet.failed for outlet in self._outlets) else None

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._put(list(self._last_events()))
        close_hooks(self._outlets)

    def _put(self, events: list[Event]) -> None:
        for outlet in self._outlets:
            outlet.put(events)

    def _events(self, frame: Frame, activity: Activity) -> Iterator[Event]:
        if self._clock.has_jumped():
            yield from self._ended_by_jump(frame, activity)
        source_id, label = frame.source_id, activity.state
        now = self._time(source_id, frame.time_s)
        source = self._sources.setdefault(source_id, _Source(RuleWatch(self._rules)))
        ended = self._segments.add(frame, activity)
        if ended is not None:
            yield self._progress(ended, source)
            if ended.end_s < frame.time_s:
                yield self._gone(ended, source)
        source.seen_s, source.silent_s = frame.time_s, 0.0
        if ended is not None or source.start_s is None:
            source.start_s, source.start, source.reported_s = frame.time_s, now, frame.time_s
        if label != source.label:
            seconds = frame.time_s - source.since_s if source.label else 0.0
            yield Event(
                *(Kind.LABEL, source_id, label, activity.confidence, frame.time_s, source.start, now),
                previous=source.label,
                seconds=seconds,
            )
            source.label, source.since_s = label, frame.time_s
        elif activity.restarted:
            yield Event(Kind.AGAIN, source_id, label, activity.confidence, frame.time_s, source.start, now)
        for words, seconds in source.rules.see(label, frame.time_s):
            yield Event(
                *(Kind.RULE, source_id, label, activity.confidence, frame.time_s, source.start, now),
                seconds=seconds,
                rule=words,
            )
        if frame.time_s - source.reported_s >= PROGRESS_S:
            source.reported_s = frame.time_s
            yield from (self._progress(one, source) for one in self._segments.running() if one.source_id == source_id)

    def _silent(self) -> Iterator[Event]:
        """Ends what runs of the live sources of which no frame comes any more."""
        now_s = self._monotonic()
        passed_s, self._looked_s = min(now_s - self._looked_s, _LOOK_S), now_s
        for running in self._segments.running():
            source = self._sources[running.source_id]
            source.silent_s += passed_s
            frame_s = running.end_s - source.seen_s  # how long its last frame is shown
            if running.source_id in self._live and source.silent_s > max(AWAY_S, LATE * frame_s):
                ended = self._segments.end(running.source_id)
                yield self._progress(ended, source)
                yield self._gone(ended, source)

    def _gone(self, ended: Segment, source: "_Source") -> Event:
        """Says that a source shows nothing since the end of a segment, its last one."""
        seconds, end = ended.end_s - source.since_s, self._time(ended.source_id, ended.end_s)
        previous, source.label, source.start_s = source.label, None, None
        source.seen_s = ended.end_s
        return Event(
            *(Kind.LABEL, ended.source_id, None, 0.0, ended.end_s, end, end), previous=previous, seconds=seconds
        )

    def _ended_by_jump(self, frame: Frame, activity: Activity) -> Iterator[Event]:
        """The clock was set, or the machine slept: what ran has ended by the clock as it was."""
        lasted = self._segments.lasts_until(frame, activity)
        for running in self._segments.running():
            source = self._sources[running.source_id]
            ended = self._segments.end(running.source_id)
            yield self._progress(ended, source)
            if running.source_id == frame.source_id and not lasted:
                yield self._gone(ended, source)
            source.start_s = None
        self._clock.resync()

    def _last_events(self) -> Iterator[Event]:
        running = {segment.source_id for segment in self._segments.running()}
        for source_id, source in self._sources.items():
            if source_id not in running:  # it is away
                away = self._time(source_id, source.seen_s)
                yield Event(Kind.END, source_id, None, 0.0, source.seen_s, away, away)
                continue
            ended = self._progress(self._segments.end(source_id), source)
            yield ended
            yield Event(
                *(Kind.END, ended.source, ended.label, ended.confidence, ended.time_s, ended.start, ended.end),
                seconds=ended.time_s - source.since_s,
            )

    def _progress(self, segment: Segment, source: "_Source") -> Event:
        end = self._time(segment.source_id, segment.end_s)
        start_s = segment.start_s if source.start_s is None else source.start_s
        return Event(
            *(Kind.PROGRESS, segment.source_id, segment.label, segment.confidence, segment.end_s, source.start, end),
            seconds=segment.end_s - start_s,
        )

    def _time(self, source_id: str, time_s: float) -> float | None:
        return self._clock.at(source_id, time_s) if source_id in self._live else None


class _Source:
    """What was last said of a source.

    Attributes:
        rules: watch it.
        label: the last one that was told; None before the first, and while the source is away.
        since_s: when it began, in the source's seconds.
        start_s: when the running segment began, likewise; None before the first.
        start: the same in seconds since 1970; None for a file.
        reported_s: when its length was last told.
        seen_s: its last frame, likewise; while it is away, when that ended.
        silent_s: seconds without a frame.
    """

    def __init__(self, rules: RuleWatch) -> None:
        self.rules = rules
        self.label: str | None = None
        self.since_s = 0.0
        self.start_s: float | None = None
        self.start: float | None = None
        self.reported_s = self.seen_s = self.silent_s = 0.0
