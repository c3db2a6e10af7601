"""Gives a process one camera: with this folder on PYTHONPATH, camera 0 shows red on its left, blue on its right.

Python imports `sitecustomize` before anything else, so the whole app runs as it does before a real camera.
The environment scripts others: SCRIPTED_CAMERAS, a JSON object of index to behaviour (one of `ScriptedCapture`'s, or an
object of backend number to behaviour), SCRIPTED_PLATFORM, a `sys.platform`, SCRIPTED_PIDS, a folder where each process
that hangs leaves a file named by its number.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import cv2
import cv2_enumerate_cameras
import numpy as np

CAMERAS = {int(index): how for index, how in json.loads(os.environ.get("SCRIPTED_CAMERAS", '{"0": "still"}')).items()}


def hang() -> None:
    if "SCRIPTED_PIDS" in os.environ:
        (Path(os.environ["SCRIPTED_PIDS"]) / str(os.getpid())).touch()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a blocked driver hears no Ctrl-C
    time.sleep(120)


class ScriptedCapture:
    """What the app uses of cv2.VideoCapture, at 20 pictures a second."""

    def __init__(self, index: int, backend: int = 0) -> None:
        how = CAMERAS.get(index, "closed")
        self._how = how if isinstance(how, str) else how.get(str(backend), "closed")
        self._open = self._how != "closed"
        self._count = 0
        if self._how == "hangs in open":
            hang()
        if self._how == "crashes":
            os._exit(3)

    def isOpened(self) -> bool:  # noqa: N802 (OpenCV's name)
        return self._open

    def set(self, key: int, value: float) -> bool:
        return True

    def read(self) -> tuple[bool, object]:
        time.sleep(0.05)
        if self._how == "hangs in read":
            hang()
        if self._how == "empty":
            return False, None
        picture = np.zeros((360, 640, 3), np.uint8)
        if self._how != "black":
            picture[:, :320], picture[:, 320:] = (0, 0, 255), (255, 0, 0)
        if self._how == "moving":
            self._count += 1
            picture[self._count % 360] = 255
        return self._open, picture

    def release(self) -> None:
        self._open = False


cv2.VideoCapture = ScriptedCapture
cv2_enumerate_cameras.enumerate_cameras = lambda backend=0: [
    SimpleNamespace(index=index, name="Scripted camera") for index in CAMERAS
]

if "SCRIPTED_PLATFORM" in os.environ:  # what chooses its code by the system at import has done so by then
    import ctypes
    import logging
    import platform
    import signal
    import subprocess

    import onnxruntime

    modules = (ctypes, logging, platform, onnxruntime, signal, subprocess)
    sys.platform = os.environ["SCRIPTED_PLATFORM"]
