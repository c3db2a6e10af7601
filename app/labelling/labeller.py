"""From a round of frames to their activities: due? -> prepare -> one network run -> each source's own smoother."""

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self

import numpy as np
import numpy.typing as npt

from app.arrays import Image
from app.entities import Activity, Delivery, Frame
from app.images.prepare import InputSpec
from app.labelling.cadence import Cadence
from app.labelling.smoothing import ActivitySmoother
from app.model.classifier import Classifier
from app.model.contract import ModelContract
from app.run_stats import RunStats

Probs = Sequence[npt.NDArray[np.float32]] | npt.NDArray[np.float32]  # a row a picture


class Track:
    """What is kept of one source between two of its frames."""

    def __init__(
        self, make_smoother: Callable[[], ActivitySmoother], make_cadence: Callable[[], Cadence] | None
    ) -> None:
        self._make_smoother, self._make_cadence = make_smoother, make_cadence
        self._smoother, self._cadence = make_smoother(), make_cadence and make_cadence()
        self._prepared_opening = self._labelled_opening = 0  # frames are prepared before earlier ones are labelled
        self._activity: Activity | None = None

    def prepare(self, delivery: Delivery, spec: InputSpec) -> Image | None:
        """The frame as the model wants it, None for one that is not worth a network run."""
        frame = delivery.frame
        if frame.opening != self._prepared_opening:
            self._prepared_opening = frame.opening
            self._cadence = self._make_cadence and self._make_cadence()
        if self._cadence is not None and self._cadence.too_early(frame.time_s):
            return None
        picture = frame.prepare(spec) if delivery.picture is None else delivery.picture
        return picture if self._cadence is None or self._cadence.due(picture, frame.time_s) else None

    def update(self, probs: npt.NDArray[np.float32], frame: Frame) -> Activity:
        """The source's activity after a frame of those probabilities."""
        if frame.opening != self._labelled_opening:
            self._labelled_opening = frame.opening
            self._smoother = self._make_smoother()
        self._activity = self._smoother.update(probs, frame.time_s)
        return self._activity

    def keep(self) -> Activity:
        """The activity of the last classified frame, for one that was not."""
        assert self._activity is not None, "the first frame is always due"
        return replace(self._activity, probs=(), restarted=False)


@dataclass(frozen=True)
class _Round:
    """Frames that share a network run. prepared: None for a frame that is not classified. answer: waits for the run."""

    batch: Sequence[Delivery]
    prepared: Sequence[Image | None]
    answer: Callable[[], tuple[Probs, float]]


class Labelling:
    """Rounds go in with `push` and come out labelled, in the same order.

    With `at_once` 0 each round is answered before `push` ends, which is what live sources need. Otherwise so many are
    in the network at the same time, in threads, and `push` gives out those that went in before.
    A context manager, which waits for the runs that have begun.
    """

    def __init__(
        self, classifier: Classifier, make_track: Callable[[ModelContract], Track], stats: RunStats, at_once: int
    ) -> None:
        self._classifier, self._make_track, self._stats = classifier, make_track, stats
        self._tracks: dict[str, Track] = {}  # by the sources' names
        self._at_once = at_once
        self._rounds: deque[_Round] = deque()
        self._stack = ExitStack()
        self._pool: ThreadPoolExecutor | None = None
        if at_once:
            self._pool = self._stack.enter_context(ThreadPoolExecutor(at_once, thread_name_prefix="classify"))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def push(self, batch: Sequence[Delivery]) -> Iterator[tuple[Frame, Activity]]:
        """Takes a round in; yields what is labelled by now, and after an empty round all that is under way."""
        if batch:
            self._rounds.append(self._begin(batch))
        while len(self._rounds) > (self._at_once if batch else 0):
            yield from self._finish(self._rounds.popleft())

    def switch(self, classifier: Classifier) -> None:
        """The model from the next round on, and every source afresh; no round may be under way."""
        assert not self._rounds, "push an empty round first"
        self._classifier, self._tracks = classifier, {}

    def prepare(self, frame: Frame) -> Image:
        """As the model wants it, uint8 RGB (S, S, 3); for whoever has time before the frame is pushed."""
        return frame.prepare(self._classifier.contract.input)

    def _begin(self, batch: Sequence[Delivery]) -> _Round:
        spec = self._classifier.contract.input
        with self._stats.stages.time("prepare"):
            prepared = [self._track(delivery.frame).prepare(delivery, spec) for delivery in batch]
        due = [picture for picture in prepared if picture is not None]
        if self._pool is None or not due:
            answered = _classify(self._classifier, due)
            return _Round(batch, prepared, lambda: answered)
        return _Round(batch, prepared, self._pool.submit(_classify, self._classifier, due).result)

    def _finish(self, done: _Round) -> Iterator[tuple[Frame, Activity]]:
        probs, took_s = done.answer()
        if len(probs):
            self._stats.stages.add("classify", took_s)
        rows = iter(probs)
        for delivery, picture in zip(done.batch, done.prepared, strict=True):
            frame, track = delivery.frame, self._track(delivery.frame)
            with self._stats.stages.time("smooth"):
                activity = track.keep() if picture is None else track.update(next(rows), frame)
            self._stats.frames_kept += picture is None
            self._stats.labelled(delivery.arrived_s)
            yield frame, activity

    def _track(self, frame: Frame) -> Track:
        if frame.source_id not in self._tracks:
            self._tracks[frame.source_id] = self._make_track(self._classifier.contract)
        return self._tracks[frame.source_id]


def _classify(classifier: Classifier, pictures: Sequence[Image]) -> tuple[Probs, float]:
    """Probabilities, a row a picture, and the seconds that the network took."""
    if not pictures:
        return (), 0.0
    start_s = time.perf_counter()
    probs = classifier.predict(np.stack(pictures)).probs
    return probs, time.perf_counter() - start_s
