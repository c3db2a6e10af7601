"""A small image of each mistake, taken while the clip is labelled: nothing is read twice."""

import heapq

import cv2

from app.arrays import Image
from app.entities import Activity, Frame
from app.labels import UNSURE
from app.score.names import Names
from app.score.timeline import Timeline
from app.sinks.base import Sink
from app.text import comparable

WIDTH_PX = 320
QUALITY = 80  # of JPEG, 0..100
MOST = 24  # of a clip; those of the longest mistakes are kept
_FIRST_S = 0.25  # s into a mistake; then at twice the time, and so on: the last one is taken in its second half


class Stills(Sink):
    """Takes an image within each mistake.

    Attributes:
        name: the stage in the figures of a session.
    """

    name = "stills"

    def __init__(self, truth: Timeline, names: Names) -> None:
        """Starts without an image.

        Args:
            truth: what is going on.
            names: what the labels shown stand for.
        """
        self._truth, self._names = truth, names
        self._position = 0  # of the segment of the truth at hand
        self._mistake: tuple[str, str] | None = None  # what is true and what is shown
        self._since_s = self._next_s = 0.0
        self._still: tuple[float, bytes] | None = None  # its time, and the JPEG
        self._kept: list[tuple[float, float, bytes]] = []  # a heap of length, time and JPEG

    @property
    def images(self) -> dict[float, bytes]:
        """Time in s -> JPEG, of the longest mistakes, in the order of time; after `close`."""
        return {time_s: jpeg for _, time_s, jpeg in sorted(self._kept, key=lambda kept: kept[1])}

    def write(self, frame: Frame, activity: Activity) -> None:
        mistake = self._mistake_at(frame.time_s, activity)
        if mistake != self._mistake:
            self._finish(frame.time_s)
            self._mistake, self._since_s, self._next_s = mistake, frame.time_s, frame.time_s
        if mistake is not None and frame.time_s >= self._next_s:
            self._still = (frame.time_s, small_jpeg(frame.image))
            self._next_s = self._since_s + max(_FIRST_S, 2 * (frame.time_s - self._since_s))

    def close(self) -> None:
        self._finish(self._next_s)

    def _finish(self, time_s: float) -> None:
        """Keeps the image of a mistake that has ended, if it is one of the longest."""
        if self._still is None:
            return
        heapq.heappush(self._kept, (time_s - self._since_s, *self._still))
        self._still = None
        if len(self._kept) > MOST:
            heapq.heappop(self._kept)

    def _mistake_at(self, time_s: float, activity: Activity) -> tuple[str, str] | None:
        segments = self._truth.segments
        while self._position < len(segments) and segments[self._position].end_s <= time_s:
            self._position += 1
        if self._position == len(segments) or segments[self._position].start_s > time_s:
            return None
        true, shown = segments[self._position].label, self._names.of(activity.state)
        if shown is None or UNSURE in (comparable(true), comparable(shown)) or comparable(true) == comparable(shown):
            return None
        return true, shown


def small_jpeg(image: Image) -> bytes:
    """Makes a small JPEG of an image, uint8 BGR (H, W, 3)."""
    height, width = image.shape[:2]
    scale = WIDTH_PX / width
    small = cv2.resize(image, (WIDTH_PX, max(1, round(height * scale))), interpolation=cv2.INTER_AREA)
    _, data = cv2.imencode(".jpg", small if scale < 1 else image, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return data.tobytes()
