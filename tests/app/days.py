"""A simulated day: clocks that tests set, and the frames of a camera that nobody waits for."""

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from app.diary.store import Diary
from app.diary.writer import DiaryWriter
from app.entities import Activity, Frame
from app.sinks.diary import DiarySink
from app.system.wall_clock import WallClock
from tests.toy import RED, plain

IMAGE = plain(RED, 4, 4)


class Clocks:
    """The time of day and the monotonic clock, which tests move."""

    def __init__(self, start: datetime) -> None:
        """Starts at a local time."""
        self.unix_s, self.monotonic_s = start.timestamp(), 1000.0

    def passes(self, seconds: float) -> None:
        """Time goes by."""
        self.unix_s += seconds
        self.monotonic_s += seconds

    def jumps(self, seconds: float) -> None:
        """Somebody sets the clock, or the machine sleeps."""
        self.unix_s += seconds


class Day:
    """A camera whose every frame has the label of its moment, and the diary that is kept of it."""

    def __init__(self, folder: Path, start: datetime, fps: float = 10.0, keep_days: int | None = None) -> None:
        """Opens the diary."""
        self.clocks, self.fps = Clocks(start), fps
        self.writer = DiaryWriter(Diary(folder), keep_days)
        clock = WallClock(lambda: self.clocks.unix_s, lambda: self.clocks.monotonic_s)
        self.sink = DiarySink(self.writer, ["camera 0"], clock, lambda: self.clocks.monotonic_s)
        self._after_gap = True

    def sees(self, label: str | None, seconds: float, source: str = "camera 0", nobody: bool = False) -> None:
        """Frames of one label for a while."""
        for _ in range(round(seconds * self.fps)):
            time_s = self.clocks.monotonic_s - 1000.0
            frame = Frame(IMAGE, 0, time_s, source)
            self.sink.write(frame, Activity(label, 0.9, time_s, restarted=self._after_gap, nobody=nobody))
            self._after_gap = False
            self.clocks.passes(1 / self.fps)

    def sees_nothing(self, seconds: float) -> None:
        """No frames for a while."""
        self.clocks.passes(seconds)
        self._after_gap = True

    def sleeps(self, seconds: float) -> None:
        """The machine is suspended: on Linux and macOS its monotonic clock stops."""
        self.clocks.jumps(seconds)

    def follows(self, plan: Iterable[tuple[str | None, float]]) -> None:
        """One label after another."""
        for label, seconds in plan:
            self.sees(label, seconds)


@contextmanager
def day(folder: Path, start: datetime, **more: object) -> Iterator[Day]:
    """A day and its diary, closed at the end."""
    one = Day(folder, start, **more)  # type: ignore[arg-type]
    try:
        yield one
    finally:
        one.sink.close()


@contextmanager
def time_zone(name: str) -> Iterator[None]:
    """The local time of a place."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = name
    time.tzset()
    try:
        yield
    finally:
        if before is None:
            del os.environ["TZ"]
        else:
            os.environ["TZ"] = before
        time.tzset()
