"""The loop: source -> due? -> prepare -> batch -> classify -> smooth -> sinks."""

import logging
import math
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack

import cv2

from app.entities import Activity, Command, Delivery, Frame, NewModel
from app.errors import SourceError
from app.labelling.cadence import Cadence
from app.labelling.labeller import Labelling, Track
from app.labelling.smoothing import ActivitySmoother
from app.model.classifier import Classifier
from app.model.contract import ModelContract
from app.overlay.overlay import Overlay
from app.run_stats import RunStats
from app.sinks.base import Sink
from app.sources.base import Source
from app.sources.feed import Feed, open_feed
from app.system.interrupts import interrupts

IDLE_S = 0.02  # s between two looks at the window's keys while no frame comes
BATCH_WAIT_S = 0.005

_log = logging.getLogger(__name__)


def run(
    sources: Sequence[Source],
    classifier: Classifier,
    make_smoother: Callable[[ModelContract], ActivitySmoother],
    sinks: Sequence[Sink],
    *,
    make_cadence: Callable[[], Cadence] | None = None,
    batch_wait_s: float = BATCH_WAIT_S,
    overlay: Overlay | None = None,
    stats: RunStats | None = None,
    max_seconds: float | None = None,
) -> RunStats:
    """Runs until every source has ended, a sink says quit, or `max_seconds` of the sources have passed.

    A sink may hand over another model (`NewModel`); it must take pictures of the same size and geometry.

    One smoother a source, and one cadence where only some frames are to be classified. The frames of one round share a
    batch, and a frame of one live source waits up to `batch_wait_s` for those of the others. Closes the sources, not
    the sinks.
    Raises what the last remaining source or any sink raises, and Interrupted; one source of several that fails is named
    and left.
    """
    cv2.setNumThreads(1)  # waking OpenCV's pool for pictures this small takes 4 % of a core at 30 a second
    stats = stats or RunStats()
    news = threading.Event()
    paused = False
    with ExitStack() as stack:
        at_once = 0 if any(source.is_live for source in sources) else classifier.runs_at_once
        labelling = stack.enter_context(
            Labelling(classifier, lambda contract: Track(lambda: make_smoother(contract), make_cadence), stats, at_once)
        )
        feeds = [stack.enter_context(open_feed(source, news, labelling.prepare)) for source in sources]

        def label(batch: Sequence[Delivery]) -> None:
            for frame, activity in labelling.push(batch):
                if overlay is not None:
                    overlay.update(frame, activity)
                _hand_over(frame, activity, sinks, stats)

        limit = _Limit(max_seconds)
        while live := [feed for feed in feeds if not feed.ended]:
            news.clear()
            try:
                batch = [] if paused else _gather(live, limit, stats, news, batch_wait_s)
            except SourceError:
                label([])  # what came before the error counts
                raise
            stats.frames_read = sum(feed.read for feed in feeds)
            stats.frames_dropped = sum(feed.dropped for feed in feeds)
            label(batch)
            if interrupts.pending:
                label([])
                interrupts.check()
            if not batch and any(not feed.ended for feed in live):
                news.wait(IDLE_S)
            commands = [command for sink in sinks if (command := sink.poll()) is not None]
            if commands:
                label([])  # what came before them
            _switch_model(commands, labelling, overlay)
            paused ^= Command.PAUSE in commands
            if Command.QUIT in commands:
                break
    return stats


def _switch_model(commands: Sequence[Command | NewModel], labelling: Labelling, overlay: Overlay | None) -> None:
    for command in commands:
        if isinstance(command, NewModel):
            labelling.switch(command.classifier)
            if overlay is not None:
                overlay.relabel(command.classifier.contract.labels)


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


def _gather(
    live: Sequence[Feed], limit: _Limit, stats: RunStats, news: threading.Event, wait_s: float
) -> list[Delivery]:
    """A frame of every source that has one; once there is one, the other live sources have `wait_s` to bring theirs."""
    batch: list[Delivery] = []
    missing = [feed for feed in live if not _append(batch, feed, live, limit, stats)]
    until_s = time.perf_counter() + wait_s
    while batch and (missing := [feed for feed in missing if not feed.ended]):
        left_s = until_s - time.perf_counter()
        if left_s <= 0 or not news.wait(left_s):
            break
        news.clear()
        missing = [feed for feed in missing if not _append(batch, feed, live, limit, stats)]
    return batch


def _append(batch: list[Delivery], feed: Feed, live: Sequence[Feed], limit: _Limit, stats: RunStats) -> bool:
    delivery = _take(feed, live, limit, stats)
    if delivery is not None:
        batch.append(delivery)
    return delivery is not None


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


def _hand_over(frame: Frame, activity: Activity, sinks: Sequence[Sink], stats: RunStats) -> None:
    for sink in sinks:
        with stats.stages.time(sink.name):
            sink.write(frame, activity)
