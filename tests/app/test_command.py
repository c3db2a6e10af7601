"""What a command line makes of what its command raises."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from app.command import Parser, run_command
from app.errors import ConfigError
from app.system.interrupts import Interrupted

no_signals = pytest.mark.skipif(sys.platform == "win32", reason="sends signals")


@pytest.mark.parametrize(("returned", "status"), [(None, 0), (0, 0), (2, 2)])
def test_the_status_is_the_commands(capsys: pytest.CaptureFixture[str], returned: int | None, status: int) -> None:
    assert run_command(lambda: returned) == status
    assert capsys.readouterr() == ("", "")


def mistaken() -> None:
    raise ConfigError("expected a\ntau, got b")


def test_a_mistake_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(mistaken) == 2
    assert capsys.readouterr() == ("", "error: expected a\\ntau, got b\n")


def test_debug_shows_where_a_mistake_comes_from() -> None:
    with pytest.raises(ConfigError):
        run_command(mistaken, debug=True)


def test_what_is_no_mistake_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        run_command(lambda: 1 // 0)


@no_signals
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize(
    ("after", "said"), [("interrupted", "interrupted\n"), (lambda: f"kept {1 + 1}", "kept 2\n"), ("", "")]
)
def test_a_signal_ends_it_with_its_status(
    capsys: pytest.CaptureFixture[str], number: int, status: int, after: str, said: str
) -> None:
    def work() -> None:
        os.kill(os.getpid(), number)
        time.sleep(60)

    assert run_command(work, after_ctrl_c=after) == status
    assert capsys.readouterr() == ("", said)


def test_debug_shows_where_ctrl_c_struck(capsys: pytest.CaptureFixture[str]) -> None:
    def work() -> None:
        raise Interrupted(signal.SIGINT)

    assert run_command(work, debug=True) == 130
    err = capsys.readouterr().err
    assert "in work" in err and err.endswith("\ninterrupted\n")


def test_every_flag_that_is_a_path_takes_a_file_address(capsys: pytest.CaptureFixture[str]) -> None:
    parser = Parser()
    parser.add_argument("--data", type=Path)
    assert parser.parse_args(["--data", "file:///my%20data"]).data == Path("/my data")
    with pytest.raises(SystemExit):
        parser.parse_args(["--data", "https://anna:secret@example.org/data"])
    told = capsys.readouterr().err
    assert "expected a path on this computer" in told and "secret" not in told
