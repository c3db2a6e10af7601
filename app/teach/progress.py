"""How far teaching is, told step by step from any thread."""

import threading
from collections.abc import Callable

Tell = Callable[[float], None]  # takes a share of the whole, 0..1


class Progress:
    """Counts the steps of a part of the work and tells the share of the whole that is done."""

    def __init__(self, tell: Tell | None, begin: float, end: float, steps: int) -> None:
        """Tells `begin` at once.

        Args:
            tell: is told the shares; None: nobody is.
            begin: the share of the whole that is done before this part, 0..1.
            end: the share after it.
            steps: of this part.
        """
        self._tell, self._begin, self._end, self._steps = tell, begin, end, max(1, steps)
        self._done, self._lock = 0, threading.Lock()
        if tell is not None:
            tell(begin)

    def step(self) -> None:
        """Counts a step."""
        if self._tell is None:
            return
        with self._lock:
            self._done += 1
            share = self._done / self._steps
            self._tell(self._begin + (self._end - self._begin) * share)
