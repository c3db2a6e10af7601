"""The overlay's memory of a source: its newest activity, its rates, and the labels of the last minute."""

import time
from collections import deque
from dataclasses import dataclass

from app.entities import Activity
from app.run_stats import Rate


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of one label, in the source's seconds.

    Attributes:
        start_s: the time of its first frame.
        end_s: the time of its last frame, or of the next segment's first.
        label: the class, or None for unsure.
    """

    start_s: float
    end_s: float
    label: str | None


class History:
    """Remembers what the overlay shows of one source.

    Attributes:
        activity: the newest one, or None when there is none.
        now_s: the time of the newest frame, in the source's seconds.
        segments: the labels of the last `keep_s` seconds, oldest first; a gap in time is a gap between two.
    """

    def __init__(self, keep_s: float) -> None:
        """Starts without an activity.

        Args:
            keep_s: how many seconds of labels are kept.
        """
        self.activity: Activity | None = None
        self.now_s = 0.0
        self.segments: deque[Segment] = deque()
        self._keep_s = keep_s
        self._shown, self._classified = Rate(), Rate(window=10)
        self._skips = False  # whether some frames reuse the label before them

    @property
    def rate(self) -> str:
        """Frames a second, and classified ones where those are fewer."""
        classified = f", {self._classified.per_second:.0f} classified" if self._skips else ""
        return f"{self._shown.per_second:.0f} fps{classified}"

    def add(self, activity: Activity, time_s: float, *, follows: bool = False) -> None:
        """Takes in the activity of a frame.

        Args:
            activity: of the frame.
            time_s: its time.
            follows: whether the frame before it was shown until now, however long that was, as in a file.
        """
        now_s = time.perf_counter()
        self._shown.tick(now_s)
        if activity.probs:
            self._classified.tick(now_s)
        else:
            self._skips = True
        self.activity, self.now_s = activity, time_s
        self._extend(activity, time_s, after_gap=activity.restarted and not follows)
        while self.segments[0].end_s < time_s - self._keep_s:
            self.segments.popleft()

    def _extend(self, activity: Activity, time_s: float, *, after_gap: bool) -> None:
        last = self.segments[-1] if self.segments else None
        if last is not None and not after_gap:  # a gap stays a gap
            self.segments[-1] = Segment(last.start_s, time_s, last.label)
        if last is None or after_gap or last.label != activity.label:
            self.segments.append(Segment(time_s, time_s, activity.label))
