"""The camera doctor: which cameras work, how well, and how to fix one that does not.

Every camera is tried in a process of its own (`app.doctor.child`) that is killed when its time is up: a driver that
hangs can stop neither the doctor nor its end. The camera opens there on the main thread, as macOS demands, which asks
the user for permission in the name of the terminal.
"""

import platform
import sys
import time
from dataclasses import dataclass
from functools import partial

import cv2
import msgspec

from app.command import program
from app.config.settings import SourceSettings
from app.doctor.ask import Answer, Ask, ask_child
from app.doctor.findings import Finding, notes, outcome, serves
from app.doctor.fixes import FIX_FIRST, fixes
from app.sources.camera import CameraInfo, backends
from app.system.terminal import say

SYSTEMS = {"linux": "Linux", "darwin": "macOS", "win32": "Windows"}


@dataclass(frozen=True)
class Budget:
    """The seconds that an examination may take.

    Attributes:
        total_s: for everything: 20, less what killing a process and ending the interpreter may take.
        list_s: for the list of cameras.
        least_s: for a camera at least; slow USB cameras need 2 to 3 to open.
        most_s: for a camera at most.
    """

    total_s: float = 17.5
    list_s: float = 6.0
    least_s: float = 5.0
    most_s: float = 8.0


def examine(
    settings: SourceSettings,
    started_s: float,
    ask: Ask | None = None,
    budget: Budget | None = None,
    debug: bool = False,
) -> bool:
    """Tries every camera; prints a few lines about each, and a last one with the verdict and the next command.

    Args:
        settings: what the app asks of a camera, and how long it waits.
        started_s: the `time.perf_counter` from which the time counts.
        ask: runs a check; None: in a process of its own.
        budget: the time; None: 20 s.
        debug: show what the drivers print.

    Returns:
        Whether a camera works well enough for the app.
    """
    return _Doctor(settings, started_s, ask or partial(ask_child, debug=debug), budget or Budget()).run()


class _Doctor:
    """One examination. Its time is shared among the cameras, the first backend's before the second's."""

    def __init__(self, settings: SourceSettings, started_s: float, ask: Ask, budget: Budget) -> None:
        self._settings, self._ask, self._budget = settings, ask, budget
        self._deadline_s = started_s + budget.total_s
        self._wish = msgspec.json.encode(settings.camera).decode()
        self._found: dict[int, list[Finding]] = {}  # by camera
        self._next_steps: list[str] = []

    def run(self) -> bool:
        names = backends()
        system = SYSTEMS.get(sys.platform, sys.platform)
        say(f"{system} {platform.release()}, OpenCV {cv2.__version__}, {' then '.join(names)}; 20 s at most.")
        cameras = [(backend, camera) for backend in names for camera in self._list(backend)]
        for number, (backend, camera) in enumerate(cameras):
            finding = self._probe(backend, camera.index, len(cameras) - number)
            self._tell(f"camera {camera.index} through {backend} ({camera.name})", camera.index, finding)
        return self._verdict()

    def _list(self, backend: str) -> list[CameraInfo]:
        """The cameras that the system lists; camera 0 where it lists none, because some cameras answer still."""
        answer = self._ask(["list", backend], min(self._budget.list_s / len(backends()), self._left_s()))
        cameras = [msgspec.json.decode(line, type=CameraInfo) for line in answer.lines]
        if not cameras:
            say(f"{backend} {_why_none(answer)}; trying camera 0 all the same.")
        return cameras or [CameraInfo(0, "not listed")]

    def _probe(self, backend: str, index: int, to_do: int) -> Finding | None:
        """What is found about a camera, the first of `to_do`; None when there is no time left."""
        left_s = self._left_s()
        if left_s < self._budget.least_s:
            return None
        limit_s = min(max(left_s / to_do, self._budget.least_s), self._budget.most_s)
        answer = self._ask(["probe", backend, str(index), "--wish", self._wish], limit_s)
        finding = msgspec.json.decode(answer.lines[-1], type=Finding) if answer.lines else Finding()
        if answer.in_time and not answer.ended_well:
            finding.stage = "crash"
        return finding

    def _tell(self, title: str, index: int, finding: Finding | None) -> None:
        """Prints what was found about a camera, and remembers it for the verdict."""
        if finding is None:
            say(f"{title}: not tried: out of time")
            return
        self._found.setdefault(index, []).append(finding)
        say(f"{title}: {outcome(finding)}")
        for fix in fixes(finding, index, self._settings):
            self._next_steps.append(fix.command)
            say(f"    {fix.text}")
        for note in notes(finding, self._settings.camera):
            say(f"    {note}")

    def _left_s(self) -> float:
        return max(self._deadline_s - time.perf_counter(), 0.0)

    def _verdict(self) -> bool:
        working = [index for index, findings in sorted(self._found.items()) if serves(findings, self._settings)]
        if working:
            say(f"Camera {working[0]} works. Next: {program('run')} --source {working[0]}")
        else:
            step = next((step for step in self._next_steps if step != FIX_FIRST), FIX_FIRST)
            say(f"No camera works well enough; `{program('run')} --source demo` needs none. Next: {step}")
        return bool(working)


def _why_none(answer: Answer) -> str:
    if answer.ended_well:
        return "lists no camera"
    return "failed when asked for its cameras" if answer.in_time else "did not answer when asked for its cameras"
