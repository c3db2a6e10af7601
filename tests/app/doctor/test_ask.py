"""What the doctor takes from a child process, whatever that does."""

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from app.doctor import ask
from app.doctor.ask import ask_child


@pytest.fixture
def child(monkeypatch: pytest.MonkeyPatch) -> Any:
    """child("code"): the child runs this Python code; returns the processes that were started."""

    def use(code: str) -> list[subprocess.Popen[bytes]]:
        started: list[subprocess.Popen[bytes]] = []
        start = subprocess.Popen

        def instead(command: list[str], **options: Any) -> subprocess.Popen[bytes]:
            assert command[1:3] == ["-m", "app.doctor.child"]
            started.append(start([sys.executable, "-c", code], **options))
            return started[-1]

        monkeypatch.setattr(ask.subprocess, "Popen", instead)
        return started

    return use


def test_its_json_lines_are_taken_and_what_else_it_prints_is_left(child: Any) -> None:
    child("""print('{"a": 1}'); print('driver: hello'); print('{"b": 2}'); print('{"half', end='')""")
    answer = ask_child(["list", "V4L2"], 20)
    assert answer.lines == [b'{"a": 1}\n', b'{"b": 2}\n']
    assert answer.in_time and answer.ended_well


def test_a_child_that_fails_is_told_from_one_that_is_late(child: Any) -> None:
    child("import os; os._exit(3)")
    answer = ask_child([], 20)
    assert answer.in_time and not answer.ended_well


@pytest.mark.timeout(60)
def test_a_child_that_hangs_is_killed_and_what_it_said_counts(child: Any) -> None:
    (started,) = [child("""import time; print('{"a": 1}', flush=True); time.sleep(50)""")]
    before_s = time.perf_counter()
    answer = ask_child([], 1.5)
    assert time.perf_counter() - before_s < 40
    assert not answer.in_time and not answer.ended_well
    assert answer.lines in ([b'{"a": 1}\n'], []), "nothing where Python did not start in time"
    assert started[0].poll() is not None


def test_a_doctor_that_is_stopped_leaves_no_child(child: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    started = child("import time; time.sleep(50)")

    def stop() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(ask.interrupts, "check", stop)
    with pytest.raises(KeyboardInterrupt):
        ask_child([], 30)
    assert started[0].poll() is not None


def test_drivers_are_heard_only_when_asked_for(child: Any, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    child("import sys; print('driver', file=sys.stderr)")
    ask_child([], 20)
    assert capfd.readouterr().err == ""
    ask_child([], 20, debug=True)
    assert capfd.readouterr().err == "driver\n"
