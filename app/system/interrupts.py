"""Ctrl-C, and every other signal that ends a process, as an exception that never strikes where threads work together.

Raised between any two instructions, as Python does, it can leave one of Python's own locks held, lose a wake-up of
`threading.Condition`, or release a clip that a thread is decoding: one in thirty benchmarks crashed or went on for ever
after Ctrl-C. So wherever this project's threads run, signals are `deferred`, and the work calls `check` between two
steps. Elsewhere a signal waits while the main thread is inside Python's own threads, or closes something.
"""

import _thread
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

PATIENCE_S = 2.0  # a signal that nobody has heard for so long is raised wherever the next one, or the wait, finds it
_POKE_S = 0.05  # s between two looks whether the main thread has left what must not be interrupted
_OVERRULED = (signal.SIGINT, signal.SIGTERM)  # handled even where they were ignored at the start
_QUIT = getattr(signal, "SIGQUIT", None)
# No end of the process by default, beyond its power, or its own fault; Python ignores SIGPIPE and SIGXFSZ for its
# writers to raise.
_LEFT_ALONE = frozenset(
    getattr(signal, f"SIG{name}", None)
    for name in (
        *("CHLD", "CLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "WINCH", "INFO", "KILL", "PIPE", "XFSZ"),
        *("SEGV", "BUS", "FPE", "ILL", "ABRT", "TRAP", "SYS", "EMT"),
    )
)
SIGNALS = tuple(sorted(signal.valid_signals() - _LEFT_ALONE))
_UNSAFE_MODULES = frozenset(
    ("threading", "queue", "concurrent.futures._base", "concurrent.futures.thread", "weakref", "_weakrefset", "logging")
)
_CLOSING = frozenset(("__exit__", "__del__"))  # what is raised in the latter is lost


class Interrupted(KeyboardInterrupt):
    """Raised for SIGINT, SIGTERM, SIGHUP and the others that end a process.

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
        self._arrived_s = 0.0
        self._raised = False
        self._depth = 0
        self._handled: set[int] = set()

    def install(self) -> None:
        """Handles every signal that ends a process from now on.

        Ctrl-C and SIGTERM even where a shell started the process with them ignored; another that is ignored, as `nohup`
        does with SIGHUP, or that somebody else handles stays so.
        """
        self._arrived, self._raised = None, False
        for number in SIGNALS:
            if self._may_take(number):
                with suppress(OSError, ValueError):  # one that the system keeps for itself
                    signal.signal(number, self._handle)
                    self._handled.add(number)

    @property
    def pending(self) -> bool:
        """Whether a signal has arrived."""
        return self._arrived is not None

    def check(self) -> None:
        """Raises Interrupted if a signal has arrived; at every call, because what is raised in a destructor is lost."""
        if self._arrived is not None and _in_main_thread():
            if not self._raised:
                self._raised = True
                for each in self._handled:  # another Ctrl-C must not cut off the closing of the files
                    if signal.getsignal(each) == self._handle:
                        signal.signal(each, signal.SIG_IGN)
            raise Interrupted(self._arrived)

    @contextmanager
    def deferred(self) -> Iterator[None]:
        """Within it, only `check` raises; an unhandled signal is raised on exit. May be nested.

        Where nobody checks for PATIENCE_S, the next signal is raised all the same.
        """
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
        if self._arrived is None:
            self._arrived, self._arrived_s = number, time.monotonic()
            if _QUIT is not None and signal.getsignal(_QUIT) == self._handle:
                signal.signal(_QUIT, signal.SIG_DFL)  # the way out of a closing that hangs
            if not self._depth and not _is_safe(frame):
                _thread.start_new_thread(self._poke, ())  # `threading` may hold its lock just now
        if self._is_impatient() or (not self._depth and _is_safe(frame)):
            self.check()

    def _may_take(self, number: int) -> bool:
        now = signal.getsignal(number)
        ours = now == self._handle or (now is signal.SIG_IGN and number in self._handled)
        return number in _OVERRULED or ours or now is signal.SIG_DFL

    def _is_impatient(self) -> bool:
        return time.monotonic() - self._arrived_s > PATIENCE_S

    def _poke(self) -> None:
        """Sends the signal again until it is raised; whoever defers it meanwhile checks for it."""
        while not self._raised and not self._depth and self._arrived is not None:
            time.sleep(_POKE_S)
            if not self._raised and not self._depth and self._arrived is not None:
                _send_to_main_thread(self._arrived)


interrupts = Interrupts()  # one, as the signals are the process's own


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


def _send_to_main_thread(number: int) -> None:
    if sys.platform == "win32":
        _thread.interrupt_main(number)
    else:  # ends a system call that blocks as well
        signal.pthread_kill(threading.main_thread().ident or 0, number)


def _is_safe(frame: FrameType | None) -> bool:
    """Returns whether no frame of a stack holds what an exception would leave broken."""
    if frame is not None and frame.f_globals.get("__name__") == "importlib._bootstrap":  # its locks
        return False
    while frame is not None:
        if frame.f_code.co_name in _CLOSING or frame.f_globals.get("__name__") in _UNSAFE_MODULES:
            return False
        frame = frame.f_back
    return True
