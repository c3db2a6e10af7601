"""Which fix is named for which failure; the tests pin commands, names and places, not the prose around them."""

import errno
import grp
import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import get_args

import pytest

from app.config.settings import SourceSettings
from app.doctor import fixes as fixes_module
from app.doctor.findings import AGAIN, Finding, Stage
from app.doctor.fixes import FIX_FIRST, Fix, device_of, fixes

SETTINGS = SourceSettings()
FAILURES = [stage for stage in get_args(Stage) if stage != "done"]


def fixes_of(stage: Stage = "closed", index: int = 0, error_number: int = 0) -> list[Fix]:
    return list(fixes(Finding(stage=stage, error_number=error_number), index, SETTINGS))


@pytest.fixture
def linux(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[int], Path]:
    """Linux with folders in place of /dev and /proc; makes the device of a camera."""
    for name in ("dev", "proc"):
        (tmp_path / name).mkdir()
        monkeypatch.setattr(fixes_module, name.upper(), tmp_path / name)
    monkeypatch.setattr(sys, "platform", "linux")

    def device(index: int) -> Path:
        path = device_of(index)
        path.touch()
        return path

    return device


def use_device(tmp_path: Path, process: int, name: str, device: Path) -> None:
    """A process that has a device open."""
    (tmp_path / "proc" / str(process) / "fd").mkdir(parents=True)
    (tmp_path / "proc" / str(process) / "comm").write_text(f"{name}\n", encoding="utf-8")
    (tmp_path / "proc" / str(process) / "fd" / "7").symlink_to(device)


@pytest.mark.parametrize("system", ["linux", "darwin", "win32", "freebsd"])
@pytest.mark.parametrize("stage", FAILURES)
def test_every_failure_has_one_fix_on_every_system(monkeypatch: pytest.MonkeyPatch, system: str, stage: Stage) -> None:
    monkeypatch.setattr(sys, "platform", system)
    (fix,) = fixes_of(stage, index=97)
    assert fix.text and "\n" not in fix.text
    assert fix.command == FIX_FIRST and AGAIN in fix.command


@pytest.mark.parametrize(
    ("system", "stage", "named"),
    [
        ("darwin", "open", "Privacy & Security > Camera"),
        ("darwin", "closed", "`tccutil reset Camera`"),
        ("darwin", "empty", "iPhone"),
        ("win32", "closed", "Settings > Privacy > Camera"),
        ("win32", "closed", "DSHOW"),
        ("win32", "empty", "DSHOW"),
        ("win32", "read", "Device Manager"),
    ],
)
def test_the_place_to_look_is_named(monkeypatch: pytest.MonkeyPatch, system: str, stage: Stage, named: str) -> None:
    monkeypatch.setattr(sys, "platform", system)
    assert named in fixes_of(stage)[0].text


@pytest.mark.parametrize(
    ("what", "word"),
    [
        ({"fps": 0.0}, "plug it in again"),
        ({"fps": 30.0, "brightness": 1.0}, "lens cover"),
        ({"fps": 30.0, "brightness": 99.0, "frozen": True}, "shutter"),
    ],
)
def test_a_camera_that_delivers_uselessly_has_its_own_fix(what: dict[str, float], word: str) -> None:
    (fix,) = fixes(Finding(stage="done", **what), 0, SETTINGS)  # type: ignore[arg-type]
    assert word in fix.text and fix.command == FIX_FIRST


def test_a_good_camera_needs_no_fix() -> None:
    assert list(fixes(Finding(stage="done", fps=30.0, brightness=99.0), 0, SETTINGS)) == []


def test_a_late_first_image_is_fixed_by_a_setting() -> None:
    late = Finding(stage="done", fps=30.0, brightness=99.0, open_s=1.0, first_s=8.2)
    (fix,) = fixes(late, 0, SETTINGS)
    assert "--set source.open_timeout_s=9" in fix.text
    assert fix.command.endswith(" --set source.open_timeout_s=9")


def test_linux_without_any_device(linux: Callable[[int], Path]) -> None:
    assert f"no {fixes_module.DEV}/video*" in fixes_of()[0].text and "`lsusb`" in fixes_of()[0].text


def test_linux_names_the_devices_that_cannot_capture(linux: Callable[[int], Path]) -> None:
    linux(1), linux(3)
    assert "no " + str(device_of(0)) in fixes_of()[0].text
    assert "only video1, video3" in fixes_of()[0].text


def test_linux_names_the_programs_that_use_the_camera(linux: Callable[[int], Path], tmp_path: Path) -> None:
    device = linux(0)
    use_device(tmp_path, 4321, "cheese", device)
    use_device(tmp_path, 99, "zoom", device)
    use_device(tmp_path, 5, "vim", linux(1))
    (tmp_path / "proc" / "6").mkdir()
    text = fixes_of()[0].text
    assert "video0 is busy" in text
    assert "cheese (process 4321), zoom (process 99)" in text
    assert "vim" not in text


def test_linux_knows_a_busy_camera_whose_user_it_may_not_see(linux: Callable[[int], Path]) -> None:
    device = linux(0)
    assert f"`sudo fuser -v {device}`" in fixes_of("empty", error_number=errno.EBUSY)[0].text


@pytest.mark.parametrize("stage", ["closed", "read", "empty"])
def test_linux_sends_to_the_drivers_log_where_nothing_else_is_wrong(linux: Callable[[int], Path], stage: Stage) -> None:
    linux(0)
    assert "`sudo dmesg | tail`" in fixes_of(stage)[0].text


@pytest.fixture
def denied(linux: Callable[[int], Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A device of the group 'video' that this user may not read."""
    device = linux(0)
    monkeypatch.setattr(os, "getegid", lambda: 70_001)
    monkeypatch.setattr(os, "getgroups", lambda: [70_002])
    monkeypatch.setattr(grp, "getgrgid", lambda number: SimpleNamespace(gr_name="video"))
    return device


@pytest.mark.parametrize("error_number", [errno.EACCES, errno.EPERM, 0])
def test_linux_names_the_group_to_join(denied: Path, monkeypatch: pytest.MonkeyPatch, error_number: int) -> None:
    if not error_number:
        monkeypatch.setattr(os, "access", lambda path, mode: False)
    (fix,) = fixes_of(error_number=error_number)
    assert str(denied) in fix.text and "'video'" in fix.text
    assert fix.command.startswith("sudo usermod -aG video $USER") and fix.command.endswith(AGAIN)


def test_linux_in_the_group_already_or_in_one_without_a_name(denied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def nameless(number: int) -> None:
        raise KeyError(number)

    monkeypatch.setattr(os, "getgroups", lambda: [denied.stat().st_gid])
    assert "sandbox" in fixes_of(error_number=errno.EACCES)[0].text
    monkeypatch.setattr(grp, "getgrgid", nameless)
    assert f"group {denied.stat().st_gid}" in fixes_of(error_number=errno.EACCES)[0].text
