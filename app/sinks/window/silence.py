"""Which live sources have stopped sending images."""

import time
from collections.abc import Iterable

SILENT_S = 2.0  # s without an image after which a source is silent, and its label no longer true


class Silence:
    """Watches the live sources: what a camera saw last must not look as if it went on.

    A source is not watched before its first image.
    """

    def __init__(self, live: Iterable[str]) -> None:
        """Watches nothing yet.

        Args:
            live: the names of the live sources.
        """
        self._live = frozenset(live)
        self._seen_at_s: dict[str, float] = {}
        self._silent: set[str] = set()

    def __contains__(self, source_id: str) -> bool:
        return source_id in self._silent

    def hear(self, source_id: str) -> None:
        """Takes note of an image of a source."""
        self._seen_at_s[source_id] = time.monotonic()
        self._silent.discard(source_id)

    def restart(self) -> None:
        """Counts from now on, as after a pause."""
        self._seen_at_s = dict.fromkeys(self._seen_at_s, time.monotonic())

    def newly_silent(self) -> list[str]:
        """Returns the sources that have become silent since the last call."""
        now_s = time.monotonic()
        waiting = (self._live & self._seen_at_s.keys()) - self._silent
        found = sorted(source_id for source_id in waiting if now_s - self._seen_at_s[source_id] > SILENT_S)
        self._silent.update(found)
        return found
