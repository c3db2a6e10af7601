"""One-slot hand-off of the newest frame between a capture thread and the main thread."""

import threading
import time

from app.entities import Delivery, Frame


class LatestFrame:
    """Holds the newest frame: `put` never blocks, and replaces a frame that nobody has taken.

    Attributes:
        dropped: frames that were replaced.
    """

    def __init__(self, frame_ready: threading.Event) -> None:
        """Makes an empty slot.

        Args:
            frame_ready: is set whenever there is something to get; several slots may share one.
        """
        self._lock = threading.Lock()
        self._frame_ready = frame_ready
        self._slot: Delivery | None = None
        self._error: BaseException | None = None
        self._ended = False
        self.dropped = 0

    @property
    def closed(self) -> bool:
        """Whether the reader has ended and its last frame has been taken."""
        with self._lock:
            return self._ended and self._slot is None

    def put(self, frame: Frame) -> None:
        """Stores a frame, on the reading thread."""
        delivery = Delivery(frame, time.perf_counter())
        with self._lock:
            self.dropped += self._slot is not None
            self._slot = delivery
        self._frame_ready.set()

    def close(self, error: BaseException | None = None) -> None:
        """Ends the hand-off, on the reading thread, once reading has ended.

        Args:
            error: why, or None at the end of the source; raised by the `get` that finds nothing left.
        """
        with self._lock:
            self._ended, self._error = True, error
        self._frame_ready.set()

    def get(self) -> Delivery | None:
        """Takes the newest frame.

        Returns:
            The frame, or None when there is none.

        Raises:
            BaseException: what ended the reader, once, after its last frame.
        """
        with self._lock:
            delivery, self._slot = self._slot, None
            if delivery is None and self._error is not None:
                error, self._error = self._error, None
                raise error
            return delivery
