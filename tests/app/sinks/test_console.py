import pytest

from app.entities import Activity, Command, Frame
from app.sinks.console import Console
from tests.toy import RED, plain


def show(console: Console, time_s: float, label: str | None, confidence: float = 0.87, source: str = "cam") -> None:
    console.write(Frame(plain(RED, 4, 4), 0, time_s, source), Activity(label, confidence, time_s))


def lines(capsys: pytest.CaptureFixture[str]) -> list[list[str]]:
    return [line.split() for line in capsys.readouterr().out.splitlines()]


def test_a_line_a_change(capsys: pytest.CaptureFixture[str]) -> None:
    with Console(several=False) as console:
        for index in range(10):
            show(console, index / 10, "eating" if index < 6 else "washing_dishes")
    assert lines(capsys) == [["0.0", "s", "Eating", "87%"], ["0.6", "s", "Washing", "dishes", "87%"]]


def test_unsure_has_no_percentage(capsys: pytest.CaptureFixture[str]) -> None:
    show(Console(several=False), 0.0, None)
    assert lines(capsys) == [["0.0", "s", "Unsure"]]


def test_other_has_no_percentage_either(capsys: pytest.CaptureFixture[str]) -> None:
    show(Console(several=False), 0.0, "other")
    assert lines(capsys) == [["0.0", "s", "Other"]]


def test_nobody_is_not_unsure(capsys: pytest.CaptureFixture[str]) -> None:
    console = Console(several=False)
    show(console, 0.0, None)
    console.write(Frame(plain(RED, 4, 4), 1, 1.0, "cam"), Activity(None, 0.5, 1.0, nobody=True))
    assert lines(capsys) == [["0.0", "s", "Unsure"], ["1.0", "s", "Nobody"]]


def test_several_sources_are_named_and_kept_apart(capsys: pytest.CaptureFixture[str]) -> None:
    console = Console(several=True)
    for source, label in (("one", "a"), ("two", "a"), ("one", "a"), ("two", None), ("one", "a")):
        show(console, 1.0, label, source=source)
    assert [line[2:4] for line in lines(capsys)] == [["one", "A"], ["two", "A"], ["two", "Unsure"]]


@pytest.mark.parametrize("label", ["먹기", "يأكل", "naïve"])
def test_any_script(capsys: pytest.CaptureFixture[str], label: str) -> None:
    show(Console(several=False), 0.0, label)
    assert label[1:] in capsys.readouterr().out


def test_a_line_is_out_at_once(capfd: pytest.CaptureFixture[str]) -> None:
    console = Console(several=False)
    show(console, 0.0, "a")
    assert "A 87%" in capfd.readouterr().out


def test_after_a_gap_the_label_is_said_again(capsys: pytest.CaptureFixture[str]) -> None:
    console = Console(several=False)
    for restarted in (False, False, True):
        frame = Frame(plain(RED, 4, 4), 0, 1.0, "cam")
        console.write(frame, Activity("eating", 0.9, 1.0, restarted=restarted))
    assert len(lines(capsys)) == 2


def test_it_quits_when_nobody_reads_the_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    console = Console(several=False)
    assert console.poll() is None
    answers = iter([True, False, True])  # as `say` answers: False once, then the lines go nowhere
    monkeypatch.setattr("app.sinks.console.say", lambda line: next(answers))
    show(console, 0.0, "eating", source="one")
    assert console.poll() is None
    show(console, 0.1, "walking", source="one")
    show(console, 0.1, "walking", source="two")
    assert console.poll() is Command.QUIT
