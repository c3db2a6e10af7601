"""The loop: source -> due? -> prepare -> batch -> classify -> smooth -> sinks."""

import functools
import logging
import math
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
import numpy.typing as npt

from app.cadence import Cadence
from app.classifier import Classifier
from app.contract import Image, ModelContract, prepare
from app.entities import Activity, Frame
from app.errors import SourceError
from app.feeds import Feed, open_feed
from app.mailbox import Delivery
from app.metrics import Stopwatch
from app.overlay import Overlay
from app.sinks.base import Command, NewModel, Sink
from app.smoothing import ActivitySmoother
from app.sources.base import Source

IDLE_S = 0.02  # s between two looks at the window's keys while no frame comes
BATCH_WAIT_S = 0.005

_log = logging.getLogger(__name__)


@dataclass
class RunStats:
    """What a run did; filled while it runs, so that an interrupted run has its figures too.

    frames_kept: of those processed, the ones that kept the label before them without a network run.
    first_label_at_s: `time.perf_counter` when the first frame had its label.
    """

    frames_read: int = 0
    frames_processed: int = 0
    frames_dropped: int = 0
    frames_kept: int = 0
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
    Raises what the last remaining source or any sink raises; one source of several that fails is named and left.
    """
    cv2.setNumThreads(1)  # waking OpenCV's pool for pictures this small takes 4 % of a core at 30 a second
    stats = stats or RunStats()
    news = threading.Event()
    paused = False
    with ExitStack() as stack:
        ready = functools.partial(prepare, contract=classifier.contract)
        feeds = [stack.enter_context(open_feed(source, news, ready)) for source in sources]
        tracks = _tracks(sources, classifier.contract, make_smoother, make_cadence)
        limit = _Limit(max_seconds)
        while live := [feed for feed in feeds if not feed.ended]:
            news.clear()
            batch = [] if paused else _gather(live, limit, stats, news, batch_wait_s)
            stats.frames_read = sum(feed.read for feed in feeds)
            stats.frames_dropped = sum(feed.dropped for feed in feeds)
            if batch:
                for frame, activity in _label(batch, classifier, tracks, stats):
                    if overlay is not None:
                        overlay.update(frame, activity)
                    _hand_over(frame, activity, sinks, stats)
            elif any(not feed.ended for feed in live):
                news.wait(IDLE_S)
            commands = [sink.poll() for sink in sinks]
            for command in commands:
                if isinstance(command, NewModel):
                    classifier = command.classifier
                    tracks = _tracks(sources, classifier.contract, make_smoother, make_cadence)
                    if overlay is not None:
                        overlay.relabel(classifier.contract.labels)
            paused ^= Command.PAUSE in commands
            if Command.QUIT in commands:
                break
    return stats


def _tracks(
    sources: Sequence[Source],
    contract: ModelContract,
    make_smoother: Callable[[ModelContract], ActivitySmoother],
    make_cadence: Callable[[], Cadence] | None,
) -> dict[str, "_Track"]:
    return {source.source_id: _Track(lambda: make_smoother(contract), make_cadence) for source in sources}


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


class _Track:
    """What the loop keeps of one source."""

    def __init__(
        self, make_smoother: Callable[[], ActivitySmoother], make_cadence: Callable[[], Cadence] | None
    ) -> None:
        self._make_smoother, self._make_cadence = make_smoother, make_cadence
        self._start(0)

    def _start(self, opening: int) -> None:
        self._opening = opening
        self._smoother = self._make_smoother()
        self._cadence = self._make_cadence and self._make_cadence()
        self._activity: Activity | None = None

    def prepare(self, delivery: Delivery, contract: ModelContract) -> Image | None:
        """The frame as the model wants it, None for one that is not worth a network run."""
        frame = delivery.frame
        if frame.opening != self._opening:
            self._start(frame.opening)
        if self._cadence is not None and self._cadence.too_early(frame.time_s):
            return None
        picture = prepare(frame.image, contract) if delivery.picture is None else delivery.picture
        return picture if self._cadence is None or self._cadence.due(picture, frame.time_s) else None

    def update(self, probs: npt.NDArray[np.float32], time_s: float) -> Activity:
        self._activity = self._smoother.update(probs, time_s)
        return self._activity

    def keep(self) -> Activity:
        """The activity of the last classified frame, for one that was not."""
        assert self._activity is not None, "the first frame is always due"
        return replace(self._activity, probs=(), restarted=False)


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


def _label(
    batch: Sequence[Delivery], classifier: Classifier, tracks: Mapping[str, _Track], stats: RunStats
) -> list[tuple[Frame, Activity]]:
    """One network run for the due frames of all sources, then each source's own smoother; the others keep a label."""
    with stats.stages.time("prepare"):
        prepared = [tracks[delivery.frame.source_id].prepare(delivery, classifier.contract) for delivery in batch]
    rows = iter(_classify([picture for picture in prepared if picture is not None], classifier, stats))
    labelled = []
    for delivery, picture in zip(batch, prepared, strict=True):
        frame, track = delivery.frame, tracks[delivery.frame.source_id]
        with stats.stages.time("smooth"):
            labelled.append((frame, track.keep() if picture is None else track.update(next(rows), frame.time_s)))
        stats.frames_kept += picture is None
        stats.labelled(delivery)
    return labelled


def _classify(
    pictures: Sequence[Image], classifier: Classifier, stats: RunStats
) -> npt.NDArray[np.float32] | Sequence[npt.NDArray[np.float32]]:
    """Probabilities, a row a picture."""
    if not pictures:
        return ()
    with stats.stages.time("classify"):
        return classifier.predict(np.stack(pictures)).probs


def _hand_over(frame: Frame, activity: Activity, sinks: Sequence[Sink], stats: RunStats) -> None:
    for sink in sinks:
        with stats.stages.time(sink.name):
            sink.write(frame, activity)
