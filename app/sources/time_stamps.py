"""When the images of a file are shown: stamps may be missing, out of order, or begin again where files are joined."""

import math
from collections.abc import Iterable, Iterator
from itertools import chain, pairwise
from typing import TypeVar

import numpy as np

from app.arrays import Float64s
from app.sources.base import SMALLEST_STEP_S

T = TypeVar("T")

REORDERED_S = 1.0  # s that a damaged or old file's stamps go back and forth
NEXT_IMAGES = 3  # images within which the file goes on after one with a wrong stamp
BROKEN_S = 30 * 3600.0  # s; FFmpeg too takes a longer pause for a broken stamp


def shown_times(images: Iterable[tuple[T, float | None, float]]) -> Iterator[tuple[T, float, float]]:
    """Finds when each image is shown.

    A pause stays a pause. Where stamps begin again the time goes on; an image without a stamp follows the one before
    it; one with a wrong stamp is shown between its neighbours.

    Args:
        images: in order, each with its stamp in s, or None, and how long it is shown if no stamp says otherwise, in s.

    Yields:
        The image, its time in s from the first one, strictly increasing, and how long it is shown if it is the last.
    """
    clock = _Clock()
    for one, after in pairwise(chain(images, [None])):
        if one is not None:
            image, stamp_s, lasts_s = one
            yield image, clock.place(stamp_s, lasts_s, after and after[1]), lasts_s


def increasing_times(stamps_s: Float64s) -> Float64s | None:
    """Finds at once what `shown_times` finds one by one, where every stamp is in order.

    Args:
        stamps_s: float64 (N,), N >= 1, of every image in the order in which they are shown, in s.

    Returns:
        float64 (N,), the times in s from the first image; None where a stamp is out of order, hardly later than the one
        before, or after a pause that may be none.
    """
    times_s = (0.0 - stamps_s[0]) + stamps_s
    before, after = times_s[:-1], times_s[1:]
    plain = (after >= before + SMALLEST_STEP_S) & (np.diff(stamps_s) < BROKEN_S)
    return times_s if plain.all() else None


class _Clock:
    """The seconds since the first image."""

    def __init__(self) -> None:
        self._offset_s = 0.0  # from stamps to times
        self._first_s: float | None = None  # the first stamp, the latest one since stamps began again
        self._latest_s = -math.inf
        self._time_s, self._end_s = -math.inf, 0.0  # of the image before

    def place(self, stamp_s: float | None, lasts_s: float, after_s: float | None) -> float:
        """Returns the time of the next image; `after_s` is the stamp of the one after it."""
        time_s = self._end_s
        if stamp_s is not None:
            goes_on = after_s is not None and self._latest_s < after_s <= self._latest_s + NEXT_IMAGES * lasts_s
            if goes_on and after_s is not None and not self._latest_s <= stamp_s <= after_s:
                time_s = self._offset_s + (self._latest_s + after_s) / 2
            else:
                if not goes_on and self._begins_again(stamp_s):
                    self._first_s = self._latest_s = stamp_s
                    self._offset_s = self._end_s - stamp_s
                time_s = self._offset_s + stamp_s
                self._latest_s = max(self._latest_s, stamp_s)
        self._time_s = max(time_s, self._time_s + SMALLEST_STEP_S)
        self._end_s = self._time_s + lasts_s
        return self._time_s

    def _begins_again(self, stamp_s: float) -> bool:
        back_s = self._latest_s - stamp_s
        return self._first_s is None or stamp_s <= self._first_s or back_s > REORDERED_S or back_s < -BROKEN_S
