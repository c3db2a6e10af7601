"""The camera doctor: which cameras work, how well, and the fix for one that does not.

Every camera is tried in a process of its own (`app.doctor.child`) that is killed when its time is up: a driver that
blocks can hang neither the doctor nor its end. It opens there on the main thread, as macOS demands, which asks the user
for permission in the name of the terminal.
"""

import platform
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

import cv2
import msgspec

from app.command import program
from app.config.settings import SourceSettings
from app.doctor.findings import MEND, Finding, cures, notes, outcome, serves
from app.paths import PROJECT
from app.sources.camera import CameraInfo, backends
from app.system.terminal import say

SYSTEMS = {"linux": "Linux", "darwin": "macOS", "win32": "Windows"}

SLICE_S = 0.2  # s between two looks at a process: Windows delivers Ctrl-C only in between
KILLED_S = 1.5  # s to wait for the end of a killed process; one within a stuck system call takes longer, or for ever


@dataclass(frozen=True)
class Budget:
    """Seconds on the clock: all in all, for the list of cameras, and for one camera at least and at most."""

    total_s: float = 17.5  # 20 less what killing and the interpreter's end may take
    list_s: float = 6.0
    least_s: float = 5.0  # slow USB cameras need 2 to 3 to open
    most_s: float = 8.0


@dataclass(frozen=True)
class Answer:
    """Of a child process: its complete lines, and whether it came to its end by itself and with status 0."""

    lines: list[bytes]
    in_time: bool
    ended_well: bool


Ask = Callable[[Sequence[str], float], Answer]


def ask_child(arguments: Sequence[str], limit_s: float, debug: bool = False) -> Answer:
    """Runs the child for `limit_s` at most; kills it then, or when the doctor itself is stopped."""
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
    finally:
        if not in_time:
            process.kill()
            with suppress(subprocess.TimeoutExpired):
                output = process.communicate(timeout=KILLED_S)[0]
    lines = [line for line in output.splitlines(keepends=True) if line.startswith(b'{"') and line.endswith(b"\n")]
    return Answer(lines, in_time, process.returncode == 0)


class Doctor:
    """One examination. Its time is shared among the cameras, the first backend's before the second's."""

    def __init__(self, settings: SourceSettings, started_s: float, ask: Ask, budget: Budget) -> None:
        self._settings, self._ask, self._budget = settings, ask, budget
        self._deadline_s = started_s + budget.total_s
        self._wish = msgspec.json.encode(settings.camera).decode()

    def run(self) -> bool:
        """Says what it finds, and returns whether a camera works well enough."""
        names = backends()
        system = SYSTEMS.get(sys.platform, sys.platform)
        say(f"{system} {platform.release()}, OpenCV {cv2.__version__}, {' then '.join(names)}; 20 s at most.")
        cameras = [(name, camera) for name in names for camera in self._list(name)]
        found: dict[int, list[Finding]] = {}
        next_steps: list[str] = []
        for number, (name, camera) in enumerate(cameras):
            finding = self._probe(name, camera.index, len(cameras) - number)
            title = f"camera {camera.index} through {name} ({camera.name})"
            if finding is None:
                say(f"{title}: not tried: out of time")
                continue
            found.setdefault(camera.index, []).append(finding)
            say(f"{title}: {outcome(finding)}")
            steps = list(cures(finding, camera.index, self._settings))
            for step in steps:
                say(f"    {step.text}")
            next_steps += [step.command for step in steps]
            for note in notes(finding, self._settings.camera):
                say(f"    {note}")
        return self._verdict(found, next_steps)

    def _list(self, name: str) -> list[CameraInfo]:
        """What the system reports; camera 0 where that is nothing, for some cameras answer without being listed."""
        answer = self._ask(["list", name], min(self._budget.list_s / len(backends()), self._left_s()))
        cameras = [msgspec.json.decode(line, type=CameraInfo) for line in answer.lines]
        if cameras:
            return cameras
        if answer.ended_well:
            say(f"{name} lists no camera; trying camera 0 all the same.")
        else:
            how = "failed" if answer.in_time else "did not answer"
            say(f"{name} {how} when asked for its cameras; trying camera 0 all the same.")
        return [CameraInfo(0, "not listed")]

    def _probe(self, name: str, index: int, to_do: int) -> Finding | None:
        left_s = self._left_s()
        if left_s < self._budget.least_s:
            return None
        limit_s = min(max(left_s / to_do, self._budget.least_s), self._budget.most_s)
        answer = self._ask(["probe", name, str(index), "--wish", self._wish], limit_s)
        finding = msgspec.json.decode(answer.lines[-1], type=Finding) if answer.lines else Finding()
        if answer.in_time and not answer.ended_well:
            finding.stage = "crash"
        return finding

    def _left_s(self) -> float:
        return max(self._deadline_s - time.perf_counter(), 0.0)

    def _verdict(self, found: dict[int, list[Finding]], next_steps: list[str]) -> bool:
        working = [index for index, findings in sorted(found.items()) if serves(findings, self._settings)]
        if working:
            say(f"Camera {working[0]} works. Next: {program('run')} --source {working[0]}")
        else:
            step = next((step for step in next_steps if step != MEND), MEND)
            say(f"No camera works well enough; `{program('run')} --source demo` needs none. Next: {step}")
        return bool(working)


def examine(
    settings: SourceSettings,
    started_s: float,
    ask: Ask | None = None,
    budget: Budget | None = None,
    debug: bool = False,
) -> bool:
    """Tries every camera, prints a line or a few about each, and a last one with the verdict and the next command.

    started_s: the `time.perf_counter` from which its 20 s count. debug: show what the drivers print.
    Returns whether a camera works well enough for the app.
    """
    return Doctor(settings, started_s, ask or partial(ask_child, debug=debug), budget or Budget()).run()
