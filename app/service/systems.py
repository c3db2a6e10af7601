"""Puts a definition where the system looks for it, and asks the system's own program to take note."""

import subprocess
import sys
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path

from app.errors import AppError
from app.outputs import write_text
from app.service.definitions import LABEL, NAME, launchd_plist, systemd_unit, task_xml

TIMEOUT_S = 30.0


class System(ABC):
    """How one system starts programs at login."""

    @abstractmethod
    def install(self, argv: Sequence[str], folder: Path) -> list[str]:
        """Installs and starts the program; an older definition is replaced.

        Returns:
            Lines that say what was done.

        Raises:
            AppError: the system refuses.
        """

    @abstractmethod
    def remove(self) -> list[str]:
        """Stops the program and removes it; nothing is an error. Returns lines that say what was done."""

    @abstractmethod
    def status(self) -> tuple[bool, str]:
        """Returns whether it is installed, and a line that says how it is."""


class Systemd(System):
    """The user's systemd, of most Linux systems."""

    def __init__(self, config: Path) -> None:
        """Takes the folder of the user's settings, ~/.config."""
        self.path = config / "systemd" / "user" / f"{NAME}.service"

    def install(self, argv: Sequence[str], folder: Path) -> list[str]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        write_text(self.path, systemd_unit(argv, folder))
        for command in (["daemon-reload"], ["enable", self.path.name], ["restart", self.path.name]):
            done = _run(["systemctl", "--user", *command])
            if done.returncode:
                again = f"systemctl --user enable --now {self.path.name}"
                raise AppError(f"{self.path} is written, but systemd does not take it ({_why(done)}); try: {again}")
        return [f"Installed: {self.path}. It runs now, and starts at each login."]

    def remove(self) -> list[str]:
        if not self.path.exists():
            return ["Nothing was installed."]
        _run(["systemctl", "--user", "disable", "--now", self.path.name])
        self.path.unlink()
        _run(["systemctl", "--user", "daemon-reload"])
        return [f"Removed: {self.path}"]

    def status(self) -> tuple[bool, str]:
        if not self.path.exists():
            return False, "not installed"
        done = _run(["systemctl", "--user", "is-active", self.path.name])
        return True, f"{self.path}: {done.stdout.strip() or 'state unknown: ' + _why(done)}"


class Launchd(System):
    """launchd, of macOS."""

    def __init__(self, home: Path) -> None:
        """Takes the user's home."""
        self.path = home / "Library" / "LaunchAgents" / f"{LABEL}.plist"

    def install(self, argv: Sequence[str], folder: Path) -> list[str]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        _run(["launchctl", "unload", str(self.path)])
        write_text(self.path, launchd_plist(argv, folder).decode())
        done = _run(["launchctl", "load", "-w", str(self.path)])
        if done.returncode:
            raise AppError(f"{self.path} is written, but launchd does not take it ({_why(done)})")
        return [f"Installed: {self.path}. It runs now, and starts at each login."]

    def remove(self) -> list[str]:
        if not self.path.exists():
            return ["Nothing was installed."]
        _run(["launchctl", "unload", "-w", str(self.path)])
        self.path.unlink()
        return [f"Removed: {self.path}"]

    def status(self) -> tuple[bool, str]:
        if not self.path.exists():
            return False, "not installed"
        done = _run(["launchctl", "list", LABEL])
        return True, f"{self.path}: {'loaded' if done.returncode == 0 else 'not loaded'}"


class TaskScheduler(System):
    """The Task Scheduler of Windows."""

    def install(self, argv: Sequence[str], folder: Path) -> list[str]:
        with tempfile.TemporaryDirectory() as name:
            path = Path(name) / "task.xml"
            path.write_text(task_xml(argv, folder), encoding="utf-16")
            done = _run(["schtasks", "/Create", "/F", "/TN", NAME, "/XML", str(path)])
        if done.returncode:
            raise AppError(f"the Task Scheduler does not take the task ({_why(done)})")
        _run(["schtasks", "/Run", "/TN", NAME])
        return [f"Installed: the task {NAME}. It runs now, and starts at each login."]

    def remove(self) -> list[str]:
        _run(["schtasks", "/End", "/TN", NAME])
        done = _run(["schtasks", "/Delete", "/F", "/TN", NAME])
        return [f"Removed: the task {NAME}" if done.returncode == 0 else "Nothing was installed."]

    def status(self) -> tuple[bool, str]:
        done = _run(["schtasks", "/Query", "/TN", NAME, "/FO", "CSV", "/NH"])
        return done.returncode == 0, done.stdout.strip() if done.returncode == 0 else "not installed"


def this_system() -> System:
    """Returns the way of the system that this is."""
    if sys.platform == "darwin":
        return Launchd(Path.home())
    if sys.platform == "win32":
        return TaskScheduler()
    import platformdirs  # late: --help needs none of it

    return Systemd(platformdirs.user_config_path())


def _run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=TIMEOUT_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        reason = error.strerror if isinstance(error, OSError) else "no answer"
        return subprocess.CompletedProcess(command, 1, "", f"{command[0]}: {reason}")


def _why(done: subprocess.CompletedProcess[str]) -> str:
    return (done.stderr.strip() or done.stdout.strip() or f"status {done.returncode}").splitlines()[0]
