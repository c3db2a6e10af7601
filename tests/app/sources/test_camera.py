"""There is no camera here: a scripted VideoCapture stands in for the driver."""

import itertools
import sys
import threading
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from app.arrays import Image
from app.config.settings import SourceSettings
from app.entities import Frame
from app.errors import SourceError
from app.sources import camera
from app.sources.camera import CameraInfo, CameraSource, list_cameras
from app.sources.open import find_camera
from tests import toy

SETTINGS = SourceSettings(open_timeout_s=0.3, read_timeout_s=0.3)
PICTURE = toy.plain(toy.RED)

Plug = Callable[[dict[int, "Driver"]], None]  # the cameras of this computer, by index


class Driver:
    """What cv2.VideoCapture does; `reads` is what each read gives, the last one for ever."""

    def __init__(self, reads: list[Image | str | None], opens: bool = True) -> None:
        self.reads, self.opens = list(reads), opens
        self.wishes: dict[int, float] = {}
        self.released = 0
        self.unblocked = threading.Event()

    def isOpened(self) -> bool:  # noqa: N802 (OpenCV's name)
        return self.opens

    def set(self, key: int, value: float) -> bool:
        self.wishes[key] = value
        return False

    def read(self) -> tuple[bool, Image | None]:
        time.sleep(0.002)
        answer = self.reads.pop(0) if len(self.reads) > 1 else self.reads[0]
        if isinstance(answer, str):
            self.unblocked.wait(60)
            return False, None
        return (answer is not None), answer

    def release(self) -> None:
        self.released += 1


@pytest.fixture
def plug(monkeypatch: pytest.MonkeyPatch) -> Iterator[Plug]:
    """plug({0: Driver(...)}): the cameras of this computer."""
    plugged: dict[int, Driver] = {}

    def use(drivers: dict[int, Driver]) -> None:
        plugged.update(drivers)
        found = [SimpleNamespace(index=index, name=f"Camera {index}") for index in drivers]
        monkeypatch.setattr(camera, "enumerate_cameras", lambda backend: found)
        monkeypatch.setattr(cv2, "VideoCapture", lambda index, backend: drivers[index])

    yield use
    for driver in plugged.values():
        driver.unblocked.set()


def test_frames_carry_the_time_since_the_session_began(plug: Plug) -> None:
    plug({0: Driver([PICTURE])})
    session_start_s = time.monotonic()
    with CameraSource(0, SETTINGS, session_start_s) as source:
        assert source.is_live
        assert source.is_camera
        frames = list(itertools.islice(source, 5))
        passed_s = time.monotonic() - session_start_s
    assert [frame.index for frame in frames] == list(range(5))
    assert {frame.source_id for frame in frames} == {"camera 0"}
    assert np.diff([0.0, *(frame.time_s for frame in frames), passed_s]).min() >= 0
    assert np.array_equal(frames[0].image, PICTURE)


def test_the_picture_of_the_check_is_the_first_frame(plug: Plug) -> None:
    pictures = [toy.plain((value,) * 3) for value in (1, 2, 3)]
    plug({0: Driver([*pictures, None])})
    with CameraSource(0, SETTINGS, 0.0) as source:
        frames = list(itertools.islice(source, 3))
    assert [int(frame.image[0, 0, 0]) for frame in frames] == [1, 2, 3]


def test_times_increase_on_a_clock_that_ticks_slowly(plug: Plug, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows ticks every 15.6 ms, and a driver hands out what it kept in one go."""
    plug({0: Driver([PICTURE])})
    session_start_s = time.monotonic()
    precise = time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: precise() // 0.0156 * 0.0156)
    with CameraSource(0, SETTINGS, session_start_s) as source:
        frames = list(itertools.islice(source, 20))
    assert np.diff([frame.time_s for frame in frames]).min() > 0


def test_the_wishes_are_told_to_the_driver(plug: Plug) -> None:
    driver = Driver([PICTURE])
    plug({0: driver})
    CameraSource(0, SETTINGS, 0.0)
    assert driver.wishes[cv2.CAP_PROP_FRAME_WIDTH] == 1280
    assert driver.wishes[cv2.CAP_PROP_FRAME_HEIGHT] == 720
    assert driver.wishes[cv2.CAP_PROP_FPS] == 30.0


def test_another_size_than_asked_for_is_taken(plug: Plug) -> None:
    plug({0: Driver([toy.plain(toy.RED, 320, 240)])})
    with CameraSource(0, SETTINGS, 0.0) as source:
        assert next(iter(source)).image.shape == (240, 320, 3)


def test_a_camera_that_does_not_open(plug: Plug) -> None:
    plug({3: Driver([PICTURE], opens=False)})
    with pytest.raises(SourceError, match=r"camera 3: does not open; .*--list-cameras"):
        CameraSource(3, SETTINGS, 0.0)


@pytest.mark.parametrize("nothing", [None, np.zeros((0, 0, 3), np.uint8)], ids=["no picture", "empty picture"])
def test_a_camera_that_opens_but_sends_nothing(plug: Plug, nothing: Image | None) -> None:
    driver = Driver([nothing])
    plug({0: driver})
    with pytest.raises(SourceError, match="camera 0: opens but sends no image"):
        CameraSource(0, SETTINGS, 0.0)
    assert driver.released


@pytest.mark.timeout(30)
def test_a_driver_that_blocks_is_given_up(plug: Plug) -> None:
    plug({0: Driver(["blocks"])})
    started_s = time.monotonic()
    with pytest.raises(SourceError, match=r"sends no image in 0\.3 s"):
        CameraSource(0, SETTINGS, 0.0)
    assert 0.3 <= time.monotonic() - started_s < 20


def test_a_picture_that_is_missed_now_and_then_ends_nothing(plug: Plug) -> None:
    """The first one is missed by many cameras."""
    plug({0: Driver([None, None, PICTURE, None, PICTURE, None, None, PICTURE])})
    with CameraSource(0, SETTINGS, 0.0) as source:
        frames = list(itertools.islice(source, 3))
    assert [frame.index for frame in frames] == [0, 1, 2]


def test_a_camera_that_is_stopped_while_it_misses_pictures_ends_quietly(plug: Plug) -> None:
    plug({0: Driver([PICTURE, None])})
    with CameraSource(0, SETTINGS, 0.0) as source:
        frames = []
        for frame in source:
            frames.append(frame)
            source.stop()
    assert len(frames) == 1


@pytest.mark.parametrize("nothing", [None, np.zeros((0, 0, 3), np.uint8)], ids=["no picture", "empty picture"])
def test_a_camera_that_is_unplugged(plug: Plug, nothing: Image | None) -> None:
    driver = Driver([PICTURE, PICTURE, PICTURE, nothing])
    plug({0: driver})
    frames: list[Frame] = []
    with CameraSource(0, SETTINGS, 0.0) as source, pytest.raises(SourceError, match="stopped sending images"):
        frames.extend(itertools.islice(source, 3))
        for frame in source:
            frames.append(frame)
    assert len(frames) >= 3
    assert driver.released


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32", "freebsd"])
def test_every_system_has_a_fix(plug: Plug, monkeypatch: pytest.MonkeyPatch, platform: str) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    plug({0: Driver([PICTURE], opens=False)})
    with pytest.raises(SourceError, match=r"allow|plugged in"):
        CameraSource(0, SETTINGS, 0.0)


def test_cameras_are_listed_once_and_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [SimpleNamespace(index=index, name=name) for index, name in [(2, "B"), (0, "A"), (2, "B")]]
    monkeypatch.setattr(camera, "enumerate_cameras", lambda backend: found)
    assert list_cameras() == [CameraInfo(0, "A"), CameraInfo(2, "B")]


@pytest.mark.timeout(30)
def test_the_first_camera_that_delivers_is_taken(plug: Plug) -> None:
    plug({0: Driver([PICTURE], opens=False), 1: Driver([None]), 2: Driver(["blocks"]), 4: Driver([PICTURE])})
    source, reason = find_camera(SETTINGS, 0.0)
    assert source is not None
    assert source.source_id == "camera 4"
    assert reason == ""


@pytest.mark.parametrize(
    ("drivers", "reason"),
    [
        ({}, "no camera found"),
        ({0: Driver([PICTURE], opens=False)}, "camera 0: does not open"),
        ({0: Driver([None])}, "camera 0: opens but sends no image"),
    ],
)
def test_without_a_camera_there_is_a_reason(plug: Plug, drivers: dict[int, Driver], reason: str) -> None:
    plug(drivers)
    source, why = find_camera(SETTINGS, 0.0)
    assert source is None
    assert why.startswith(reason)


@pytest.mark.parametrize("first", [Driver([PICTURE], opens=False), Driver([None])], ids=["closed", "no picture"])
def test_windows_takes_the_second_backend_where_the_first_delivers_nothing(
    plug: Plug, monkeypatch: pytest.MonkeyPatch, first: Driver
) -> None:
    second = Driver([PICTURE])
    plug({0: first})
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(
        cv2, "VideoCapture", lambda index, backend: {cv2.CAP_MSMF: first, cv2.CAP_DSHOW: second}[backend]
    )
    with CameraSource(0, SETTINGS, 0.0) as source:
        assert np.array_equal(next(iter(source)).image, PICTURE)
    assert second.released
