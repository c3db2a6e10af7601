"""One-slot hand-off of the newest frame between a capture thread and the main thread."""

import threading
import time

from app.entities import Delivery, Frame


class LatestFrame:
    """The newest frame wins: `put` never blocks and overwrites what nobody has taken.

    dropped: frames that were overwritten.
    closed: the reader has ended and everything it put has been taken.
    """

    def __init__(self, news: threading.Event) -> None:
        """news: set whenever there is something to get; several mailboxes may share one."""
        self._lock = threading.Lock()
        self._news = news
        self._slot: Delivery | None = None
        self._error: BaseException | None = None
        self._ended = False
        self.dropped = 0

    @property
    def closed(self) -> bool:
        with self._lock:
            return self._ended and self._slot is None

    def put(self, frame: Frame) -> None:
        delivery = Delivery(frame, time.perf_counter())
        with self._lock:
            self.dropped += self._slot is not None
            self._slot = delivery
        self._news.set()

    def close(self, error: BaseException | None = None) -> None:
        """The reader's last word. `error` is raised by the `get` that finds nothing left."""
        with self._lock:
            self._ended, self._error = True, error
        self._news.set()

    def get(self) -> Delivery | None:
        """Takes the newest frame, None when there is none. Raises, once, what the reader raised."""
        with self._lock:
            delivery, self._slot = self._slot, None
            if delivery is None and self._error is not None:
                error, self._error = self._error, None
                raise error
            return delivery
