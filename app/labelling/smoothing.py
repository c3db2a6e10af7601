"""From noisy probabilities to a calm label, in seconds instead of frames."""

import math
from collections.abc import Sequence
from typing import Self

import numpy as np

from app.arrays import Float32s, Float64s
from app.config.settings import Settings
from app.entities import Activity
from app.labelling.cadence import longest_pause_s
from app.model.contract import ModelContract


class ActivitySmoother:
    """Smooths probabilities: an exponential average, a margin to switch, a minimum dwell, and "unsure".

    The average weighs a frame by the time since the one before it: alpha = 1 - exp(-dt / tau_s), the exact response
    of a first-order low-pass filter at any frame rate.

    A label is shown when its average reaches its threshold, and stays until its average falls below that by more than
    `hold`, or falls below it while another one leads by `margin`; then the activity is unsure immediately.
    Another label must lead by `margin`, and waits until the present one has lasted `min_dwell_s`. Unsure gives way
    immediately to a label that clears its threshold by `margin`, after `min_dwell_s` to one that only reaches it; so
    does a label that is lost in the very frame in which another one rises.
    After a gap of more than `gap_s` nothing before it counts. The first frame has the thresholds as they are, as does a
    photograph that is judged alone; `strictness` moves them for all frames that follow.

    Example:
        >>> import numpy as np
        >>> from app import ActivitySmoother
        >>> smoother = ActivitySmoother(
        ...     ("reading", "writing"), (0.6, 0.6), tau_s=0.6, margin=0.1, min_dwell_s=0.8, gap_s=2.0
        ... )
        >>> reading, writing = np.array([0.9, 0.1], np.float32), np.array([0.1, 0.9], np.float32)
        >>> [smoother.update(probs, time_s).label for time_s, probs in ((0.0, reading), (0.1, writing), (1.1, writing))]
        ['reading', 'reading', 'writing']
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
        hold: float = 0.0,
        strictness: float = 0.0,
        top: int = 3,
    ) -> None:
        """Starts with nothing known.

        Args:
            labels: K class names.
            thresholds: K probabilities; a label whose average is below its own is not shown.
            tau_s: time constant of the average; 0: no averaging.
            margin: probability by which another label must lead.
            min_dwell_s: the least time that a label is shown.
            gap_s: the longest time between two frames of which the first still counts.
            hold: probability by which a label that is shown may fall below its threshold.
            strictness: -1..1; moves the thresholds by that part of the way to 1, or to 0 where it is below 0.
            top: how many classes `Activity.top` holds.
        """
        self._labels = tuple(labels)
        self._own_thresholds = np.asarray(thresholds, np.float64)
        far = 1 - self._own_thresholds if strictness > 0 else self._own_thresholds
        self._thresholds = self._own_thresholds + strictness * far
        self._tau_s, self._margin, self._min_dwell_s, self._gap_s = tau_s, margin, min_dwell_s, gap_s
        self._hold, self._top = hold, top
        self._average: Float64s | None = None
        self._time_s = -math.inf
        self._since_s = -math.inf
        self._current: int | None = None

    @classmethod
    def from_settings(cls, contract: ModelContract, settings: Settings) -> Self:
        """Makes the smoother that the settings ask for.

        `smoothing.threshold` replaces the model's own thresholds, `smoothing.strictness` moves them. A gap is never
        shorter than two pauses between classifications.

        Args:
            contract: labels and thresholds of the model.
            settings: `smoothing`, `inference` and `display.top`.

        Example:
            >>> from app import ActivitySmoother, Classifier, load_settings
            >>> contract = Classifier("models/daily_activity.onnx").contract
            >>> smoother = ActivitySmoother.from_settings(contract, load_settings())
        """
        smoothing = settings.smoothing
        own = smoothing.threshold
        return cls(
            contract.labels,
            contract.thresholds if own is None else [own] * len(contract.labels),
            tau_s=smoothing.tau_s,
            margin=smoothing.margin,
            min_dwell_s=smoothing.min_dwell_s,
            hold=smoothing.hold,
            strictness=smoothing.strictness if own is None else 0.0,
            gap_s=max(smoothing.gap_s, 2 * longest_pause_s(settings.inference)),
            top=settings.display.top,
        )

    def update(self, probs: Float32s, time_s: float) -> Activity:
        """Takes in the probabilities of one frame.

        Args:
            probs: float32 (K,), left as they are.
            time_s: the frame's time; must increase from call to call.

        Returns:
            What is going on.

        Raises:
            ValueError: time does not increase, or `probs` does not fit the labels.

        Example:
            >>> import numpy as np
            >>> from app import ActivitySmoother
            >>> smoother = ActivitySmoother(("a", "b"), (0.5, 0.5), tau_s=0.6, margin=0.1, min_dwell_s=0.8, gap_s=2.0)
            >>> smoother.update(np.array([0.75, 0.25], np.float32), 0.0).top
            (('a', 0.75), ('b', 0.25))
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

    def _mix(self, old: Float64s | None, probs: Float32s, passed_s: float, restarted: bool) -> Float64s:
        new = probs.astype(np.float64)
        if restarted or old is None or self._tau_s == 0:
            return new
        alpha = -math.expm1(-passed_s / self._tau_s)
        return old + alpha * (new - old)

    def _choose(self, average: Float64s, time_s: float, restarted: bool) -> int | None:
        best = int(average.argmax())
        if restarted:
            return best if average[best] >= self._own_thresholds[best] else None
        sure = bool(average[best] >= self._thresholds[best])
        current = self._current
        lost = current is not None and self._is_lost(average, current, best)
        # 1 us: 0.1 + 0.7 must count as 0.8 s, whatever floating point makes of it
        dwelt = time_s - self._since_s >= self._min_dwell_s - 1e-6
        clear = bool(average[best] >= self._thresholds[best] + self._margin)
        if current is None:
            return best if sure and (dwelt or clear) else None
        if lost:  # the same rule as from unsure: otherwise a slow camera would skip unsure, and a fast one would not
            return best if clear and dwelt else None
        return best if sure and dwelt and average[best] >= average[current] + self._margin else current

    def _is_lost(self, average: Float64s, current: int, best: int) -> bool:
        """Tells whether a label that is shown has fallen so far that it is none any more."""
        below = self._thresholds[current] - average[current]
        return bool(below > self._hold or (below > 0 and average[best] >= average[current] + self._margin))

    def _activity(self, average: Float64s, probs: Float32s, restarted: bool) -> Activity:
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
