"""Tries one camera: opens it, takes its images for a moment and measures them. Runs in the doctor's child process."""

import errno
import os
import struct
import sys
import time
from collections.abc import Callable

import cv2
import numpy as np

from app.arrays import Image
from app.config.settings import CameraSettings
from app.doctor.findings import Finding, Stage
from app.doctor.fixes import device_of
from app.sources.camera import RETRY_S, ask_for, take

MEASURE_S = 1.5  # s of images: enough for a rate of 1 a second, and for automatic exposure to settle
START_S = 1.0  # s that a process needs to start and a quick camera to open

VIDIOC_REQBUFS = 0xC0145608  # struct v4l2_requestbuffers: count, type, memory, capabilities, flags
CAPTURE, MMAP = 1, 1

Tell = Callable[[Finding], None]


def probe(backend: int, index: int, wish: CameraSettings, limit_s: float, tell: Tell) -> None:
    """Opens a camera and measures its images for `MEASURE_S`.

    Args:
        backend: OpenCV's number of it.
        index: the camera.
        wish: what to ask of the camera.
        limit_s: seconds that this process has.
        tell: takes what is known, before every step that may block, and at the end.
    """
    patience_s = max(limit_s - START_S - MEASURE_S, MEASURE_S)
    check = _Check(wish, patience_s, tell)
    check.reach("open")
    capture = cv2.VideoCapture(index, backend)
    try:
        check.watch(capture)
    finally:
        tell(check.finding)
        capture.release()
    if check.finding.stage in ("closed", "empty"):
        check.finding.error_number = _kernel_error(index)  # after the release: before it, this process holds the camera
        tell(check.finding)


class _Check:
    """What is found out about a camera, step by step.

    Attributes:
        finding: what is known so far.
    """

    def __init__(self, wish: CameraSettings, patience_s: float, tell: Tell) -> None:
        self.finding = Finding()
        self._wish, self._patience_s, self._tell = wish, patience_s, tell
        self._began_s = time.perf_counter()

    def reach(self, stage: Stage) -> None:
        """Tells what is known before a step that may block."""
        self.finding.stage = stage
        self._tell(self.finding)

    def watch(self, capture: cv2.VideoCapture) -> None:
        """Takes images of a camera that has just been opened."""
        self.finding.open_s = self._passed_s()
        if not capture.isOpened():
            self.finding.stage = "closed"
            return
        self.reach("read")
        ask_for(capture, self._wish)
        first = self._first_image(capture)
        if first is None:
            self.finding.stage = "empty"
            return
        self.finding.first_s = self._passed_s()
        self.finding.height_px, self.finding.width_px = first.shape[:2]
        self.reach("measure")
        self._measure(capture, first)
        self.finding.stage = "done"

    def _passed_s(self) -> float:
        return time.perf_counter() - self._began_s

    def _first_image(self, capture: cv2.VideoCapture) -> Image | None:
        while (image := take(capture)) is None and self._passed_s() < self._patience_s:
            time.sleep(RETRY_S)
        return image

    def _measure(self, capture: cv2.VideoCapture, first: Image) -> None:
        previous, moved = first, False
        brightness: list[float] = []
        began_s = last_s = self._passed_s()
        while self._passed_s() - began_s < MEASURE_S:
            image = take(capture)
            if image is None:
                time.sleep(RETRY_S)
                continue
            last_s = self._passed_s()
            brightness.append(float(image[::8, ::8].mean()))
            moved = moved or not np.array_equal(image, previous)
            previous = image
        if brightness:
            self.finding.height_px, self.finding.width_px = previous.shape[:2]
            self.finding.fps = len(brightness) / max(last_s - began_s, 1e-3)
            self.finding.brightness = float(np.median(brightness[len(brightness) // 2 :]))
            self.finding.frozen = not moved


def _kernel_error(index: int) -> int:
    """The errno of opening a device on Linux and of asking for its buffers, which only one program can have."""
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
        return errno.EBUSY if error.errno == errno.EBUSY else 0  # others say that it is not such a device at all
    finally:
        os.close(device)
    return 0
