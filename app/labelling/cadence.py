"""Which frames are worth a network run: a camera at 30 fps need not be classified 30 times a second."""

import math
from collections.abc import Iterator

import cv2
import msgspec
import numpy as np

from app.arrays import Float32s, Float64s, Image
from app.config.settings import InferenceSettings

# Levels 0..255 of the means of a grid's cells. A camera's noise moves a cell by about 1, its automatic exposure by 1 or
# 2 over seconds, a hand by 10 and more.
CHANGED_LEVELS = 4.0
CELLS = 28  # a side; a hand before a laptop covers several
EARLY_S = 1e-6  # s that a frame may come before its moment, because floating point is not exact
AWAKE_S = 1.0  # s at full rate after a change, so that the smoothing sees what came of it


def cells(image: Image) -> Float32s:
    """Computes the means of a grid's cells, which `differ` compares.

    Args:
        image: uint8 (H, W, 3).

    Returns:
        float32 (CELLS, CELLS, 3).
    """
    return cv2.resize(image, (CELLS, CELLS), interpolation=cv2.INTER_AREA).astype(np.float32)


def differ(one: Float32s, other: Float32s) -> bool:
    """Tells whether two grids of `cells` differ by more than a camera's noise."""
    return bool(np.abs(one - other).max() > CHANGED_LEVELS)


def longest_pause_s(settings: InferenceSettings) -> float:
    """Returns the seconds between two classifications of a steady source; 0 when every frame is classified."""
    slowest_s = 1 / settings.max_fps if settings.max_fps else 0.0
    return max(settings.every_s or 0.0, slowest_s, settings.still_s if settings.adaptive else 0.0)


def steady_pause_s(settings: InferenceSettings) -> float:
    """Returns the seconds between two classifications whatever the image shows; 0 when every frame is due."""
    return longest_pause_s(msgspec.structs.replace(settings, adaptive=False))


def next_moment_s(planned_s: float, now_s: float, pause_s: float) -> float:
    """Returns the next moment of a steady rhythm, which begins again after a gap.

    It is counted from when this one was due: otherwise a rate that does not divide the camera's loses up to half.
    """
    return planned_s + pause_s if planned_s + pause_s > now_s else now_s + pause_s


def due_at(times_s: Float64s, pause_s: float) -> Iterator[int]:
    """Finds which frames of a file a steady `Cadence` classifies, from their times alone.

    Args:
        times_s: float64 (N,), increasing.
        pause_s: seconds between two of them; 0: every frame is due.

    Yields:
        Positions in `times_s`, increasing.
    """
    at, next_s = 0, -math.inf
    while at < len(times_s):
        yield at
        now_s = float(times_s[at])
        next_s = next_moment_s(next_s, now_s, pause_s)
        at = max(at + 1, int(np.searchsorted(times_s, next_s - EARLY_S)))


class Cadence:
    """The rhythm of one source, in its own seconds.

    At most `inference.max_fps` frames a second are due, and none within `inference.every_s` of the one before. With
    `inference.adaptive` an image that stays the same is due every `inference.still_s` only; the first one that differs
    from the last classified one is due immediately, and so are all for a second after it. Without any of these settings
    every frame is due.
    """

    def __init__(self, settings: InferenceSettings) -> None:
        """Starts with no frame classified.

        Args:
            settings: which frames are due.
        """
        self._interval_s = steady_pause_s(settings)
        self._still_s = settings.still_s if settings.adaptive else 0.0
        self._next_s = self._last_s = -math.inf
        self._awake_until_s = -math.inf
        self._classified: Float32s | None = None

    def too_early(self, now_s: float) -> bool:
        """Tells whether a frame of that time is not due, whatever it shows; frames come in order."""
        return now_s < self._next_s - EARLY_S

    def due(self, image: Image, now_s: float) -> bool:
        """Decides whether to classify a frame that is not too early.

        Args:
            image: the frame as `prepare` makes it, uint8 RGB (S, S, 3).
            now_s: its time, in the source's seconds.
        """
        if self._still_s and not self._needs_run(image, now_s):
            return False
        self._next_s = next_moment_s(self._next_s, now_s, self._interval_s)
        self._last_s = now_s
        return True

    def _needs_run(self, image: Image, now_s: float) -> bool:
        """Decides whether a frame that is not too early shows a change, or the last classified one is too old.

        A change counts for AWAKE_S; the last classified frame is too old after `still_s`.
        """
        now = cells(image)
        if self._classified is None or differ(now, self._classified):
            self._awake_until_s = now_s + AWAKE_S
        elif now_s > self._awake_until_s and now_s - self._last_s < self._still_s - 1e-6:
            return False
        self._classified = now
        return True
