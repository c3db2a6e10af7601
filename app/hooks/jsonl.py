"""Events on stdout, a line of JSON each."""

import os
import select

from app.hooks.event import NEWS, Event
from app.hooks.outlet import Outlet

LOOK_S = 1.0  # s between two looks whether somebody still reads


class JsonLines(Outlet):
    """Writes each event to a file descriptor."""

    name = "--jsonl"

    def __init__(self, descriptor: int) -> None:
        """Writes nothing yet.

        Args:
            descriptor: of the open file; it stays open.
        """
        super().__init__()
        self._descriptor, self._unread = descriptor, False

    @property
    def failed(self) -> bool:
        """Whether nobody reads any more, as behind `| head`."""
        return self._unread

    def handle(self, events: list[Event]) -> float | None:
        data = "".join(event.to_json() + "\n" for event in events if event.kind in NEWS).encode()
        try:
            while data and not self._unread:
                data = data[os.write(self._descriptor, data) :]
        except OSError:
            self._unread = True
        self._unread = self._unread or _is_unread(self._descriptor)
        return None if self._unread else LOOK_S


def _is_unread(descriptor: int) -> bool:
    """Tells whether a pipe has lost its reader, without writing to it; Windows tells only who writes."""
    if not hasattr(select, "poll"):
        return False
    poll = select.poll()
    poll.register(descriptor, 0)
    return any(events & (select.POLLERR | select.POLLHUP) for _, events in poll.poll(0))
