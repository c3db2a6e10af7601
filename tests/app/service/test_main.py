"""`python -m app.service` with a home of its own and a systemctl that notes what it is asked."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from app.service import keeper
from app.service.keeper import keep_running
from tests.app import process
from tests.conftest import ROOT

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="with systemd")
SYSTEMCTL = """#!/bin/sh
echo "$@" >> "$HOME/asked"
[ "$2" = is-active ] && echo active
exit ${SYSTEMCTL_STATUS:-0}
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "systemctl").write_text(SYSTEMCTL)
    (tmp_path / "bin" / "systemctl").chmod(0o755)
    return tmp_path


def service(home: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    own = {"HOME": str(home), "PATH": f"{home / 'bin'}:/usr/bin:/bin", "PYTHONPATH": str(ROOT)}
    own |= dict.fromkeys(("XDG_CONFIG_HOME", "XDG_STATE_HOME"), "")
    command = [sys.executable, "-W", "error", "-m", "app.service", *arguments]
    environment = process.environment(**own, **more)
    return subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True, timeout=120)


def test_install_status_remove(home: Path) -> None:
    unit = home / ".config" / "systemd" / "user" / "daily-activity.service"
    assert service(home, "status").returncode == 2
    done = service(home, "install", "--", "--no-window", "--source", "0")
    assert (done.returncode, done.stderr) == (0, "") and str(unit) in done.stdout
    assert f"ExecStart={sys.executable} -m app.service run -- --no-window --source 0" in unit.read_text()
    done = service(home, "status")
    assert done.returncode == 0 and "active" in done.stdout
    assert service(home, "remove").returncode == 0
    assert not unit.exists()
    assert service(home, "remove").returncode == 0, "nothing to remove is no mistake"
    asked = (home / "asked").read_text().splitlines()
    assert asked[:3] == [
        "--user daemon-reload",
        "--user enable daily-activity.service",
        "--user restart daily-activity.service",
    ]
    assert "--user disable --now daily-activity.service" in asked


def test_a_systemd_that_refuses_is_one_line(home: Path) -> None:
    done = service(home, "install", SYSTEMCTL_STATUS="1")
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)


def test_what_the_system_starts_says_all_in_a_log(home: Path, clip: Path, model: Path) -> None:
    done = service(home, "run", "--", "--no-window", "--source", str(clip), "--model", str(model))
    assert (done.returncode, done.stdout) == (0, "")
    (log,) = home.rglob("session.log")
    assert "Labelled 60 frames" in log.read_text()


def test_the_log_does_not_grow_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "MOST_BYTES", 10_000)
    code = "for number in range(5000): print('line', number)"
    assert keep_running([sys.executable, "-c", code], tmp_path / "session.log") == 0
    sizes = {path.name: path.stat().st_size for path in tmp_path.iterdir()}
    assert set(sizes) == {"session.log", "session.log.1", "session.log.2", "session.log.3"}
    assert max(sizes.values()) <= 10_000
    assert "line 4999" in (tmp_path / "session.log").read_text()


def test_a_signal_reaches_the_session(home: Path, model: Path) -> None:
    own = {"HOME": str(home), "PYTHONPATH": str(ROOT), "XDG_STATE_HOME": ""}
    flags = ("--no-window", "--source", "synthetic", "--model", model)
    command = [sys.executable, "-m", "app.service", "run", "--", *flags]
    with process.Running(command, folder=home, env=process.environment(**own)) as running:
        running.waits_until(lambda: any(" s  " in path.read_text() for path in home.rglob("session.log")))
        assert running.ends(signal.SIGTERM).returncode == 143
