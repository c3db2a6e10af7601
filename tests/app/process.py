"""Running the program as a person would: as a process of its own, which a test can watch."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from tests.conftest import ROOT

COMMAND = (sys.executable, "-W", "error", str(ROOT / "run_webcam.py"))
PATIENCE_S = 120.0  # a guard against what hangs, and no claim about speed: the machine may be busy


class Ended(NamedTuple):
    """A process that has ended: its exit status and all that it printed."""

    returncode: int
    stdout: str
    stderr: str


class Running:
    """A process, and what it has printed so far. Leaving the context kills it."""

    def __init__(self, command: Sequence[object], *, folder: Path, env: dict[str, str] | None = None) -> None:
        """Starts `command` in `folder`, in this process's environment or in `env`."""
        self._prints = tempfile.TemporaryDirectory(prefix="prints-")
        self._out, self._err = (Path(self._prints.name) / name for name in ("out", "err"))
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self._process = subprocess.Popen(
                list(map(str, command)),
                cwd=folder,
                env=dict(os.environ if env is None else env) | {"PYTHONFAULTHANDLER": "1"},
                stdout=out,
                stderr=err,
            )

    @property
    def out(self) -> str:
        return self._out.read_text(encoding="utf-8")

    @property
    def err(self) -> str:
        return self._err.read_text(encoding="utf-8")

    def waits_until(self, ready: Callable[[], object], what: str = "") -> None:
        """Until `ready()`; fails when the process ends first."""
        deadline_s = time.monotonic() + PATIENCE_S
        while not ready():
            assert self._process.poll() is None, (what, self.out, self.err)
            assert time.monotonic() < deadline_s, (what, self._stacks())
            time.sleep(0.02)

    def holds_open(self, path: Path) -> bool:
        """Whether it has the file open; only Linux tells."""
        for link in Path(f"/proc/{self._process.pid}/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):  # closed by now
                if link.readlink() == path:
                    return True
        return False

    def gets(self, number: int) -> None:
        """Sends it a signal."""
        self._process.send_signal(number)

    def ends(self, number: int | None = None) -> Ended:
        """Sends it a signal, if one is given, and waits for its end. Shows its stacks when it hangs."""
        if number is not None:
            self.gets(number)
        try:
            self._process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            raise AssertionError(self._stacks()) from None
        return Ended(self._process.returncode, self.out, self.err)

    def _stacks(self) -> str:
        """Of all its threads; ends it."""
        self._process.send_signal(signal.SIGABRT)
        self._process.wait(10)
        return self.err

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()
        self._prints.cleanup()


def environment(display: str | None = None, **more: str) -> dict[str, str]:
    """This process's environment with `display` as its only screen, and `more`."""
    kept = {key: value for key, value in os.environ.items() if key not in ("DISPLAY", "WAYLAND_DISPLAY")}
    return kept | more | ({} if display is None else {"DISPLAY": display})


def start(*arguments: object, folder: Path, display: str | None = None, **more: str) -> Running:
    """The app in `folder`; `more` goes into its environment."""
    return Running([*COMMAND, *arguments], folder=folder, env=environment(display, **more))


def run(*arguments: object, folder: Path, display: str | None = None, **more: str) -> Ended:
    """The app from start to end."""
    with start(*arguments, folder=folder, display=display, **more) as app:
        return app.ends()
