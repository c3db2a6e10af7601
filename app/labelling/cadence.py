"""Which frames are worth a network run: a camera at 30 fps need not be classified 30 times a second."""

import math

import cv2
import msgspec
import numpy as np
import numpy.typing as npt

from app.arrays import Image
from app.config.settings import InferenceSettings

# Levels 0..255 of the means of a grid's cells. A camera's noise moves a cell by about 1, its automatic exposure by 1 or
# 2 over seconds, a hand by 10 and more.
CHANGED_LEVELS = 4.0
CELLS = 28  # a side; a hand before a laptop covers several
AWAKE_S = 1.0  # s at full rate after a change, so that the smoothing sees what came of it


def cells(picture: Image) -> npt.NDArray[np.float32]:
    """What `differ` compares of a picture: the means of a grid's cells, float32 (CELLS, CELLS, 3)."""
    return cv2.resize(picture, (CELLS, CELLS), interpolation=cv2.INTER_AREA).astype(np.float32)


def differ(one: npt.NDArray[np.float32], other: npt.NDArray[np.float32]) -> bool:
    """Whether something has changed that is not the camera's noise."""
    return bool(np.abs(one - other).max() > CHANGED_LEVELS)


def longest_pause_s(settings: InferenceSettings) -> float:
    """Between two classifications of a source that delivers; 0 when every frame is classified."""
    slowest_s = 1 / settings.max_fps if settings.max_fps else 0.0
    return max(settings.every_s or 0.0, slowest_s, settings.still_s if settings.adaptive else 0.0)


class Cadence:
    """The rhythm of one source, in its own seconds.

    At most `inference.max_fps` frames a second are due, and none within `inference.every_s` of the one before. With
    `inference.adaptive` a picture that stays the same is due every `inference.still_s` only; the first one that differs
    from the last classified one is due at once, and all for a second after it.
    """

    def __init__(self, settings: InferenceSettings) -> None:
        self._interval_s = longest_pause_s(msgspec.structs.replace(settings, adaptive=False))
        self._still_s = settings.still_s if settings.adaptive else 0.0
        self._next_s = self._last_s = -math.inf
        self._awake_until_s = -math.inf
        self._seen: npt.NDArray[np.float32] | None = None

    def too_early(self, now_s: float) -> bool:
        """Whether a frame of that time is not due, whatever it shows; frames come in order."""
        return now_s < self._next_s - 1e-6

    def due(self, picture: Image, now_s: float) -> bool:
        """Whether to classify a frame that is not too early. picture: the frame as `prepare` makes it."""
        if self._still_s and not self._stirs(picture, now_s):
            return False
        # counted from when it was due, lest a rate that does not divide the camera's lose up to half
        planned_s = self._next_s + self._interval_s
        self._next_s = planned_s if planned_s > now_s else now_s + self._interval_s
        self._last_s = now_s
        return True

    def _stirs(self, picture: Image, now_s: float) -> bool:
        """Whether it differs from the last classified one, has lately, or has not been looked at for long."""
        now = cells(picture)
        if self._seen is None or differ(now, self._seen):
            self._awake_until_s = now_s + AWAKE_S
        elif now_s > self._awake_until_s and now_s - self._last_s < self._still_s - 1e-6:
            return False
        self._seen = now
        return True
