"""Cameras that do as the test says, in place of OpenCV's; and the lines of an examination."""

import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest

from app.arrays import Image
from app.config.settings import CameraSettings, SourceSettings
from app.doctor.ask import Ask
from app.doctor.doctor import Budget, examine
from tests import toy
from tests.app import process

SETTINGS = SourceSettings(camera=CameraSettings(width_px=64, height_px=48, fps=1))  # a rate that a busy machine has too
MEASURE_S, START_S = 0.1, 0.05  # in place of the doctor's own
LIMIT_S = MEASURE_S + START_S + 0.1
GREY = toy.plain(toy.GREY, 64, 48)


class Blocks(BaseException):
    """In place of a call that never returns."""


class Driver:
    """What cv2.VideoCapture does. image_at(n): the n-th image, None for a miss; may raise Blocks."""

    def __init__(self, image_at: Callable[[int], Image | None], opens: bool = True) -> None:
        self.image_at, self.opens, self.count, self.open_now = image_at, opens, 0, opens

    def isOpened(self) -> bool:  # noqa: N802 (OpenCV's name)
        return self.opens

    def set(self, key: int, value: float) -> bool:
        return False

    def read(self) -> tuple[bool, Image | None]:
        time.sleep(0.005)
        self.count += 1
        image = self.image_at(self.count)
        return image is not None, image

    def release(self) -> None:
        self.open_now = False


def moving(count: int, level: int = 100) -> Image:
    return np.full((48, 64, 3), level + count % 2, np.uint8)


def blocks(count: int) -> Image | None:
    raise Blocks


def blocks_later(count: int) -> Image | None:
    return GREY if count == 1 else blocks(count)


def stops(count: int) -> Image | None:
    return GREY if count == 1 else None


def black(count: int) -> Image:
    return moving(count, 1)


def frozen(count: int) -> Image:
    return GREY


def empty(count: int) -> None:
    return None


CLOSED = Driver(moving, opens=False)


def report(
    ask: Ask,
    capsys: pytest.CaptureFixture[str],
    settings: SourceSettings = SETTINGS,
    budget: Budget | None = None,
) -> tuple[bool, list[str]]:
    """Whether a camera works, and the lines that say so."""
    works = examine(settings, time.perf_counter(), ask, budget)
    return works, capsys.readouterr().out.splitlines()


def scripted(system: str, cameras: dict[int, object]) -> dict[str, str]:
    """The environment of a process whose cameras are scripted: tests/app/scripted_camera."""
    return {
        "PYTHONPATH": str(Path(process.__file__).with_name("scripted_camera")),
        "SCRIPTED_CAMERAS": msgspec.json.encode(cameras).decode(),
        "SCRIPTED_PLATFORM": system,
        "PYTHONWARNINGS": "error",
    }


def need_time(output: str) -> None:
    """Skips where processes do not even start within the doctor's 20 s."""
    if any(words in output for words in ("did not start in time", "did not answer", "out of time")):
        pytest.skip("the machine is too busy to start a Python in a few seconds")
