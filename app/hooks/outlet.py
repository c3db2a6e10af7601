"""What every way out promises: nothing that happens in it holds up a frame."""

import logging
import threading
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterable

from app.hooks.event import Event

MOST_WAITING = 10_000  # events in memory; some 5 MB
PATIENCE_S = 2.0  # for what is under way when the session ends

log = logging.getLogger("app.hooks")


class Outlet(ABC):
    """A way out, with a thread of its own.

    Attributes:
        name: for messages and the thread; no secret.
    """

    name: str

    def __init__(self) -> None:
        """Starts no thread yet."""
        self._waiting: deque[Event] = deque(maxlen=MOST_WAITING)
        self._changed = threading.Condition()
        self._closing = False
        self._last_complaint = ""
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Starts the thread."""
        self._thread.name = f"hook {self.name}"
        self._thread.start()

    def put(self, events: Iterable[Event]) -> None:
        """Hands events over; never waits. Where too many wait, the oldest ones go."""
        with self._changed:
            self._waiting.extend(events)
            self._changed.notify()

    def close(self) -> None:
        """Lets it finish. May be called twice."""
        with self._changed:
            self._closing = True
            self._changed.notify()

    def wait(self, until_s: float) -> None:
        """Waits until it has finished, or until a moment of `time.monotonic`: what hangs then is left."""
        if self._thread.is_alive():
            self._thread.join(max(0.0, until_s - time.monotonic()))

    @property
    def failed(self) -> bool:
        """Whether nobody listens any more, so that the session may end."""
        return False

    @abstractmethod
    def handle(self, events: list[Event]) -> float | None:
        """Passes events on, in the outlet's thread.

        Args:
            events: those that came since the last call; may be none.

        Returns:
            In how many seconds to call again at the latest; None: when there are events.
        """

    def end(self) -> None:  # noqa: B027 (most have nothing left to do)
        """Called once in the outlet's thread, after the last event."""

    @property
    def closing(self) -> bool:
        """Whether the session ends."""
        return self._closing

    def complain(self, what: str) -> None:
        """Says on the log what is wrong, once until something else is."""
        if what != self._last_complaint:
            self._last_complaint = what
            log.warning("%s: %s", self.name, what)

    def works(self) -> None:
        """Says that what was wrong is over."""
        if self._last_complaint:
            self._last_complaint = ""
            log.warning("%s: works again", self.name)

    def _run(self) -> None:
        due_s: float | None = None
        while True:
            with self._changed:
                while not self._waiting and not self._closing:
                    left_s = None if due_s is None else due_s - time.monotonic()
                    if left_s is not None and left_s <= 0:
                        break
                    self._changed.wait(left_s)
                events, closing = list(self._waiting), self._closing
                self._waiting.clear()
            try:
                wait_s = self.handle(events)
                if closing:
                    self.end()
                    return
            except Exception as error:  # noqa: BLE001 (whatever a hook does, the session goes on)
                self.complain(f"failed ({type(error).__name__})")
                wait_s = None
                if closing:
                    return
            due_s = None if wait_s is None else time.monotonic() + wait_s
