"""Ctrl-C and SIGTERM: an exception, but while frames are under way only where the loop looks for it.

Raised anywhere, it can hit Python's own locks: `threading.Condition` lost a wake-up once in some three hundred
sessions that were interrupted while they recorded, and the program waited for its encoder for ever.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Interrupted(BaseException):
    """SIGINT or SIGTERM arrived; carries the exit status."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Interrupts:
    """What arrived, and whether it may be raised at once."""

    def __init__(self) -> None:
        self._statuses: dict[int, int] = {}
        self._pending: int | None = None
        self._deferring = False

    def install(self, statuses: dict[int, int]) -> None:
        """statuses: the exit status by signal number. From now on they raise Interrupted; the first one only."""
        self._statuses, self._pending = statuses, None
        for number in statuses:
            signal.signal(number, self._handle)

    @property
    def pending(self) -> bool:
        """Whether one has arrived and not been raised."""
        return self._pending is not None

    def check(self) -> None:
        """Raises Interrupted if one has arrived."""
        if self._pending is not None:
            status, self._pending = self._pending, None
            raise Interrupted(status)

    @contextmanager
    def deferred(self) -> Iterator[None]:
        """Inside, only `check` raises; what nobody looked for is raised at the end."""
        self._deferring = True
        try:
            yield
        finally:
            self._deferring = False
        self.check()

    def _handle(self, number: int, frame: FrameType | None) -> None:
        for each in self._statuses:  # a second Ctrl-C must not cut off the closing of the files
            signal.signal(each, signal.SIG_IGN)
        self._pending = self._statuses[number]
        if not self._deferring:
            self.check()


interrupts = Interrupts()  # one, as the signals are the process's own
