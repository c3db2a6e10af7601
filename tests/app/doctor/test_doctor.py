"""The camera doctor before scripted cameras on all three systems, within this process and as processes of its own."""

import errno
import fcntl
import grp
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import cv2
import msgspec
import numpy as np
import pytest

from app.config.settings import CameraSettings, SourceSettings
from app.doctor import child, doctor, findings
from app.doctor import probe as probe_module
from app.doctor.doctor import Answer, Budget, examine
from app.doctor.findings import Finding
from app.doctor.probe import probe
from app.sources import camera
from tests import toy
from tests.app import process
from tests.conftest import ROOT

SCRIPTED_CAMERA = Path(process.__file__).with_name("scripted_camera")
SYSTEMS = ("linux", "darwin", "win32")
SETTINGS = SourceSettings(camera=CameraSettings(width_px=64, height_px=48, fps=1))  # a rate that a busy machine has too
LIMIT_S = 0.1 + 0.05 + 0.1
GREY = toy.plain(toy.GREY, 64, 48)


class Blocks(BaseException):
    """In place of a call that never returns."""


class Driver:
    """What cv2.VideoCapture does. picture(n): the n-th, None for a miss; may raise Blocks."""

    def __init__(self, picture, opens=True):
        self.picture, self.opens, self.count, self.open_now = picture, opens, 0, opens

    def isOpened(self):  # noqa: N802 (OpenCV's name)
        return self.opens

    def set(self, key, value):
        return False

    def read(self):
        time.sleep(0.005)
        self.count += 1
        image = self.picture(self.count)
        return image is not None, image

    def release(self):
        self.open_now = False


def moving(count, level=100):
    return np.full((48, 64, 3), level + count % 2, np.uint8)


def blocks(count):
    raise Blocks


def stops(count):
    return GREY if count == 1 else None


def blocks_later(count):
    return GREY if count == 1 else blocks(count)


def black(count):
    return moving(count, 1)


def frozen(count):
    return GREY


def empty(count):
    return None


CLOSED = Driver(moving, opens=False)


@pytest.fixture
def plug(monkeypatch, tmp_path):
    """plug("linux", {0: Driver(...)}): the system and its cameras; an exception or a mapping by backend in their place.

    Returns what asks them within this process.
    """
    monkeypatch.setattr(probe_module, "MEASURE_S", 0.1)
    monkeypatch.setattr(probe_module, "START_S", 0.05)
    nothing = SimpleNamespace(dump_traceback_later=lambda *_, **__: None, cancel_dump_traceback_later=lambda: None)
    monkeypatch.setattr(child, "faulthandler", nothing)  # it would end the tests
    (tmp_path / "dev").mkdir()
    (tmp_path / "proc").mkdir()
    monkeypatch.setattr(findings, "DEV", tmp_path / "dev")
    monkeypatch.setattr(findings, "PROC", tmp_path / "proc")

    def use(system, drivers, listed=None):
        def capture(index, backend):
            driver = drivers.get(index, CLOSED)
            driver = driver[backend] if isinstance(driver, dict) else driver
            if driver is Blocks:
                raise Blocks
            return driver

        for index in drivers:
            (tmp_path / "dev" / f"video{index}").touch()
        found = [SimpleNamespace(index=index, name=f"Camera {index}") for index in drivers]
        monkeypatch.setattr(sys, "platform", system)
        monkeypatch.setattr(cv2, "VideoCapture", capture)
        monkeypatch.setattr(camera, "enumerate_cameras", lambda backend: found if listed is None else listed)
        return ask

    def ask(arguments, limit_s):
        lines = []
        monkeypatch.setattr(child, "_tell", lambda what: lines.append(msgspec.json.encode(what)))
        try:
            child.main([*arguments, "--limit", str(LIMIT_S)])
        except Blocks:
            return Answer(lines, in_time=False, ended_well=False)
        return Answer(lines, in_time=True, ended_well=True)

    return use


def report(ask, capsys, settings=SETTINGS, budget=None):
    """Whether a camera works, and the lines that say so."""
    works = examine(settings, time.perf_counter(), ask, budget)
    return works, capsys.readouterr().out.splitlines()


@pytest.mark.parametrize("system", [*SYSTEMS, "freebsd"])
def test_a_camera_that_works(plug, capsys, system):
    driver = Driver(moving)
    works, lines = report(plug(system, {0: driver}), capsys)
    assert works
    assert "camera 0 through" in lines[1]
    assert "(Camera 0): 64x48 at " in lines[1]
    assert "first picture after 0.0 s" in lines[1]
    assert lines[-1] == "Camera 0 works. Next: python run_webcam.py --source 0"
    assert len(lines) == (4 if system == "win32" else 3), "nothing to complain about"
    assert not driver.open_now


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize(
    ("picture", "said", "cured"),
    [
        (black, "64x48 at", "black picture: open the lens cover"),
        (frozen, "64x48 at", "frozen: the same picture"),
        (stops, "64x48 at 0.0 frames", "stopped after its first picture"),
        (empty, "sends no picture", None),
        (None, "does not open", None),
        (Blocks, "hangs while it opens", None),
        (blocks, "hangs before its first picture", None),
        (blocks_later, "64x48, hangs after its first picture", None),
    ],
    ids=["black", "frozen", "stops", "empty", "closed", "hangs in open", "hangs in read", "hangs later"],
)
def test_a_camera_that_does_not_work(plug, capsys, system, picture, said, cured):
    driver = Blocks if picture is Blocks else Driver(picture, opens=picture is not None)
    works, lines = report(plug(system, {0: driver}), capsys)
    own = {"linux": "`sudo dmesg | tail`", "darwin": "Privacy & Security > Camera", "win32": "other programs"}
    assert not works
    assert said in lines[1]
    assert (cured or own[system]) in lines[2]
    assert lines[-1].startswith("No camera works well enough;")
    assert lines[-1].endswith("Next: mend what is said above, then: python run_webcam.py --doctor")
    assert driver is Blocks or not driver.open_now


@pytest.mark.parametrize("system", SYSTEMS)
def test_without_a_camera_the_first_index_is_tried(plug, capsys, system):
    works, lines = report(plug(system, {}), capsys)
    assert not works
    assert "lists no camera; trying camera 0" in lines[1]
    assert any("camera 0 through" in line and line.endswith("(not listed): does not open") for line in lines)
    assert ("no /dev/video*" in "\n".join(lines).replace(str(findings.DEV), "/dev")) == (system == "linux")


def test_the_first_camera_that_works_is_the_next_command(plug, capsys):
    works, lines = report(plug("linux", {0: CLOSED, 2: Driver(frozen), 4: Driver(moving)}), capsys)
    assert works
    assert lines[-1].endswith("--source 4")


def test_an_unlisted_camera_may_work(plug, capsys):
    works, _ = report(plug("darwin", {0: Driver(moving)}, listed=[]), capsys)
    assert works


@pytest.mark.parametrize(
    ("media_foundation", "works"),
    [(CLOSED, True), (Driver(empty), True), (Driver(black), False), (Driver(blocks), False), (Blocks, False)],
    ids=["closed", "empty", "black", "hangs in read", "hangs in open"],
)
def test_windows_takes_directshow_where_media_foundation_delivers_nothing(plug, capsys, media_foundation, works):
    ask = plug("win32", {0: {cv2.CAP_MSMF: media_foundation, cv2.CAP_DSHOW: Driver(moving)}})
    does, lines = report(ask, capsys)
    assert does == works
    backends = [line.split()[3] for line in lines if line.startswith("camera 0 through")]
    assert backends == ["MSMF", "DSHOW"]
    if works:
        assert "the app takes DSHOW" in lines[2]


def test_notes_do_not_make_a_camera_unfit(plug, capsys):
    wish = SourceSettings(camera=CameraSettings(width_px=1280, height_px=720, fps=240))

    def slow(brightness):
        def read(count):
            time.sleep(0.02)  # 50 a second at most
            return moving(count, brightness)

        return Driver(read)

    works, lines = report(plug("linux", {0: slow(20), 1: slow(250)}), capsys, wish)
    text = "\n".join(lines)
    assert works
    assert "1280x720 was asked for" in text
    assert "240 frames a second were asked for" in text
    assert "dark picture (brightness 2" in text
    assert "nearly white picture (brightness 25" in text


def test_a_first_picture_later_than_the_app_waits(plug, capsys):
    slow = Driver(lambda count: time.sleep(0.1) or moving(count))
    works, lines = report(plug("linux", {0: slow}), capsys, SourceSettings(open_timeout_s=0.05))
    assert not works
    assert lines[-1].endswith("Next: python run_webcam.py --set source.open_timeout_s=2")


def test_linux_names_the_program_that_holds_the_camera(plug, capsys, tmp_path):
    ask = plug("linux", {0: CLOSED})
    (tmp_path / "proc" / "4321" / "fd").mkdir(parents=True)
    (tmp_path / "proc" / "4321" / "comm").write_text("cheese\n")
    (tmp_path / "proc" / "4321" / "fd" / "7").symlink_to(tmp_path / "dev" / "video0")
    _, lines = report(ask, capsys)
    assert "video0 is busy: used by cheese (process 4321); close that" in lines[2]


def test_linux_knows_a_busy_camera_without_its_holder(plug, capsys, monkeypatch):
    def refuse(device, request, argument):
        raise OSError(errno.EBUSY, "busy")

    monkeypatch.setattr(fcntl, "ioctl", refuse)
    _, lines = report(plug("linux", {0: CLOSED}), capsys)
    assert "video0 is busy: a program uses it that is not yours; `sudo fuser -v" in lines[2]


def test_linux_names_the_group_that_may(plug, capsys, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    monkeypatch.setattr(os, "getegid", lambda: 70_001)
    monkeypatch.setattr(os, "getgroups", lambda: [70_002])
    monkeypatch.setattr(grp, "getgrgid", lambda number: SimpleNamespace(gr_name="video"))
    _, lines = report(plug("linux", {0: CLOSED}), capsys)
    assert "no permission to read" in lines[2]
    assert "group 'video'; sudo usermod -aG video $USER, then log out and in" in lines[2]
    assert "Next: sudo usermod -aG video $USER, log out and in, then: python run_webcam.py --doctor" in lines[-1]


def test_linux_in_a_group_without_a_name_or_in_a_sandbox(plug, capsys, monkeypatch):
    def nameless(number):
        raise KeyError(number)

    ask = plug("linux", {0: CLOSED})
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    monkeypatch.setattr(os, "getgroups", lambda: [findings.device_of(0).stat().st_gid])
    assert "though you are in its group" in report(ask, capsys)[1][2]
    monkeypatch.setattr(grp, "getgrgid", nameless)
    assert "nameless group" in report(ask, capsys)[1][2]


def test_linux_finds_devices_that_are_no_cameras(plug, capsys, tmp_path):
    ask = plug("linux", {1: CLOSED}, listed=[])
    _, lines = report(ask, capsys)
    assert lines[3].endswith("video0, only video1, which are no cameras that record")


def test_what_is_known_is_told_before_every_step_that_may_block(plug):
    plug("linux", {0: Driver(moving)})
    stages = []
    probe(cv2.CAP_V4L2, 0, SETTINGS.camera, LIMIT_S, lambda finding: stages.append(finding.stage))
    assert stages == ["open", "read", "measure", "done"]


def test_the_rate_is_that_of_the_pictures_which_come(plug):
    plug("linux", {0: Driver(lambda count: time.sleep(0.015) or moving(count))})
    told: list[Finding] = []
    probe(cv2.CAP_V4L2, 0, SETTINGS.camera, LIMIT_S, told.append)
    assert 5 < told[-1].fps <= 50


# ---- with processes ----


@pytest.fixture
def children(monkeypatch):
    """Every process that the doctor starts."""
    started = []
    start = subprocess.Popen

    def remember(*arguments, **options):
        started.append(start(*arguments, **options))
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", remember)
    return started


def ask_for_three(arguments, limit_s):
    """The list at once, however busy the machine; each camera in a process of its own."""
    if arguments[0] == "list":
        return Answer([msgspec.json.encode(camera.CameraInfo(index, "C")) for index in range(3)], True, True)
    return doctor.ask_child(arguments, limit_s)


def need_time(output):
    """Skips where processes do not even start within the doctor's 20 s."""
    if any(words in output for words in ("did not start in time", "did not answer", "out of time")):
        pytest.skip("the machine is too busy to start a Python in a few seconds")


def script(monkeypatch, system, cameras):
    for name, value in environment(system, cameras).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", system)


def environment(system, cameras):
    return {
        "PYTHONPATH": str(SCRIPTED_CAMERA),
        "SCRIPTED_CAMERAS": msgspec.json.encode(cameras).decode(),
        "SCRIPTED_PLATFORM": system,
        "PYTHONWARNINGS": "error",
    }


@pytest.mark.timeout(60)
@pytest.mark.parametrize("where", ["open", "read"])
def test_three_cameras_that_hang_end_within_the_budget(monkeypatch, capsys, children, where):
    script(monkeypatch, "linux", dict.fromkeys(range(3), f"hangs in {where}"))
    started_s = time.perf_counter()
    budget = Budget(total_s=10, least_s=1, most_s=2)
    works, lines = report(ask_for_three, capsys, SETTINGS, budget)
    assert time.perf_counter() - started_s < budget.total_s + doctor.KILLED_S + 1
    assert not works
    assert [child.poll() is not None for child in children] == [True] * 3
    assert sum("hangs" in line or "did not start" in line for line in lines) == 3


@pytest.mark.timeout(60)
def test_what_time_does_not_allow_is_said(monkeypatch, capsys, children):
    script(monkeypatch, "linux", dict.fromkeys(range(3), "hangs in open"))
    budget = Budget(total_s=3, least_s=1.4, most_s=2)
    _, lines = report(ask_for_three, capsys, SETTINGS, budget)
    assert any("camera 2 through V4L2 (C): not tried: out of time" in line for line in lines)
    assert lines[-1].startswith("No camera works well enough")
    assert all(child.poll() is not None for child in children)


def test_the_real_budget_keeps_20_s():
    budget = Budget()
    assert budget.total_s + doctor.KILLED_S <= 19
    assert 3 * budget.least_s < budget.total_s
    assert budget.list_s + budget.least_s < budget.total_s


@pytest.mark.timeout(60)
def test_a_driver_that_crashes_is_one_line(monkeypatch, capsys):
    script(monkeypatch, "linux", {0: "crashes"})
    works, lines = report(ask_for_three, capsys, budget=Budget(total_s=30, most_s=10))
    need_time("\n".join(lines))
    assert not works
    assert "its driver crashed or the check failed; `python run_webcam.py --doctor --debug`" in lines[1]


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    ("system", "how", "status"),
    [
        ("linux", "moving", 0),
        ("linux", "closed", 2),
        ("darwin", "moving", 0),
        ("darwin", "black", 2),
        ("win32", "still", 2),
    ],
)
def test_the_program_ends_with_a_verdict(tmp_path, system, how, status):
    done = process.run("--doctor", folder=tmp_path, **environment(system, {0: how}))
    need_time(done.stdout)
    assert (done.returncode, done.stderr) == (status, "")
    verdict = done.stdout.splitlines()[-1]
    assert verdict.startswith("No camera works well enough" if status else "Camera 0 works. Next: python run_webcam.py")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.timeout(60)
def test_the_program_takes_directshow(tmp_path):
    cameras = {0: {str(cv2.CAP_MSMF): "closed", str(cv2.CAP_DSHOW): "moving"}}
    done = process.run("--doctor", folder=tmp_path, **environment("win32", cameras))
    need_time(done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    assert "camera 0 through DSHOW (Scripted camera): 640x360 at " in done.stdout


@pytest.mark.timeout(60)
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_no_process_stays_after_ctrl_c(tmp_path, number, status):
    running = process.start(
        "--doctor", folder=tmp_path, **environment("linux", {0: "hangs in open"}), SCRIPTED_PIDS=str(tmp_path)
    )
    try:
        while not list(tmp_path.iterdir()) and running.poll() is None:
            time.sleep(0.02)
        running.send_signal(number)
        out, err = running.communicate(timeout=20)
    finally:
        running.kill()
    need_time(out)
    assert (running.returncode, err) == (status, "")
    (child,) = [int(path.name) for path in tmp_path.iterdir()]
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


@pytest.mark.timeout(60)
def test_a_child_without_its_doctor_ends_by_itself(tmp_path):
    command = [sys.executable, "-m", "app.doctor.child", "probe", "V4L2", "0", "--limit", "0.5"]
    given = process.environment(**environment("linux", {0: "hangs in open"}))
    done = subprocess.run(command, cwd=ROOT, env=given, capture_output=True, timeout=20)
    assert done.returncode == 1
    assert msgspec.json.decode(done.stdout, type=Finding).stage == "open"


def test_wrong_settings_are_told_before_a_camera_opens(tmp_path):
    done = process.run("--doctor", "--set", "source.camera.fps=soon", folder=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert done.stdout == ""
