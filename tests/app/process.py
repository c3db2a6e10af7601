"""Running `python run_webcam.py` as a person would: as a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT

COMMAND = (sys.executable, "-W", "error", str(ROOT / "run_webcam.py"))


def environment(display: str | None = None, **more: str) -> dict[str, str]:
    """This process's environment with `display` as its only screen, and `more`."""
    kept = {key: value for key, value in os.environ.items() if key not in ("DISPLAY", "WAYLAND_DISPLAY")}
    return kept | more | ({} if display is None else {"DISPLAY": display})


def start(*arguments: object, folder: Path, display: str | None = None, **more: str) -> subprocess.Popen[str]:
    """The app as a process in `folder`; stdout and stderr are pipes."""
    return subprocess.Popen(
        [*COMMAND, *map(str, arguments)],
        cwd=folder,
        env=environment(display, **more),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def run(
    *arguments: object, folder: Path, display: str | None = None, timeout_s: float = 60, **more: str
) -> subprocess.CompletedProcess[str]:
    """The app from start to end."""
    process = start(*arguments, folder=folder, display=display, **more)
    try:
        out, err = process.communicate(timeout=timeout_s)
    finally:
        process.kill()
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)
