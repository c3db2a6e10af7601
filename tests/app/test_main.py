"""`daily-activity`: which command gets which arguments."""

import sys
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest

from app import __main__ as dispatcher
from app import __version__, command

Calls = list[tuple[str, list[str]]]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Calls:
    """The modules that were started, with their arguments; each ends with status 7."""
    started: Calls = []

    def stub(module: str) -> SimpleNamespace:
        def main(argv: Sequence[str]) -> int:
            started.append((module, list(argv)))
            return 7

        return SimpleNamespace(main=main)

    monkeypatch.setattr(dispatcher, "import_module", stub)
    return started


@pytest.mark.parametrize(
    ("arguments", "module", "rest"),
    [
        ([], "app.cli", []),
        (["--source", "0"], "app.cli", ["--source", "0"]),
        (["run", "--source", "teach"], "app.cli", ["--source", "teach"]),
        (["run", "--help"], "app.cli", ["--help"]),
        (["teach", "--data", "run"], "app.teach.__main__", ["--data", "run"]),
        (["doctor"], "app.doctor.__main__", []),
        (["day", "week"], "app.day.__main__", ["week"]),
        (["benchmark", "-h"], "app.benchmark.__main__", ["-h"]),
    ],
)
def test_the_first_word_chooses_the_command(calls: Calls, arguments: list[str], module: str, rest: list[str]) -> None:
    assert dispatcher.main(arguments) == 7
    assert calls == [(module, rest)]


def test_without_arguments_they_are_those_of_the_process(calls: Calls, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["daily-activity", "teach", "--data", "x"])
    dispatcher.main()
    assert calls == [("app.teach.__main__", ["--data", "x"])]


@pytest.mark.parametrize(("word", "expected"), [("tech", "teach"), ("clip.mp4", "--source clip.mp4"), ("", "run")])
def test_an_unknown_command_is_one_line(
    calls: Calls, capsys: pytest.CaptureFixture[str], word: str, expected: str
) -> None:
    assert dispatcher.main([word]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ") and error.count("\n") == 1
    assert repr(word) in error and expected in error
    assert calls == []


@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_help_names_every_command_and_starts_none(calls: Calls, capsys: pytest.CaptureFixture[str], flag: str) -> None:
    assert dispatcher.main([flag]) == 0
    out = capsys.readouterr().out
    assert all(name in out and line in out for name, (_, line) in dispatcher.COMMANDS.items())
    assert calls == []


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert dispatcher.main(["--version"]) == 0
    assert capsys.readouterr().out == f"{__version__}\n"


@pytest.mark.parametrize(
    ("started_as", "names"),
    [
        ("run_webcam.py", ["python -m app", "python run_webcam.py", "python -m app.teach", "python -m training"]),
        (
            "/env/bin/daily-activity",
            ["daily-activity", "daily-activity run", "daily-activity teach", "daily-activity-train"],
        ),
        (
            "/env/bin/daily-activity-train",
            ["daily-activity", "daily-activity run", "daily-activity teach", "daily-activity-train"],
        ),
    ],
)
def test_advice_names_what_the_user_started(monkeypatch: pytest.MonkeyPatch, started_as: str, names: list[str]) -> None:
    monkeypatch.setattr(sys, "argv", [str(Path(started_as)), "--flag"])
    assert [command.program(name) for name in ("", "run", "teach", "train")] == names


def test_the_wheel_knows_no_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "INSTALLED", True)
    monkeypatch.setattr(sys, "argv", ["app/__main__.py"])
    assert command.program("run") == "daily-activity run"
