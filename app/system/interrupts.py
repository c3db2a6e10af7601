"""Ctrl-C and SIGTERM as an exception that never strikes where threads work together.

Raised between any two instructions, as Python does, it can leave one of Python's own locks held, lose a wake-up of
`threading.Condition`, or release a clip that a thread is decoding: one in thirty benchmarks crashed or went on for ever
after Ctrl-C. So wherever threads run, signals are `deferred`, and the work calls `check` between two steps.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupted(KeyboardInterrupt):
    """Raised for SIGINT or SIGTERM.

    Attributes:
        status: the exit status that shells know: 128 and the signal's number.
    """

    def __init__(self, number: int) -> None:
        """Takes the signal's number."""
        super().__init__(number)
        self.status = 128 + number


class Interrupts:
    """Holds the signal that has arrived, and whether it may be raised at once.

    Only the main thread is ever interrupted. In another one, `deferred` and `check` do nothing.
    """

    def __init__(self) -> None:
        self._arrived: int | None = None
        self._depth = 0

    def install(self) -> None:
        """Handles SIGINT and SIGTERM from now on, even where a shell started the process with SIGINT ignored."""
        self._arrived = None
        for number in SIGNALS:
            signal.signal(number, self._handle)

    @property
    def pending(self) -> bool:
        """Whether a signal has arrived."""
        return self._arrived is not None

    def check(self) -> None:
        """Raises Interrupted if a signal has arrived; at every call, because what is raised in a destructor is lost."""
        if self._arrived is not None and _in_main_thread():
            raise Interrupted(self._arrived)

    @contextmanager
    def deferred(self) -> Iterator[None]:
        """Within it, only `check` raises; an unhandled signal is raised on exit. May be nested."""
        if not _in_main_thread():
            yield
            return
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1
        if not self._depth:
            self.check()

    def _handle(self, number: int, frame: FrameType | None) -> None:
        for each in SIGNALS:  # a second Ctrl-C must not cut off the closing of the files
            signal.signal(each, signal.SIG_IGN)
        self._arrived = number
        if not self._depth:
            self.check()


interrupts = Interrupts()  # one, as the signals are the process's own


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()
