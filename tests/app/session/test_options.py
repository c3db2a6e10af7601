"""From flags to options: what the command line hands to a session."""

import dataclasses
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import cli
from app.session import run
from app.session.options import AUTO, SessionOptions


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[SessionOptions]]:
    """The options of every session that would have run."""
    found: list[SessionOptions] = []
    monkeypatch.setattr(run, "run_session", lambda options, started_s: found.append(options))
    monkeypatch.setattr(cli, "prepare_process", lambda quiet: None)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield found
    for number, handler in handlers.items():
        signal.signal(number, handler)


def test_without_flags_they_are_the_defaults(given: list[SessionOptions]) -> None:
    assert cli.main([]) == 0
    assert given == [SessionOptions()] == [SessionOptions(sources=(AUTO,), window=True)]


def test_every_flag_arrives(given: list[SessionOptions]) -> None:
    flags = "--source 0 --source a.mp4 --model m.onnx --config c.yaml --record r.mp4 --log l.csv --predictions p.csv"
    more = "--overwrite --append --diary d --realtime --max-seconds 2.5 --set display.top=5 --set model=n.onnx"
    assert cli.main([*flags.split(), *more.split(), "--no-window", "--stats", "s.json"]) == 0
    assert given == [
        SessionOptions(
            sources=("0", "a.mp4"),
            model=Path("m.onnx"),
            config=Path("c.yaml"),
            overrides=("display.top=5", "model=n.onnx", "source.realtime=true"),
            record=Path("r.mp4"),
            log=Path("l.csv"),
            predictions=Path("p.csv"),
            stats=Path("s.json"),
            overwrite=True,
            append=True,
            diary=True,
            diary_folder=Path("d"),
            window=False,
            max_seconds=2.5,
        )
    ]


def test_a_diary_needs_no_folder(given: list[SessionOptions]) -> None:
    assert cli.main(["--diary", "--no-window"]) == 0
    assert given == [SessionOptions(diary=True, window=False)]


def test_they_do_not_change_on_the_way() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        SessionOptions().window = False  # type: ignore[misc]
