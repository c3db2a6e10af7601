"""How long the newest frame of a source is shown: recordings and logs end at the same moment."""

from collections import deque

LATE = 1.5  # steps: what comes later than that comes after a gap


class Shown:
    """The end of the newest frame.

    Files and folders say how long it is shown. A live frame is shown for the shorter one of the last two steps: a pause
    before it says nothing of it.
    """

    def __init__(self) -> None:
        """Starts before the first frame."""
        self._time_s = 0.0
        self._lasts_s: float | None = None
        self._steps_s: deque[float] = deque(maxlen=2)
        self._started = False

    @property
    def until_s(self) -> float:
        """When the newest frame ends; the frame's own time where nobody knows."""
        lasts_s = min(self._steps_s, default=0.0) if self._lasts_s is None else self._lasts_s
        return self._time_s + lasts_s

    def add(self, time_s: float, lasts_s: float | None) -> None:
        """Takes the next frame in.

        Args:
            time_s: its time; must increase.
            lasts_s: how long it is shown if it is the last, None where nobody knows.
        """
        if self._started:
            self._steps_s.append(time_s - self._time_s)
        self._time_s, self._lasts_s, self._started = time_s, lasts_s, True

    def end(self, time_s: float) -> None:
        """Says when the newest frame ends."""
        self._lasts_s = time_s - self._time_s

    def reaches(self, time_s: float) -> bool:
        """Tells whether a frame of that time comes where the next one is due."""
        return time_s - self._time_s <= LATE * (self.until_s - self._time_s)
