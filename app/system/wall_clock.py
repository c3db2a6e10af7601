"""The time of day at which live frames were taken, and whether somebody set the clock meanwhile."""

import time
from collections.abc import Callable
from datetime import datetime

JUMP_S = 0.5  # s; clocks that are kept right by NTP are slewed by less in a quarter of an hour


class WallClock:
    """Turns the `time_s` of live frames into the time of day.

    A jump of the system's clock is one that the monotonic clock does not make: somebody set it, or the machine slept
    (on Linux and macOS the monotonic clock stops meanwhile). Times are counted by the clock as it was until `resync`.
    """

    def __init__(self, now: Callable[[], float] = time.time, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Reads both clocks.

        Args:
            now: seconds since 1970, UTC.
            monotonic: seconds that never go back.
        """
        self._now, self._monotonic = now, monotonic
        self._ahead_s = now() - monotonic()
        self._zero_s: dict[str, float] = {}  # the monotonic time of each source's 0 s

    def at(self, source_id: str, time_s: float) -> float:
        """Returns the time of day of a frame.

        Args:
            source_id: the frame's source; its first frame counts as taken just now.
            time_s: the frame's own time.

        Returns:
            Seconds since 1970, UTC.
        """
        zero_s = self._zero_s.get(source_id)
        if zero_s is None:
            zero_s = self._zero_s[source_id] = self._monotonic() - time_s
        return zero_s + time_s + self._ahead_s

    def has_jumped(self) -> bool:
        """Tells whether the system's clock was set, or the machine slept, since the start or the last `resync`."""
        return abs(self._now() - self._monotonic() - self._ahead_s) > JUMP_S

    def resync(self) -> None:
        """Goes by the system's clock as it is now."""
        self._ahead_s = self._now() - self._monotonic()


def iso_time(unix_s: float) -> str:
    """Writes a time of day as RFC 3339 wants it: local, to the millisecond, with the distance from UTC.

    Args:
        unix_s: seconds since 1970, UTC.

    Returns:
        Text such as "2026-03-29T01:59:59.900+01:00".
    """
    return datetime.fromtimestamp(unix_s).astimezone().isoformat(timespec="milliseconds")
