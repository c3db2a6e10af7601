"""The camera doctor, `python run_webcam.py --doctor`: which cameras work, how well, and the cure where one does not.

Every camera is tried in a process of its own (`python -m app.doctor probe ...`) that is killed when its time is up: a
driver that blocks can hang neither the doctor nor its end. It opens there on the main thread, as macOS demands, which
asks the user for permission in the name of the terminal.
"""

import argparse
import errno
import faulthandler
import os
import platform
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import msgspec
import numpy as np

from app.config import CameraSettings, SourceSettings
from app.contract import Image
from app.findings import AGAIN, MEND, Finding, cures, device_of, notes, outcome, serves
from app.sources.camera import RETRY_S, CameraInfo, ask_for, backends, list_cameras, take
from app.terminal import say

ROOT = Path(__file__).parents[1]
SYSTEMS = {"linux": "Linux", "darwin": "macOS", "win32": "Windows"}

MEASURE_S = 1.5  # s of pictures: enough for a rate of 1 a second, and for automatic exposure to settle
START_S = 1.0  # s that a process needs to start and a quick camera to open
SLICE_S = 0.2  # s between two looks at a process: Windows delivers Ctrl-C only in between
KILLED_S = 1.5  # s to wait for the end of a killed process; one within a stuck system call takes longer, or for ever

VIDIOC_REQBUFS = 0xC0145608  # struct v4l2_requestbuffers: count, type, memory, capabilities, flags
CAPTURE, MMAP = 1, 1


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


# ---- the child: one camera, or the list of them ----


def probe(backend: int, index: int, wish: CameraSettings, limit_s: float, tell: Callable[[Finding], None]) -> None:
    """Opens a camera, takes its pictures for `MEASURE_S` and tells what is known before every step that may block."""
    finding = Finding(stage="open")
    tell(finding)
    began_s = time.perf_counter()
    capture = cv2.VideoCapture(index, backend)
    try:
        finding.open_s = time.perf_counter() - began_s
        patience_s = max(limit_s - START_S - MEASURE_S, MEASURE_S)
        _watch(capture, wish, finding, began_s, patience_s, tell)
    finally:
        tell(finding)
        capture.release()
    if finding.stage in ("closed", "empty"):
        finding.error_number = _kernel_error(index)  # after the release: else it is this process that is in the way
        tell(finding)


def _watch(
    capture: cv2.VideoCapture,
    wish: CameraSettings,
    finding: Finding,
    began_s: float,
    patience_s: float,
    tell: Callable[[Finding], None],
) -> None:
    if not capture.isOpened():
        finding.stage = "closed"
        return
    finding.stage = "read"
    tell(finding)
    ask_for(capture, wish)
    first = _first_picture(capture, began_s + patience_s)
    if first is None:
        finding.stage = "empty"
        return
    finding.stage, finding.first_s = "measure", time.perf_counter() - began_s
    finding.height_px, finding.width_px = first.shape[:2]
    tell(finding)
    _measure(capture, first, finding)
    finding.stage = "done"


def _first_picture(capture: cv2.VideoCapture, deadline_s: float) -> Image | None:
    while (image := take(capture)) is None and time.perf_counter() < deadline_s:
        time.sleep(RETRY_S)
    return image


def _measure(capture: cv2.VideoCapture, first: Image, finding: Finding) -> None:
    previous, moved = first, False
    brightness: list[float] = []
    began_s = last_s = time.perf_counter()
    while time.perf_counter() - began_s < MEASURE_S:
        image = take(capture)
        if image is None:
            time.sleep(RETRY_S)
            continue
        last_s = time.perf_counter()
        brightness.append(float(image[::8, ::8].mean()))
        moved = moved or not np.array_equal(image, previous)
        previous = image
    if brightness:
        finding.height_px, finding.width_px = previous.shape[:2]
        finding.fps = len(brightness) / max(last_s - began_s, 1e-3)
        finding.brightness = float(np.median(brightness[len(brightness) // 2 :]))
        finding.frozen = not moved


def _kernel_error(index: int) -> int:
    """The errno of opening the device on Linux and of asking for its buffers, which one program alone can have."""
    if sys.platform != "linux":
        return 0
    import fcntl  # Windows has none

    try:
        device = os.open(device_of(index), os.O_RDWR | os.O_NONBLOCK)
    except OSError as error:
        return error.errno or 0
    try:
        fcntl.ioctl(device, VIDIOC_REQBUFS, struct.pack("5I", 0, CAPTURE, MMAP, 0, 0))
    except OSError as error:
        return errno.EBUSY if error.errno == errno.EBUSY else 0  # others say that it is no such device at all
    finally:
        os.close(device)
    return 0


def main(argv: Sequence[str] | None = None) -> None:
    """The child process: JSON lines on stdout, of `CameraInfo`s or of ever more complete `Finding`s."""
    parser = argparse.ArgumentParser(prog="python -m app.doctor", description=f"A part of `{AGAIN}`.")
    commands = parser.add_subparsers(dest="command", required=True)
    listing, probing = commands.add_parser("list"), commands.add_parser("probe")
    for command in (listing, probing):
        command.add_argument("backend", choices=backends())
        command.add_argument("--limit", type=float, default=Budget.most_s, help="seconds after which it ends itself")
    probing.add_argument("index", type=int)
    probing.add_argument("--wish", default="{}", help="the settings below source.camera, as JSON")
    options = parser.parse_args(argv)
    # In case that the doctor is gone before it can kill: no process stays, whatever blocks it.
    faulthandler.dump_traceback_later(options.limit + START_S, exit=True)
    backend = backends()[options.backend]
    if options.command == "list":
        for camera in list_cameras(backend):
            _tell(camera)
    else:
        wish = msgspec.json.decode(options.wish, type=CameraSettings)
        probe(backend, options.index, wish, options.limit, _tell)
    faulthandler.cancel_dump_traceback_later()


def _tell(what: Finding | CameraInfo) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(what) + b"\n")
    sys.stdout.buffer.flush()


# ---- the doctor ----


def ask_child(arguments: Sequence[str], limit_s: float, debug: bool = False) -> Answer:
    """Runs `python -m app.doctor` for `limit_s` at most and kills it then, or when the doctor itself is stopped."""
    process = subprocess.Popen(
        [sys.executable, "-m", "app.doctor", *arguments, "--limit", f"{limit_s:.1f}"],
        cwd=ROOT,
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
            say(f"Camera {working[0]} works. Next: python run_webcam.py --source {working[0]}")
        else:
            step = next((step for step in next_steps if step != MEND), MEND)
            say(f"No camera works well enough; `python run_webcam.py --source demo` needs none. Next: {step}")
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


if __name__ == "__main__":
    main()
