"""From a round of frames to their activities: one network run for those that are due, then each source's smoother."""

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Self

import numpy as np

from app.arrays import Float32s
from app.config.settings import Settings
from app.entities import Activity, Delivery, Frame, Prepared
from app.labelling.cue_watch import CueWatch
from app.labelling.track import Track
from app.model.classifier import Classifier
from app.run_stats import RunStats

_Answer = tuple[Sequence[Float32s] | Float32s, float]  # probabilities, a row an image, and the network's seconds


@dataclass(frozen=True)
class _Round:
    """Frames that share a network run.

    Attributes:
        batch: the frames.
        prepared: what the model takes of each, None for one that is not classified.
        answer: waits for the network run.
    """

    batch: Sequence[Delivery]
    prepared: Sequence[Prepared | None]
    answer: Callable[[], _Answer]


class Labeller:
    """Labels rounds of frames, which go in with `push` and come out in the same order.

    A context manager that waits for the network runs under way.
    """

    def __init__(self, classifier: Classifier, settings: Settings, stats: RunStats, max_in_flight: int) -> None:
        """Starts the threads that run the network.

        Args:
            classifier: the model.
            settings: which frames to classify, and how to smooth.
            stats: the figures of the run.
            max_in_flight: how many rounds may be in the network at the same time, each in a thread; `push` then
                returns rounds that went in before. 0: each round is answered before its `push` ends, which is what
                live sources need.
        """
        self._classifier, self._settings, self._stats = classifier, settings, stats
        self._tracks: dict[str, Track] = {}  # by the sources' names
        self._max_in_flight = max_in_flight
        self._rounds: deque[_Round] = deque()
        self._stack = ExitStack()
        self._cues = self._stack.enter_context(CueWatch(classifier.contract, settings))
        self._pool: ThreadPoolExecutor | None = None
        if max_in_flight:
            self._pool = self._stack.enter_context(ThreadPoolExecutor(max_in_flight, thread_name_prefix="classify"))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def push(self, batch: Sequence[Delivery]) -> Iterator[tuple[Frame, Activity]]:
        """Takes a round in.

        Args:
            batch: frames of different sources; none to get back all that is under way.

        Yields:
            The frames that have their label by now.
        """
        if batch:
            self._rounds.append(self._begin(batch))
        while len(self._rounds) > (self._max_in_flight if batch else 0):
            yield from self._finish(self._rounds.popleft())

    def switch(self, classifier: Classifier) -> None:
        """Takes another model from the next round on, and starts every source again; no round may be under way."""
        assert not self._rounds, "push an empty round first"
        self._cues.close()
        self._classifier, self._tracks = classifier, {}
        self._cues = self._stack.enter_context(CueWatch(classifier.contract, self._settings))

    def prepare(self, frame: Frame) -> Prepared:
        """Makes the model's input of a frame of a file, on the thread that reads it, before it is pushed."""
        return Prepared(frame.prepare(self._classifier.contract.input), self._cues.of_file(frame))

    def _begin(self, batch: Sequence[Delivery]) -> _Round:
        with self._stats.stages.time("prepare"):
            prepared = [self._track(delivery.frame).prepare(delivery) for delivery in batch]
        due = [one for one in prepared if one is not None]
        if self._pool is None or not due:
            answer = _classify(self._classifier, due)
            return _Round(batch, prepared, lambda: answer)
        return _Round(batch, prepared, self._pool.submit(_classify, self._classifier, due).result)

    def _finish(self, done: _Round) -> Iterator[tuple[Frame, Activity]]:
        probs, took_s = done.answer()
        if len(probs):
            self._stats.stages.add("classify", took_s)
        rows = iter(probs)
        for delivery, prepared in zip(done.batch, done.prepared, strict=True):
            frame, track = delivery.frame, self._track(delivery.frame)
            with self._stats.stages.time("smooth"):
                activity = track.update(next(rows), frame, prepared.cues) if prepared else track.reuse()
            self._stats.frames_reused += prepared is None
            self._stats.labelled(delivery.arrived_s)
            yield frame, activity

    def _track(self, frame: Frame) -> Track:
        if frame.source_id not in self._tracks:
            self._tracks[frame.source_id] = Track(self._classifier.contract, self._settings, self._cues)
        return self._tracks[frame.source_id]


def _classify(classifier: Classifier, due: Sequence[Prepared]) -> _Answer:
    if not due:
        return (), 0.0
    start_s = time.perf_counter()
    images = np.stack([prepared.image for prepared in due])
    spec = classifier.contract.cues
    cues = spec.rows(prepared.cues.vector if prepared.cues else None for prepared in due) if spec else None
    probs = classifier.predict(images, cues).probs
    return probs, time.perf_counter() - start_s
