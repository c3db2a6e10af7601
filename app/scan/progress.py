"""How far a scan is: files, hours, speed, and how long it will still take."""

import sys
import time

from app.scan.looks import Answer
from app.scan.manifest import Manifest, Ticket
from app.system.terminal import complain
from app.text import duration

_EVERY_S = {True: 1.0, False: 30.0}  # s between two lines: on a terminal, in a log


class Progress:
    """An agenda that says how far it is, on stderr."""

    def __init__(self, manifest: Manifest) -> None:
        """Begins to count.

        Args:
            manifest: what is to be done.
        """
        self._manifest = manifest
        self._shown = sys.stderr.isatty()
        self._start_s = self._said_s = time.monotonic()
        self._bytes = manifest.tally.bytes_done
        self.seconds = 0.0  # of video, in this run

    @property
    def is_done(self) -> bool:
        """As of the manifest."""
        return self._manifest.is_done

    @property
    def speed(self) -> float:
        """Seconds of video a second."""
        return self.seconds / max(time.monotonic() - self._start_s, 1e-9)

    def take(self) -> Ticket | None:
        """As of the manifest."""
        return self._manifest.take()

    def give(self, ticket: Ticket, answer: Answer) -> None:
        """As of the manifest; says how far it is, now and then."""
        self.seconds += self._manifest.give(ticket, answer)
        now_s = time.monotonic()
        if now_s - self._said_s >= _EVERY_S[self._shown]:
            self._said_s = now_s
            if self._shown:
                print(f"\r{self.line()}\x1b[K", end="", file=sys.stderr, flush=True)
            else:
                complain(self.line())

    def end(self) -> None:
        """Clears the line."""
        if self._shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    def line(self) -> str:
        """Says how far it is."""
        of = self._manifest.tally
        left = of.bytes - of.bytes_done
        bytes_done = of.bytes_done - self._bytes
        passed_s = time.monotonic() - self._start_s
        rest = f", {_duration(left / bytes_done * passed_s)} left" if bytes_done > 0 else ""
        done = f"{of.files_done:,} of {of.files:,} files, {duration(of.seconds_done)}"
        return f"{done}, {self.speed:.0f} times real time{rest}"


def _duration(seconds: float) -> str:
    for unit, length in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"
