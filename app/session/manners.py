"""Lets go of the cameras when somebody asks, by file or signal, and outside the hours that the settings name."""

import signal
import threading
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

from app.errors import OutputError
from app.session.control import Session, control_folder
from app.session.schedule import Schedule
from app.system.pause import PauseSwitch
from app.system.terminal import say

LOOK_S = 0.25  # s between two looks
SIGNAL = getattr(signal, "SIGUSR2", None)  # pauses, and goes on


class Manners:
    """Watches for reasons to pause, in a thread. A context manager."""

    def __init__(self, switch: PauseSwitch, schedule: Schedule | None, folder: Path | None = None) -> None:
        """Starts nothing yet.

        Args:
            switch: what the sources heed.
            schedule: when cameras may be on; None: always.
            folder: of the files by which other processes ask; None: the user's.
        """
        self._switch, self._schedule, self._folder = switch, schedule, folder
        self._signals = self._heeded = 0
        self._ended = threading.Event()
        self._told = ""
        self._thread = threading.Thread(target=self._run, name="manners", daemon=True)
        self._before: object = None
        self.heed_schedule()

    def __enter__(self) -> Self:
        if SIGNAL is not None and threading.current_thread() is threading.main_thread():
            self._before = signal.signal(SIGNAL, self._on_signal)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()
        if self._before is not None and SIGNAL is not None:
            signal.signal(SIGNAL, self._before)  # type: ignore[arg-type]

    def heed_schedule(self) -> None:
        """Pauses outside the hours of the schedule."""
        if self._schedule is not None:
            self._switch.set("schedule", not self._schedule.allows(datetime.now()))

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._signals += 1  # and no more: the main thread may hold any lock just now

    def _run(self) -> None:
        session = Session(self._folder or control_folder())
        try:
            while not self._ended.wait(LOOK_S):
                self._look(session)
        finally:
            session.close()

    def _look(self, session: Session) -> None:
        if self._signals != self._heeded:
            if (self._signals - self._heeded) % 2:
                session.want(not session.pause_wanted)
            self._heeded = self._signals
        asked = session.pause_wanted
        self._switch.set("asked for", asked)
        self.heed_schedule()
        session.say(asked, self._switch.cameras_on)
        reason = self._switch.reason
        if reason != self._told:
            self._told = reason
            with suppress(OutputError):  # a full disk behind stdout ends no pause
                say(f"Paused ({reason}): the camera is off." if reason else "Going on: the camera is on.")
