"""Capturing while a number key is held."""

import time

from app.entities import Frame
from app.errors import AppError
from app.teach.capture_session import CaptureSession

HELD_S = 0.15  # s after a key's last repeat that it still counts as held; systems repeat 12 to 30 times a second
REPEAT_S = 0.8  # s between the first press and the first repeat, at most
STILL_S = 1.0  # s without a change in the image after which the user is told


class HeldKey:
    """Captures frames for as long as a key is held, which its repeats tell: OpenCV reports presses alone."""

    def __init__(self, per_s: float) -> None:
        """Starts with no key held.

        Args:
            per_s: frames a second that are captured, at most.
        """
        self._step_s = 1 / per_s
        self._pressed_s = self._held_until_s = self._next_s = self._changed_s = 0.0

    def press(self, session: CaptureSession, label: str) -> None:
        """Takes a press or a repeat of the key of a class; a press begins a burst."""
        now_s = time.monotonic()
        if now_s > self._pressed_s + REPEAT_S or session.burst_label != label:
            session.begin_burst(label)
            self._next_s, self._changed_s = 0.0, now_s
        self._pressed_s, self._held_until_s = now_s, now_s + HELD_S

    def release(self) -> None:
        """Stops capturing, whether or not the key is still held."""
        self._held_until_s = 0.0

    @property
    def is_held(self) -> bool:
        """Whether the key is held."""
        return time.monotonic() < self._held_until_s

    def is_due(self) -> bool:
        """Returns whether the key is held and the next frame is to be captured."""
        return self._next_s <= time.monotonic() < self._held_until_s

    def capture(self, session: CaptureSession, frame: Frame) -> bool:
        """Captures a frame.

        Returns:
            False when nothing has changed in the image for a while.

        Raises:
            AppError: it cannot be written; the key is then released.
        """
        now_s = time.monotonic()
        self._next_s = now_s + self._step_s
        try:
            if session.capture(frame):
                self._changed_s = now_s
        except AppError:
            self.release()
            raise
        return now_s - self._changed_s <= STILL_S
