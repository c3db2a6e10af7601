"""A program that is started for each event, with the event as JSON on its stdin."""

import subprocess
from collections import deque
from collections.abc import Sequence

from app.hooks.event import NEWS, Event
from app.hooks.outlet import PATIENCE_S, Outlet

TIMEOUT_S = 30.0  # then it is killed
MOST_WAITING = 100  # events, while it takes longer than they come


class CommandHook(Outlet):
    """Starts a command for each event, one after the other, in their order. No shell sees it."""

    name = "command"

    def __init__(self, argv: Sequence[str]) -> None:
        """Starts nothing yet.

        Args:
            argv: the program and its arguments.
        """
        super().__init__()
        self._argv = list(argv)
        self._news: deque[Event] = deque(maxlen=MOST_WAITING)

    def handle(self, events: list[Event]) -> float | None:
        self._news.extend(event for event in events if event.kind in NEWS)
        if not self._news:
            return None
        self._start(self._news.popleft())
        return 0.0 if self._news else None

    def end(self) -> None:
        while self._news:
            self._start(self._news.popleft())

    def _start(self, event: Event) -> None:
        try:
            done = subprocess.run(
                self._argv,
                input=event.to_json() + "\n",
                text=True,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=PATIENCE_S if self.closing else TIMEOUT_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            self.complain("was killed: it took too long")
        except OSError as error:
            self.complain(f"does not start ({error.strerror})")
        else:
            if done.returncode:
                self.complain(f"ended with status {done.returncode}")
            else:
                self.works()
