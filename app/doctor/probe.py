"""One camera tried: opened, its pictures taken for a moment and measured. Runs in a child process of the doctor."""

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
from app.doctor.findings import Finding, device_of
from app.sources.camera import RETRY_S, ask_for, take

MEASURE_S = 1.5  # s of pictures: enough for a rate of 1 a second, and for automatic exposure to settle
START_S = 1.0  # s that a process needs to start and a quick camera to open

VIDIOC_REQBUFS = 0xC0145608  # struct v4l2_requestbuffers: count, type, memory, capabilities, flags
CAPTURE, MMAP = 1, 1


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
