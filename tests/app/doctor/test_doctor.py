"""The camera doctor before scripted cameras on all three systems."""

import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import cv2
import msgspec
import pytest

from app.config.settings import CameraSettings, SourceSettings
from app.doctor.ask import KILLED_S, Answer, ask_child
from app.doctor.doctor import Budget
from app.doctor.fixes import FIX_FIRST
from app.sources import camera
from tests.app.doctor.conftest import Plug
from tests.app.doctor.drivers import (
    CLOSED,
    SETTINGS,
    Blocks,
    Driver,
    black,
    blocks,
    blocks_later,
    empty,
    frozen,
    moving,
    need_time,
    report,
    scripted,
    stops,
)

SYSTEMS = ("linux", "darwin", "win32")
Capsys = pytest.CaptureFixture[str]


@pytest.mark.parametrize("system", [*SYSTEMS, "freebsd"])
def test_a_camera_that_works(plug: Plug, capsys: Capsys, system: str) -> None:
    driver = Driver(moving)
    works, lines = report(plug(system, {0: driver}), capsys)
    assert works
    assert "camera 0 through" in lines[1]
    assert "(Camera 0): 64x48 at " in lines[1]
    assert lines[-1].startswith("Camera 0 works.") and lines[-1].endswith("--source 0")
    assert len(lines) == (4 if system == "win32" else 3), "nothing to complain about"
    assert not driver.open_now


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize(
    ("image_at", "said"),
    [
        (black, "64x48 at"),
        (frozen, "64x48 at"),
        (stops, "64x48 at 0.0 frames"),
        (empty, "sends no image"),
        (None, "does not open"),
        (Blocks, "hangs while it opens"),
        (blocks, "hangs before its first image"),
        (blocks_later, "64x48, hangs after its first image"),
    ],
    ids=["black", "frozen", "stops", "empty", "closed", "hangs in open", "hangs in read", "hangs later"],
)
def test_a_camera_that_does_not_work_has_a_line_and_a_fix(
    plug: Plug, capsys: Capsys, system: str, image_at: Any, said: str
) -> None:
    driver = Blocks if image_at is Blocks else Driver(image_at, opens=image_at is not None)
    works, lines = report(plug(system, {0: driver}), capsys)
    assert not works
    assert said in lines[1]
    assert lines[2].startswith("    ") and lines[2].strip()
    assert lines[-1].startswith("No camera works well enough;") and lines[-1].endswith(f"Next: {FIX_FIRST}")
    assert isinstance(driver, type) or not driver.open_now


@pytest.mark.parametrize("system", SYSTEMS)
def test_without_a_camera_the_first_index_is_tried(plug: Plug, capsys: Capsys, system: str) -> None:
    works, lines = report(plug(system, {}), capsys)
    assert not works
    assert "lists no camera; trying camera 0" in lines[1]
    assert any("camera 0 through" in line and line.endswith("(not listed): does not open") for line in lines)


def test_the_first_camera_that_works_is_the_next_command(plug: Plug, capsys: Capsys) -> None:
    works, lines = report(plug("linux", {0: CLOSED, 2: Driver(frozen), 4: Driver(moving)}), capsys)
    assert works
    assert lines[-1].endswith("--source 4")


def test_a_fix_that_is_a_command_is_the_next_step(plug: Plug, capsys: Capsys) -> None:
    slow = Driver(lambda count: time.sleep(0.1) or moving(count))
    ask = plug("linux", {0: Driver(black), 1: slow})
    works, lines = report(ask, capsys, SourceSettings(camera=SETTINGS.camera, open_timeout_s=0.05))
    assert not works
    assert lines[-1].endswith(" --set source.open_timeout_s=2")


def test_an_unlisted_camera_may_work(plug: Plug, capsys: Capsys) -> None:
    works, _ = report(plug("darwin", {0: Driver(moving)}, listed=[]), capsys)
    assert works


@pytest.mark.parametrize(
    ("media_foundation", "works"),
    [(CLOSED, True), (Driver(empty), True), (Driver(black), False), (Driver(blocks), False), (Blocks, False)],
    ids=["closed", "empty", "black", "hangs in read", "hangs in open"],
)
def test_windows_takes_directshow_where_media_foundation_delivers_nothing(
    plug: Plug, capsys: Capsys, media_foundation: Any, works: bool
) -> None:
    ask = plug("win32", {0: {cv2.CAP_MSMF: media_foundation, cv2.CAP_DSHOW: Driver(moving)}})
    does, lines = report(ask, capsys)
    assert does == works
    assert [line.split()[3] for line in lines if line.startswith("camera 0 through")] == ["MSMF", "DSHOW"]


def test_notes_do_not_make_a_camera_unfit(plug: Plug, capsys: Capsys) -> None:
    wish = SourceSettings(camera=CameraSettings(width_px=1280, height_px=720, fps=240))

    def slow(count: int) -> Any:
        time.sleep(0.02)  # 50 a second at most
        return moving(count, 20)

    works, lines = report(plug("linux", {0: Driver(slow)}), capsys, wish)
    assert works
    assert len(lines) == 2 + 3 + 1, "another size, a slow rate, a dark image"


# ---- with processes ----


@pytest.fixture
def children(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[bytes]]:
    """Every process that the doctor starts."""
    started: list[subprocess.Popen[bytes]] = []
    start: Callable[..., subprocess.Popen[bytes]] = subprocess.Popen

    def remember(*arguments: Any, **options: Any) -> subprocess.Popen[bytes]:
        started.append(start(*arguments, **options))
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", remember)
    return started


def ask_for_three(arguments: Sequence[str], limit_s: float) -> Answer:
    """The list at once, however busy the machine; each camera in a process of its own."""
    if arguments[0] == "list":
        return Answer([msgspec.json.encode(camera.CameraInfo(index, "C")) for index in range(3)], True, True)
    return ask_child(arguments, limit_s)


def script(monkeypatch: pytest.MonkeyPatch, system: str, cameras: dict[int, object]) -> None:
    for name, value in scripted(system, cameras).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", system)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("where", ["open", "read"])
def test_three_cameras_that_hang_end_within_the_budget(
    monkeypatch: pytest.MonkeyPatch, capsys: Capsys, children: list[subprocess.Popen[bytes]], where: str
) -> None:
    script(monkeypatch, "linux", dict.fromkeys(range(3), f"hangs in {where}"))
    started_s = time.perf_counter()
    budget = Budget(total_s=10, least_s=1, most_s=2)
    works, lines = report(ask_for_three, capsys, SETTINGS, budget)
    assert time.perf_counter() - started_s < budget.total_s + KILLED_S + 1
    assert not works
    assert [child.poll() is not None for child in children] == [True] * 3
    assert sum("hangs" in line or "did not start" in line for line in lines) == 3


@pytest.mark.timeout(60)
def test_what_time_does_not_allow_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: Capsys, children: list[subprocess.Popen[bytes]]
) -> None:
    script(monkeypatch, "linux", dict.fromkeys(range(3), "hangs in open"))
    budget = Budget(total_s=3, least_s=1.4, most_s=2)
    works, lines = report(ask_for_three, capsys, SETTINGS, budget)
    assert not works
    assert any("camera 2 through V4L2 (C): not tried" in line for line in lines)
    assert all(child.poll() is not None for child in children)


def test_the_real_budget_keeps_20_s() -> None:
    budget = Budget()
    assert budget.total_s + KILLED_S <= 19
    assert 3 * budget.least_s < budget.total_s
    assert budget.list_s + budget.least_s < budget.total_s


@pytest.mark.timeout(60)
def test_a_driver_that_crashes_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: Capsys) -> None:
    script(monkeypatch, "linux", {0: "crashes"})
    works, lines = report(ask_for_three, capsys, budget=Budget(total_s=30, most_s=10))
    need_time("\n".join(lines))
    assert not works
    assert "crashed" in lines[1] and "--doctor --debug`" in lines[1]


@pytest.mark.parametrize(("in_time", "said"), [(True, "failed"), (False, "did not answer")])
def test_a_list_that_does_not_come_is_told(plug: Plug, capsys: Capsys, in_time: bool, said: str) -> None:
    works_in_process = plug("linux", {0: Driver(moving)})

    def ask(arguments: Sequence[str], limit_s: float) -> Answer:
        return Answer([], in_time, False) if arguments[0] == "list" else works_in_process(arguments, limit_s)

    works, lines = report(ask, capsys)
    assert works
    assert said in lines[1] and "camera 0" in lines[1]
