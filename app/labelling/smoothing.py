"""From noisy probabilities to a calm label, in seconds instead of frames."""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from app.entities import Activity


class ActivitySmoother:
    """Exponential average with a time constant, a margin to switch, a minimum dwell, and "unsure".

    The average weighs a frame by the time since the one before it: alpha = 1 - exp(-dt / tau_s), the exact response
    of a first-order low-pass filter at any frame rate.

    A label is shown only while its average is at or above its threshold; below, the activity is unsure at once.
    Another label must lead by `margin`, and waits until the present one has lasted `min_dwell_s`. Unsure gives way
    at once to a label that clears its threshold by `margin`, after `min_dwell_s` to one that only reaches it; so does
    a label that falls below its threshold in the very frame in which another one rises.
    A gap of more than `gap_s` starts afresh.
    """

    def __init__(
        self,
        labels: Sequence[str],
        thresholds: Sequence[float],
        *,
        tau_s: float,
        margin: float,
        min_dwell_s: float,
        gap_s: float,
        top: int = 3,
    ) -> None:
        self._labels = tuple(labels)
        self._thresholds = np.asarray(thresholds, np.float64)
        self._tau_s, self._margin, self._min_dwell_s, self._gap_s = tau_s, margin, min_dwell_s, gap_s
        self._top = top
        self._average: npt.NDArray[np.float64] | None = None
        self._time_s = -math.inf
        self._since_s = -math.inf
        self._current: int | None = None

    def update(self, probs: npt.NDArray[np.float32], time_s: float) -> Activity:
        """One frame's probabilities, float32 (K,), at `time_s` in seconds -> what is going on.

        Raises ValueError when time does not increase or when `probs` does not fit the labels.
        """
        if probs.shape != self._thresholds.shape:
            raise ValueError(f"expected probs of shape {self._thresholds.shape}, got {probs.shape}")
        if time_s <= self._time_s:
            raise ValueError(f"time must increase: {time_s} s after {self._time_s} s")
        passed_s, self._time_s = time_s - self._time_s, time_s
        restarted = self._average is None or passed_s > self._gap_s
        self._average = average = self._mix(self._average, probs, 0.0 if restarted else passed_s, restarted)
        choice = self._choose(average, time_s, restarted)
        if restarted or choice != self._current:
            self._current, self._since_s = choice, time_s
        return self._activity(average, probs, restarted)

    def _mix(
        self, old: npt.NDArray[np.float64] | None, probs: npt.NDArray[np.float32], passed_s: float, restarted: bool
    ) -> npt.NDArray[np.float64]:
        new = probs.astype(np.float64)
        if restarted or old is None or self._tau_s == 0:
            return new
        alpha = -math.expm1(-passed_s / self._tau_s)
        return old + alpha * (new - old)

    def _choose(self, average: npt.NDArray[np.float64], time_s: float, restarted: bool) -> int | None:
        best = int(average.argmax())
        sure = bool(average[best] >= self._thresholds[best])
        if restarted:
            return best if sure else None
        current = self._current
        lost = current is not None and average[current] < self._thresholds[current]
        # 1 us: 0.1 + 0.7 must count as 0.8 s, whatever floating point makes of it
        dwelt = time_s - self._since_s >= self._min_dwell_s - 1e-6
        clear = bool(average[best] >= self._thresholds[best] + self._margin)
        if current is None:
            return best if sure and (dwelt or clear) else None
        if lost:  # as through unsure, or a slow camera would skip it and a fast one would not
            return best if clear and dwelt else None
        return best if sure and dwelt and average[best] >= average[current] + self._margin else current

    def _activity(self, average: npt.NDArray[np.float64], probs: npt.NDArray[np.float32], restarted: bool) -> Activity:
        order = np.argsort(-average, kind="stable")[: self._top]
        shown = int(order[0]) if self._current is None else self._current
        return Activity(
            label=None if self._current is None else self._labels[self._current],
            confidence=float(average[shown]),
            since_s=self._since_s,
            top=tuple((self._labels[i], float(average[i])) for i in order),
            probs=tuple(probs.tolist()),
            restarted=restarted,
        )
