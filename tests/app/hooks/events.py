"""Events for tests of the ways out."""

import time

from app.hooks.event import Event, Kind
from app.hooks.open_hooks import close_hooks
from app.hooks.outlet import Outlet

START = 1_767_225_600.0


def event(kind: Kind = Kind.LABEL, label: str = "reading", number: int = 0, source: str = "camera 0") -> Event:
    """The event of a second."""
    now = START + number
    return Event(kind, source, label, 0.9, float(number), now, now, previous="texting", seconds=1.0)


def gone(previous: str, number: int = 0, source: str = "camera 0") -> Event:
    """A source that shows nothing any more."""
    now = START + number
    return Event(Kind.LABEL, source, None, 0.0, float(number), now, now, previous=previous, seconds=1.0)


def progress(label: str, start_s: float, end_s: float, source: str = "camera 0") -> Event:
    """A stretch so far."""
    start, end = START + start_s, START + end_s
    return Event(Kind.PROGRESS, source, label, 0.9, end_s, start, end, seconds=end_s - start_s)


def closed(outlet: Outlet) -> float:
    """Closes it, and returns how many seconds that took."""
    start_s = time.monotonic()
    close_hooks([outlet])
    return time.monotonic() - start_s
