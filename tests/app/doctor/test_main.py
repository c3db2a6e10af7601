"""`python -m app.doctor` and `run_webcam.py --doctor`, as processes before scripted cameras."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import pytest

from tests.app import process
from tests.app.doctor.drivers import need_time, scripted
from tests.conftest import ROOT

pytestmark = pytest.mark.timeout(60)

DOCTOR = (sys.executable, "-W", "error", "-m", "app.doctor")
WEBCAM = (*process.COMMAND, "--doctor")
BOTH = pytest.mark.parametrize("command", [DOCTOR, WEBCAM], ids=["app.doctor", "run_webcam"])


def start(command: tuple[str, ...], *arguments: str, folder: Path, **more: str) -> subprocess.Popen[str]:
    """The doctor as a process; `folder` is where it runs, but for `python -m`, which runs in the checkout."""
    return subprocess.Popen(
        [*command, *arguments],
        cwd=ROOT if command is DOCTOR else folder,
        env=process.environment(**more),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def run(command: tuple[str, ...], *arguments: str, folder: Path, **more: str) -> tuple[int, str, str]:
    """Exit status, stdout and stderr."""
    running = start(command, *arguments, folder=folder, **more)
    try:
        out, err = running.communicate(timeout=50)
    finally:
        running.kill()
    need_time(out)
    return running.returncode, out, err


@pytest.mark.parametrize(
    ("command", "system", "how", "status"),
    [
        (DOCTOR, "linux", "moving", 0),
        (DOCTOR, "linux", "closed", 2),
        (DOCTOR, "darwin", "black", 2),
        (DOCTOR, "win32", "still", 2),
        (WEBCAM, "linux", "moving", 0),
        (WEBCAM, "darwin", "closed", 2),
    ],
)
def test_it_ends_with_a_verdict(command: tuple[str, ...], tmp_path: Path, system: str, how: str, status: int) -> None:
    code, out, err = run(command, folder=tmp_path, **scripted(system, {0: how}))
    assert (code, err) == (status, "")
    verdict = out.splitlines()[-1]
    assert verdict.startswith("No camera works well enough" if status else "Camera 0 works.")
    assert list(tmp_path.iterdir()) == []


def test_it_takes_directshow(tmp_path: Path) -> None:
    cameras: dict[int, object] = {0: {str(cv2.CAP_MSMF): "closed", str(cv2.CAP_DSHOW): "moving"}}
    code, out, err = run(DOCTOR, folder=tmp_path, **scripted("win32", cameras))
    assert (code, err) == (0, "")
    assert "camera 0 through DSHOW (Scripted camera): 640x360 at " in out


@BOTH
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_no_process_stays_after_ctrl_c(
    command: tuple[str, ...], tmp_path: Path, number: signal.Signals, status: int
) -> None:
    cameras = scripted("linux", {0: "hangs in open"})
    running = start(command, folder=tmp_path, **cameras, SCRIPTED_PIDS=str(tmp_path))
    try:
        while not list(tmp_path.iterdir()) and running.poll() is None:
            time.sleep(0.02)
        running.send_signal(number)
        out, err = running.communicate(timeout=50)
    finally:
        running.kill()
    need_time(out)
    assert running.returncode == status and "Traceback" not in err
    (child,) = [int(path.name) for path in tmp_path.iterdir()]
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


@BOTH
@pytest.mark.parametrize("mistake", ["source.camera.fps=soon", "source.camera.fsp=30"])
def test_wrong_settings_are_told_before_a_camera_opens(command: tuple[str, ...], tmp_path: Path, mistake: str) -> None:
    code, out, err = run(command, "--set", mistake, folder=tmp_path)
    assert (code, out) == (2, "")
    assert err.startswith("error: ") and err.count("\n") == 1 and mistake in err


def test_its_own_settings_file_counts(tmp_path: Path) -> None:
    config = tmp_path / "mine.yaml"
    config.write_text("source:\n  camera: {fps: soon}\n", encoding="utf-8")
    code, _, err = run(DOCTOR, "--config", str(config), folder=tmp_path)
    assert code == 2 and "mine.yaml, line 2: source.camera.fps" in err


def test_help_is_quick_and_names_the_flags() -> None:
    done = subprocess.run([*DOCTOR, "--help"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0
    assert all(flag in done.stdout for flag in ("--config", "--set", "--debug"))
