"""The loop: source -> prepare -> batch -> classify -> smooth -> sinks."""

import logging
import math
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

import numpy as np

from app.classifier import Classifier
from app.contract import prepare
from app.entities import Activity, Frame
from app.errors import SourceError
from app.feeds import Feed, open_feed
from app.mailbox import Delivery
from app.metrics import Stopwatch
from app.overlay import Overlay
from app.sinks.base import Command, Sink
from app.smoothing import ActivitySmoother
from app.sources.base import Source

IDLE_S = 0.02  # s between two looks at the window's keys while no frame comes

_log = logging.getLogger(__name__)


@dataclass
class RunStats:
    """What a run did; filled while it runs, so that an interrupted run has its figures too.

    first_label_at_s: `time.perf_counter` when the first frame had its label.
    """

    frames_read: int = 0
    frames_processed: int = 0
    frames_dropped: int = 0
    first_label_at_s: float | None = None
    last_label_at_s: float | None = None
    stages: Stopwatch = field(default_factory=Stopwatch)

    @property
    def fps(self) -> float:
        """Labelled frames a second, from the first to the last: n frames are n - 1 intervals."""
        if self.first_label_at_s is None or self.last_label_at_s is None:
            return 0.0
        passed_s = self.last_label_at_s - self.first_label_at_s
        return (self.frames_processed - 1) / passed_s if passed_s > 0 else 0.0

    def labelled(self, delivery: Delivery) -> None:
        """Takes the time of a frame that has just got its label."""
        now_s = time.perf_counter()
        self.stages.add("capture_to_label", now_s - delivery.arrived_s)
        self.frames_processed += 1
        self.last_label_at_s = now_s
        if self.first_label_at_s is None:
            self.first_label_at_s = now_s


def run(
    sources: Sequence[Source],
    classifier: Classifier,
    make_smoother: Callable[[], ActivitySmoother],
    sinks: Sequence[Sink],
    *,
    overlay: Overlay | None = None,
    stats: RunStats | None = None,
    max_seconds: float | None = None,
) -> RunStats:
    """Runs until every source has ended, a sink says quit, or `max_seconds` of the sources have passed.

    One smoother a source; the frames of one round share a batch. Closes the sources, not the sinks.
    Raises what the last remaining source or any sink raises; one source of several that fails is named and left.
    """
    stats = stats or RunStats()
    news = threading.Event()
    paused = False
    with ExitStack() as stack:
        feeds = [stack.enter_context(open_feed(source, news)) for source in sources]
        smoothers = {source.source_id: make_smoother() for source in sources}
        limit = _Limit(max_seconds)
        while live := [feed for feed in feeds if not feed.ended]:
            news.clear()
            batch = [] if paused else [delivery for feed in live if (delivery := _take(feed, live, limit, stats))]
            stats.frames_read = sum(feed.read for feed in feeds)
            stats.frames_dropped = sum(feed.dropped for feed in feeds)
            if batch:
                for frame, activity in _label(batch, classifier, smoothers, stats):
                    if overlay is not None:
                        overlay.update(frame, activity)
                    _hand_over(frame, activity, sinks, stats)
            elif any(not feed.ended for feed in live):
                news.wait(IDLE_S)
            commands = [sink.poll() for sink in sinks]
            paused ^= Command.PAUSE in commands
            if Command.QUIT in commands:
                break
    return stats


class _Limit:
    """`max_seconds` of each source's own time; for a live source that sends nothing, of the clock's."""

    def __init__(self, seconds: float | None) -> None:
        self._seconds = math.inf if seconds is None else seconds
        self._start_s = time.monotonic()
        self._first_s: dict[str, float] = {}

    def passed_by(self, frame: Frame) -> bool:
        return frame.time_s - self._first_s.setdefault(frame.source_id, frame.time_s) >= self._seconds

    def passed_in_silence(self, feed: Feed) -> bool:
        return feed.source.is_live and time.monotonic() - self._start_s >= self._seconds


def _take(feed: Feed, live: Sequence[Feed], limit: _Limit, stats: RunStats) -> Delivery | None:
    """The next frame of `feed`, if there is one. A source that fails ends alone, unless it is the last."""
    start_s = time.perf_counter()
    try:
        delivery = feed.take()
    except SourceError as error:
        if sum(not other.ended for other in live) == 1:
            raise
        _log.warning("%s; the other sources go on", error)
        feed.ended = True
        return None
    if delivery is None:
        feed.ended = feed.ended or limit.passed_in_silence(feed)
        return None
    if limit.passed_by(delivery.frame):
        feed.ended = True
        return None
    if not feed.source.is_live:
        stats.stages.add("read", time.perf_counter() - start_s)
    return delivery


def _label(
    batch: Sequence[Delivery], classifier: Classifier, smoothers: Mapping[str, ActivitySmoother], stats: RunStats
) -> list[tuple[Frame, Activity]]:
    """One network run for the frames of all sources, then each frame's own smoother."""
    with stats.stages.time("prepare"):
        pictures = np.stack([prepare(delivery.frame.image, classifier.contract) for delivery in batch])
    with stats.stages.time("classify"):
        probs = classifier.predict(pictures).probs
    labelled = []
    for delivery, row in zip(batch, probs, strict=True):
        with stats.stages.time("smooth"):
            frame = delivery.frame
            labelled.append((frame, smoothers[frame.source_id].update(row, frame.time_s)))
        stats.labelled(delivery)
    return labelled


def _hand_over(frame: Frame, activity: Activity, sinks: Sequence[Sink], stats: RunStats) -> None:
    for sink in sinks:
        with stats.stages.time(sink.name):
            sink.write(frame, activity)
