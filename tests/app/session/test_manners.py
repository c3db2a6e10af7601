"""Pausing the real program from outside: it lets go of its source within two seconds, and takes it again."""

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from app.session.control import ALIVE_S, Session, ask_all
from app.session.manners import Manners
from app.session.schedule import Schedule
from app.system.pause import PauseSwitch
from tests.app import process
from tests.fakes import rows

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the folder of a session is set by XDG_RUNTIME_DIR")


@pytest.fixture
def running(tmp_path: Path, model: Path) -> Callable[..., process.Running]:
    (tmp_path / "run").mkdir(mode=0o700)  # another mode, and platformdirs takes the folder of all

    def start(*more: object) -> process.Running:
        flags = ("--source", "synthetic", "--model", model, "--no-window", "--predictions", "p.csv", *more)
        return process.start(*flags, folder=tmp_path, XDG_RUNTIME_DIR=str(tmp_path / "run"))

    return start


def seen(folder: Path) -> int:
    path = folder / "p.csv"
    return len(path.read_text().splitlines()) if path.exists() else 0


def is_still(folder: Path) -> bool:
    before = seen(folder)
    time.sleep(0.5)
    return seen(folder) == before


def asks(folder: Path, flag: str) -> process.Ended:
    return process.run(flag, folder=folder, XDG_RUNTIME_DIR=str(folder / "run"))


def test_pause_and_resume(tmp_path: Path, running: Callable[..., process.Running]) -> None:
    with running("--diary", "d") as app:
        app.waits_until(lambda: seen(tmp_path) > 3)
        done = asks(tmp_path, "--pause")
        assert (done.returncode, done.stderr) == (0, "") and "1 session paused" in done.stdout
        assert is_still(tmp_path)
        paused_at = seen(tmp_path)
        assert "Paused (asked for)" in app.out
        assert asks(tmp_path, "--resume").returncode == 0
        app.waits_until(lambda: seen(tmp_path) > paused_at + 3)
        ended = app.ends(signal.SIGTERM)
    assert ended.returncode == 143 and ended.stderr == "", "no word of a lost camera"
    assert len({row["source"] for row in rows(tmp_path / "p.csv")}) == 1
    assert list((tmp_path / "run").rglob("*.json")) == []


def test_hooks_learn_of_a_pause_while_it_lasts(tmp_path: Path, running: Callable[..., process.Running]) -> None:
    def events() -> list[dict[str, object]]:
        return [json.loads(line) for line in app.out.splitlines() if line.startswith("{")]

    with running("--jsonl", "--log", "l.csv") as app:
        app.waits_until(lambda: seen(tmp_path) > 20)
        asks(tmp_path, "--pause")
        app.waits_until(lambda: events()[-1]["label"] is None, "nothing is seen")
        asks(tmp_path, "--resume")
        app.waits_until(lambda: events()[-1]["label"] is not None)
        ended = app.ends(signal.SIGTERM)
    assert ended.returncode == 143
    told: dict[object, float] = {}
    for event in map(json.loads, ended.stdout.splitlines()):
        name = event["previous"] if event["event"] == "label" else event["label"]
        told[name] = told.get(name, 0.0) + float(str(event["seconds"]))
    logged: dict[object, float] = {}
    for row in rows(tmp_path / "l.csv"):
        logged[row["label"]] = logged.get(row["label"], 0.0) + float(row["seconds"])
    told.pop(None)
    assert told == pytest.approx(logged, abs=0.05)


def test_a_signal_pauses_and_goes_on(tmp_path: Path, running: Callable[..., process.Running]) -> None:
    with running() as app:
        app.waits_until(lambda: seen(tmp_path) > 3)
        app.gets(signal.SIGUSR2)
        app.waits_until(lambda: "Paused (asked for)" in app.out)
        app.waits_until(lambda: is_still(tmp_path))
        paused_at = seen(tmp_path)
        app.gets(signal.SIGUSR2)
        app.waits_until(lambda: seen(tmp_path) > paused_at + 3)
        assert app.ends(signal.SIGTERM).returncode == 143


def test_outside_its_hours_a_session_is_paused(tmp_path: Path, running: Callable[..., process.Running]) -> None:
    other = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")[(datetime.now().weekday() + 3) % 7]
    with running("--set", f"pause.schedule={other} 9-10") as app:
        app.waits_until(lambda: "Paused (schedule)" in app.out)
        app.waits_until(lambda: is_still(tmp_path))
        assert app.ends(signal.SIGTERM).returncode == 143, "a paused session ends too"


def test_where_no_session_runs_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir(mode=0o700)  # another mode, and platformdirs takes the folder of all
    done = asks(tmp_path, "--pause")
    assert (done.returncode, done.stderr) == (0, "")
    assert "no session" in done.stdout


def test_a_session_that_was_killed_is_none(tmp_path: Path) -> None:
    (tmp_path / "1.json").write_text('{"pause_heeded": false, "cameras_on": 1}')
    old_s = time.time() - 2 * ALIVE_S
    os.utime(tmp_path / "1.json", (old_s, old_s))
    assert ask_all(tmp_path, True) == (0, 0)
    assert list(tmp_path.iterdir()) == []


def test_a_session_that_does_not_let_go_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.session.control.PATIENCE_S", 0.2)
    session = Session(tmp_path)
    session.say(False, 1)
    assert ask_all(tmp_path, True) == (1, 1)
    session.say(True, 0)
    assert ask_all(tmp_path, True) == (1, 0)
    assert ask_all(tmp_path, False) == (1, 1), "it has not gone on yet"
    session.say(False, 1)
    assert ask_all(tmp_path, False) == (1, 0)
    session.close()
    assert list(tmp_path.iterdir()) == []


def test_a_schedule_holds_before_the_first_image(tmp_path: Path) -> None:
    switch = PauseSwitch()
    Manners(switch, Schedule(()), tmp_path)
    assert (switch.paused, switch.reason) == (True, "schedule")


def test_a_session_that_has_not_said_anything_can_ask_itself(tmp_path: Path) -> None:
    session = Session(tmp_path / "none yet")
    session.want(True)
    assert session.pause_wanted
