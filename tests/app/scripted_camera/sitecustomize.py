"""Gives a process one camera: with this folder on PYTHONPATH, camera 0 shows red on its left, blue on its right.

Python imports `sitecustomize` before anything else, so the whole app runs as it does before a real camera.
"""

import time
from types import SimpleNamespace

import cv2
import cv2_enumerate_cameras
import numpy as np


class ScriptedCapture:
    """What the app uses of cv2.VideoCapture, at 20 pictures a second."""

    def __init__(self, index: int, backend: int = 0) -> None:
        self._open = index == 0

    def isOpened(self) -> bool:  # noqa: N802 (OpenCV's name)
        return self._open

    def set(self, key: int, value: float) -> bool:
        return True

    def read(self) -> tuple[bool, object]:
        time.sleep(0.05)
        picture = np.zeros((360, 640, 3), np.uint8)
        picture[:, :320], picture[:, 320:] = (0, 0, 255), (255, 0, 0)
        return self._open, picture

    def release(self) -> None:
        self._open = False


cv2.VideoCapture = ScriptedCapture
cv2_enumerate_cameras.enumerate_cameras = lambda backend=0: [SimpleNamespace(index=0, name="Scripted camera")]
