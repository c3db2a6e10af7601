import errno
import fcntl
import os
import time
from typing import Any

import cv2
import pytest

from app.doctor.findings import Finding
from app.doctor.probe import probe
from tests.app.doctor.conftest import Plug
from tests.app.doctor.drivers import CLOSED, LIMIT_S, SETTINGS, Blocks, Driver, black, empty, frozen, moving, stops


def probed(plug: Plug, driver: Any, system: str = "linux") -> list[Finding]:
    """Everything that was told about a camera, as it was when it was told."""
    told: list[Finding] = []
    plug(system, {0: driver})
    probe(cv2.CAP_V4L2, 0, SETTINGS.camera, LIMIT_S, lambda finding: told.append(finding.__copy__()))
    return told


def test_what_is_known_is_told_before_every_step_that_may_block(plug: Plug) -> None:
    assert [finding.stage for finding in probed(plug, Driver(moving))] == ["open", "read", "measure", "done"]


@pytest.mark.parametrize(("driver", "stage"), [(CLOSED, "closed"), (Driver(empty), "empty")])
def test_the_kernel_is_asked_when_nothing_came(plug: Plug, driver: Driver, stage: str) -> None:
    assert [finding.stage for finding in probed(plug, driver)][-2:] == [stage, stage]


@pytest.mark.parametrize(
    ("image_at", "facts"),
    [
        (moving, {"brightness": pytest.approx(100.5, abs=0.6), "frozen": False, "width_px": 64, "height_px": 48}),
        (black, {"brightness": pytest.approx(1.5, abs=0.6), "frozen": False}),
        (frozen, {"brightness": 128.0, "frozen": True}),
        (stops, {"fps": 0.0, "width_px": 64, "height_px": 48}),
    ],
)
def test_images_are_measured(plug: Plug, image_at: Any, facts: dict[str, Any]) -> None:
    last = probed(plug, Driver(image_at))[-1]
    assert last.stage == "done"
    assert {name: getattr(last, name) for name in facts} == facts


def test_the_rate_is_that_of_the_images_which_come(plug: Plug) -> None:
    last = probed(plug, Driver(lambda count: time.sleep(0.015) or moving(count)))[-1]
    assert 5 < last.fps <= 50


def test_misses_before_the_first_image_and_between_two_are_waited_for(plug: Plug) -> None:
    driver = Driver(lambda count: moving(count) if count % 3 == 0 else None)
    last = probed(plug, driver)[-1]
    assert last.stage == "done" and last.fps > 0
    assert last.first_s >= last.open_s


@pytest.mark.parametrize("driver", [CLOSED, Driver(empty), Driver(moving)])
def test_the_camera_is_released(plug: Plug, driver: Driver) -> None:
    probed(plug, driver)
    assert not driver.open_now


def test_a_driver_that_blocks_is_released_too(plug: Plug) -> None:
    def blocks(count: int) -> None:
        raise Blocks

    driver = Driver(blocks)
    with pytest.raises(Blocks):
        probed(plug, driver)
    assert not driver.open_now


@pytest.mark.parametrize(("raised", "noted"), [(errno.EBUSY, errno.EBUSY), (errno.ENOTTY, 0)])
def test_a_busy_device_is_told_from_what_is_no_camera(
    plug: Plug, monkeypatch: pytest.MonkeyPatch, raised: int, noted: int
) -> None:
    def refuse(device: int, request: int, argument: bytes) -> None:
        raise OSError(raised, "refused")

    monkeypatch.setattr(fcntl, "ioctl", refuse)
    assert probed(plug, CLOSED)[-1].error_number == noted


def test_a_device_that_may_not_be_opened_is_noted(plug: Plug, monkeypatch: pytest.MonkeyPatch) -> None:
    opens = os.open

    def refuse(path: str, flags: int, *mode: int) -> int:
        if flags & os.O_NONBLOCK:
            raise PermissionError(errno.EACCES, "denied")
        return opens(path, flags, *mode)

    monkeypatch.setattr(os, "open", refuse)
    assert probed(plug, CLOSED)[-1].error_number == errno.EACCES


@pytest.mark.parametrize("system", ["darwin", "win32"])
def test_other_systems_have_no_such_number(plug: Plug, system: str) -> None:
    assert probed(plug, CLOSED, system)[-1].error_number == 0
