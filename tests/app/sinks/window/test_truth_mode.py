"""Which key marks what."""

from collections.abc import Callable
from pathlib import Path

import pytest

from app.entities import Activity, Frame
from app.score.truth.read import read_segments
from app.sinks.window.choice_keys import LETTER_KEYS
from app.sinks.window.key_codes import ESCAPE
from app.sinks.window.modes import Modes
from app.sinks.window.truth_mode import TruthMode
from tests import toy
from tests.app.sinks.window.test_mode import Mode

LABELS = tuple(f"activity {number}" for number in range(1, 13))


class Marking:
    """A mode, the notes that it shows, and what it has written."""

    def __init__(self, path: Path) -> None:
        self.path, self.notes = path, list[str]()
        self.labels = LABELS
        self.mode = TruthMode(path, lambda: self.labels)
        self.mode.say = self.notes.append

    def sees(self, time_s: float, *likeliest: str) -> None:
        top = tuple((label, 0.5) for label in likeliest)
        self.mode.see(Frame(toy.plain(toy.GREY), 0, time_s, "camera 0"), Activity(None, 0.5, 0.0, top))

    def presses(self, keys: str) -> list[bool]:
        return [self.mode.press(ord(key)) for key in keys]

    def rows(self) -> list[tuple[str, float, float]]:
        segments = read_segments(self.path).get("camera 0", [])
        return [(one.label, one.start_s, one.end_s) for one in segments]


@pytest.fixture
def marking(tmp_path: Path) -> Marking:
    return Marking(tmp_path / "truth.csv")


def test_a_number_marks_while_the_list_is_closed(marking: Marking) -> None:
    marking.sees(1.0)
    assert marking.presses("2") == [True]
    assert marking.mode.mark() == "Truth: Activity 2"
    marking.sees(3.0)
    assert str(marking.path) in marking.mode.close()
    assert marking.rows() == [("activity 2", 1.0, 3.0)]


def test_a_letter_marks_only_in_the_list_which_then_closes(marking: Marking) -> None:
    marking.sees(1.0)
    tenth = LETTER_KEYS[9]
    assert marking.presses(f"{tenth}g") == [False, True]
    panel = marking.mode.panel()
    assert panel is not None
    assert {row[:2] for row in panel.rows} >= {("0", "Nobody"), ("1", "Activity 1"), (tenth, "Activity 10")}
    assert marking.presses(tenth) == [True]
    assert marking.mode.panel() is None
    assert marking.mode.mark() == "Truth: Activity 10"


def test_the_list_begins_with_the_likeliest_and_shows_the_mark(marking: Marking) -> None:
    marking.sees(1.0, "activity 7", "activity 3")
    marking.presses("3g")
    panel = marking.mode.panel()
    assert panel is not None
    assert [row[0] for row in panel.rows[:2]] == ["7", "3"]
    assert panel.active == 1


@pytest.mark.parametrize("key", [ord("g"), ord("q"), ESCAPE])
def test_the_list_closes_without_a_mark(marking: Marking, key: int) -> None:
    marking.sees(1.0)
    marking.presses("g")
    assert marking.mode.press(key)
    assert marking.mode.panel() is None
    assert not marking.mode.press(ESCAPE) and not marking.mode.press(ord("q")), "which quit, as without --truth"
    assert "Truth" not in marking.mode.mark()


def test_the_point_and_undo(marking: Marking) -> None:
    for time_s, key in ((0.0, "1"), (1.0, "."), (2.0, "2"), (3.0, "u"), (4.0, "u"), (5.0, "."), (6.0, "0")):
        marking.sees(time_s)
        marking.presses(key)
    marking.sees(7.0)
    marking.mode.close()
    assert marking.rows() == [("activity 1", 0.0, 5.0), ("nobody", 6.0, 7.0)]


def test_undo_without_a_mark_says_so(marking: Marking) -> None:
    marking.sees(0.0)
    marking.presses("u")
    assert marking.notes == ["Nothing to undo"]


def test_keys_follow_a_model_that_was_taught(marking: Marking) -> None:
    marking.sees(0.0)
    marking.labels = ("tea", "coffee")
    marking.presses("2")
    assert marking.mode.mark() == "Truth: Coffee"
    assert marking.presses("3") == [False]


def test_the_session_goes_on_where_the_file_cannot_be_written(marking: Marking, room: Callable[..., object]) -> None:
    marking.sees(0.0)
    marking.presses("1")
    marking.sees(1.0)
    with room(10):  # type: ignore[attr-defined]
        marking.presses("2")
    assert "truth.csv" in marking.notes[-1]
    marking.sees(2.0)
    marking.mode.close()
    assert marking.rows() == [("activity 1", 0.0, 1.0), ("activity 2", 1.0, 2.0)]


def test_several_modes_are_asked_in_turn_the_open_one_first(marking: Marking) -> None:
    other = Mode()
    modes = Modes([other, marking.mode])
    modes.say = marking.notes.append
    marking.sees(0.0)
    assert modes.press(ord("x")) and other.pressed == [ord("x")]
    assert modes.press(ord("1")) and marking.mode.mark() == "Truth: Activity 1"
    assert modes.press(ord("g")) and modes.panel() is not None
    assert modes.press(ord("x")), "the list takes all letters"
    assert other.pressed == [ord("x"), ord("1"), ord("g")]
    assert modes.close().splitlines()[0] == "the last line"
    other.say("told")
    assert marking.notes[-1] == "told"
