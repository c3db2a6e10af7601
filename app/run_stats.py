"""Rates, stage latencies and what a run did, in constant memory."""

import statistics
import time
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

WINDOW = 9000  # durations kept for each stage: five minutes at 30 a second


class Rate:
    """Measures events a second over the last few of them: n events are n - 1 intervals."""

    def __init__(self, window: int = 30) -> None:
        """Starts without an event.

        Args:
            window: how many events count.
        """
        self._times: deque[float] = deque(maxlen=window)

    def tick(self, time_s: float) -> None:
        """Takes in an event, in seconds of any clock."""
        self._times.append(time_s)

    @property
    def per_second(self) -> float:
        """Events a second; 0.0 until two have been seen."""
        passed_s = self._times[-1] - self._times[0] if len(self._times) > 1 else 0.0
        return (len(self._times) - 1) / passed_s if passed_s > 0 else 0.0


class Stopwatch:
    """Keeps durations by stage, the last WINDOW of each."""

    def __init__(self) -> None:
        self._durations: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=WINDOW))

    @contextmanager
    def time(self, stage: str) -> Iterator[None]:
        """Adds how long the block takes, unless it raises."""
        start_s = time.perf_counter()
        yield
        self.add(stage, time.perf_counter() - start_s)

    def add(self, stage: str, duration_s: float) -> None:
        """Adds a duration in seconds."""
        self._durations[stage].append(duration_s)

    def summary(self) -> dict[str, dict[str, float]]:
        """Returns the median and the 95th percentile ("p95") of each stage, in milliseconds."""
        return {stage: _summary_ms(durations) for stage, durations in self._durations.items()}


@dataclass
class RunStats:
    """The figures of a run; filled while it runs, so that an interrupted run has its figures too.

    Attributes:
        frames_read: frames that the sources delivered.
        frames_processed: those that got their label.
        frames_dropped: those that a newer frame of a live source replaced.
        frames_reused: of those processed, the ones that reused the previous label without a network run.
        first_label_at_s: `time.perf_counter` when the first frame had its label.
        last_label_at_s: the same of the last one.
        stages: how long each stage took for a frame.
    """

    frames_read: int = 0
    frames_processed: int = 0
    frames_dropped: int = 0
    frames_reused: int = 0
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

    def labelled(self, arrived_s: float) -> None:
        """Counts a frame that has just got its label.

        Args:
            arrived_s: when it arrived in this program, in seconds of `time.perf_counter`.
        """
        now_s = time.perf_counter()
        self.stages.add("capture_to_label", now_s - arrived_s)
        self.frames_processed += 1
        self.last_label_at_s = now_s
        if self.first_label_at_s is None:
            self.first_label_at_s = now_s


def _summary_ms(durations_s: deque[float]) -> dict[str, float]:
    ordered = sorted(durations_s)
    p95 = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    return {"median": round(1e3 * statistics.median(ordered), 3), "p95": round(1e3 * p95, 3)}
