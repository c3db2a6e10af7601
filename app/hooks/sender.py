"""Requests that are kept on disk until a server has taken them, in their order."""

import time
from abc import abstractmethod
from pathlib import Path

from app.hooks.disk_queue import DiskQueue
from app.hooks.event import Event
from app.hooks.http import Answer
from app.hooks.outlet import PATIENCE_S, Outlet

FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 300.0  # between two tries; doubled from one to the next
AT_ONCE = 50  # requests in a row, before new events are put on disk


class Sender(Outlet):
    """Keeps texts on disk, sends the oldest one, and waits longer each time that the server does not take it."""

    def __init__(self, folder: Path, name: str, most: int) -> None:
        """Takes over what a former session could not send.

        Args:
            folder: where the queue lies.
            name: of the queue.
            most: texts that it holds.

        Raises:
            OutputError: the queue cannot be kept.
        """
        super().__init__()
        self._queue = DiskQueue(folder, name, most)
        self._wait_s, self._next_s = FIRST_WAIT_S, 0.0
        self._told_dropped = 0

    @abstractmethod
    def texts(self, events: list[Event]) -> list[str]:
        """Returns what is to be sent of events."""

    @abstractmethod
    def send(self, text: str) -> Answer:
        """Sends a text."""

    def handle(self, events: list[Event]) -> float | None:
        texts = self.texts(events)
        if texts:
            self._queue.put(texts)
        if self._queue.dropped > self._told_dropped:
            self._told_dropped = self._queue.dropped
            self.complain("too many events wait; the oldest ones are lost")
        for _ in range(AT_ONCE):
            if time.monotonic() < self._next_s or not self._send_first():
                break
        if not len(self._queue):
            return None
        return max(0.0, self._next_s - time.monotonic())

    def end(self) -> None:
        """Sends what it can; the rest waits for the next session."""
        until_s = time.monotonic() + PATIENCE_S / 2
        while time.monotonic() < until_s and self._send_first():
            continue
        self._queue.close()

    def _send_first(self) -> bool:
        """Returns whether the oldest text is done with, so that the next one may follow."""
        first = self._queue.first()
        if first is None:
            return False
        number, text = first
        answer = self.send(text)
        if answer.problem and answer.may_work_later:
            self.complain(f"{answer.problem}; trying again")
            self._next_s = time.monotonic() + (answer.retry_after_s or self._wait_s)
            self._wait_s = min(2 * self._wait_s, LONGEST_WAIT_S)
            return False
        if answer.problem:
            self.complain(f"{answer.problem}; that event is lost")
        else:
            self.works()
        self._wait_s = FIRST_WAIT_S
        self._queue.remove(number)
        return True
