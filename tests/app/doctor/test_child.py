"""The child as the process that it is."""

import subprocess
import sys

import msgspec
import pytest

from app.doctor.findings import Finding
from app.sources.camera import CameraInfo
from tests.app import process
from tests.app.doctor.drivers import scripted
from tests.conftest import ROOT

pytestmark = pytest.mark.timeout(60)


def child(*arguments: str, cameras: dict[int, object], limit_s: float = 30) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "app.doctor.child", *arguments, "--limit", str(limit_s)]
    given = process.environment(**scripted("linux", cameras))
    return subprocess.run(command, cwd=ROOT, env=given, capture_output=True, timeout=50)


def test_it_lists_the_cameras() -> None:
    done = child("list", "V4L2", cameras={0: "moving", 2: "closed"})
    assert done.returncode == 0
    found = [msgspec.json.decode(line, type=CameraInfo) for line in done.stdout.splitlines()]
    assert found == [CameraInfo(0, "Scripted camera"), CameraInfo(2, "Scripted camera")]


def test_it_tells_ever_more_about_a_camera() -> None:
    done = child("probe", "V4L2", "0", cameras={0: "moving"})
    assert done.returncode == 0
    stages = [msgspec.json.decode(line, type=Finding).stage for line in done.stdout.splitlines()]
    assert stages == ["open", "read", "measure", "done"]


def test_without_its_doctor_it_ends_by_itself() -> None:
    done = child("probe", "V4L2", "0", cameras={0: "hangs in open"}, limit_s=0.5)
    assert done.returncode == 1
    assert msgspec.json.decode(done.stdout, type=Finding).stage == "open"


def test_a_backend_of_another_system_is_refused() -> None:
    assert child("list", "MSMF", cameras={}).returncode == 2
