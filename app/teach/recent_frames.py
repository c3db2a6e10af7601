"""The frames of the last second, which a correction takes as captures."""

from collections import deque

from app.entities import Frame


class RecentFrames:
    """Keeps the frames of the last second or so."""

    def __init__(self, seconds: float, per_s: float) -> None:
        """Starts empty.

        Args:
            seconds: how far back it goes.
            per_s: frames a second that are kept, at most.
        """
        self._seconds, self._step_s = seconds, 1 / per_s
        self._frames: deque[Frame] = deque()

    def add(self, frame: Frame) -> None:
        """Takes the newest frame, and forgets those that are too old."""
        if self._frames and frame.time_s - self._frames[-1].time_s < self._step_s:
            return
        self._frames.append(frame)
        while frame.time_s - self._frames[0].time_s > self._seconds:
            self._frames.popleft()

    def frames(self) -> list[Frame]:
        """Returns the frames, the oldest first."""
        return list(self._frames)
