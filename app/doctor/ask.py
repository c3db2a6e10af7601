"""Asks a child process, which is killed when its time is up: whatever a driver does, the doctor goes on."""

import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from app.paths import PROJECT
from app.system.interrupts import interrupts

SLICE_S = 0.2  # s between two looks at a process: Windows delivers Ctrl-C only in between
KILLED_S = 1.5  # s to wait for the end of a killed process; one in a stuck system call takes longer, or never ends


@dataclass(frozen=True)
class Answer:
    """What a child process said.

    Attributes:
        lines: its complete lines, JSON.
        in_time: whether it ended by itself.
        ended_well: whether its exit status is 0.
    """

    lines: list[bytes]
    in_time: bool
    ended_well: bool


Ask = Callable[[Sequence[str], float], Answer]  # the child's arguments, and the seconds that it has


def ask_child(arguments: Sequence[str], limit_s: float, debug: bool = False) -> Answer:
    """Runs `python -m app.doctor.child`; kills it when its time is up, or when the doctor itself is stopped.

    Args:
        arguments: of the child.
        limit_s: seconds that it has.
        debug: show what the drivers print.
    """
    with interrupts.deferred():  # on Windows, threads read what the child says
        return _ask_child(arguments, limit_s, debug)


def _ask_child(arguments: Sequence[str], limit_s: float, debug: bool) -> Answer:
    process = subprocess.Popen(
        [sys.executable, "-m", "app.doctor.child", *arguments, "--limit", f"{limit_s:.1f}"],
        cwd=PROJECT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=None if debug else subprocess.DEVNULL,
    )
    deadline_s = time.perf_counter() + limit_s
    output, in_time = b"", False
    try:
        while not in_time and time.perf_counter() < deadline_s:
            with suppress(subprocess.TimeoutExpired):
                output, in_time = process.communicate(timeout=SLICE_S)[0], True
            interrupts.check()
    finally:
        if not in_time:
            process.kill()
            with suppress(subprocess.TimeoutExpired):
                output = process.communicate(timeout=KILLED_S)[0]
    lines = [line for line in output.splitlines(keepends=True) if line.startswith(b'{"') and line.endswith(b"\n")]
    return Answer(lines, in_time, process.returncode == 0)
