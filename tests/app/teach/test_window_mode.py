"""Teaching without a window: keys are pressed on it, and frames are shown to it."""

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from app.config.settings import InferenceSettings, TeachSettings
from app.entities import Activity, Frame, NewModel
from app.model.classifier import Classifier
from app.sinks.window.key_codes import BACKSPACE, ENTER, ESCAPE
from app.sinks.window.mode import WindowMode
from app.teach.held_key import HeldKey
from app.teach.window_mode import TeachMode

RETURN = ENTER[1]


class Stage:
    """A teach mode, what it says, and a camera before it."""

    def __init__(self, mode: WindowMode) -> None:
        self.mode = mode
        self.said: list[str] = []
        mode.say = self.said.append
        self._shown = 0
        self.activity = Activity("green", 0.6, 0.0, top=(("green", 0.6), ("blue", 0.3), ("red", 0.1)))

    def press(self, *keys: str | int) -> list[bool]:
        return [self.mode.press(ord(key) if isinstance(key, str) else key) for key in keys]

    def show(self, count: int) -> None:
        for _ in range(count):
            noise = np.random.default_rng(self._shown).integers(-30, 31, (48, 1, 3)).repeat(64, axis=1)
            image = np.clip(np.add(noise, (20, 200, 200)), 0, 255).astype(np.uint8)
            self.mode.see(Frame(image, self._shown, self._shown / 10, "cam"), self.activity)
            self._shown += 1

    def hold(self, key: str, count: int) -> None:
        for _ in range(count):
            self.press(key)
            self.show(1)

    def name(self, name: str) -> None:
        self.press("n", *name, RETURN)

    @property
    def title(self) -> str | None:
        panel = self.mode.panel()
        return None if panel is None else panel.title

    @property
    def rows(self) -> list[tuple[str, str, str]]:
        panel = self.mode.panel()
        assert panel is not None
        return list(panel.rows)

    def polls(self) -> NewModel | None:
        """What `poll` gives in the end: a model, or None when something was said instead."""
        before, deadline_s = len(self.said), time.monotonic() + 60
        while (found := self.mode.poll()) is None and len(self.said) == before:
            assert time.monotonic() < deadline_s
            time.sleep(0.02)
        return found


@pytest.fixture
def stage(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """In an empty folder; every frame is captured while a key is held, however fast they come."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(HeldKey, "is_due", lambda self: self._held_until_s > 0)
    mode = TeachMode(Classifier(model), TeachSettings(), InferenceSettings())
    yield Stage(mode)
    mode.close()


def files(folder: str) -> list[Path]:
    return sorted(Path(folder).glob("*/*.jpg"))


def test_closed_it_takes_only_t_and_c_and_touches_nothing(stage: Stage) -> None:
    assert stage.press("q", "1", "w", RETURN, ESCAPE) == [False] * 5
    stage.show(3)
    assert stage.title is None and stage.said == [] and list(Path().iterdir()) == []
    assert stage.press("t") == [True] and stage.title == "Teach"


@pytest.mark.parametrize("key", ["t", ESCAPE])
def test_it_is_closed_again(stage: Stage, key: str | int) -> None:
    assert stage.press("t", key) == [True, True]
    assert stage.title is None


def test_keys_that_mean_nothing_are_the_windows(stage: Stage) -> None:
    assert stage.press("t", "q", "s") == [True, False, False]


def test_a_class_is_named(stage: Stage) -> None:
    stage.press("t", "n", *"waves", BACKSPACE[0])
    assert stage.title == "Name: wave_"
    stage.press(RETURN)
    assert stage.title == "Teach" and stage.rows == [("1", "Wave", "0 of 20")]
    stage.press("n", "x", ESCAPE)
    assert stage.rows == [("1", "Wave", "0 of 20")], "not taken"


def test_a_name_that_cannot_be_is_told_and_can_be_fixed(stage: Stage) -> None:
    stage.press("t")
    stage.name("")
    assert len(stage.said) == 1 and stage.title == "Name: _"
    stage.press("a", RETURN)
    assert stage.rows == [("1", "A", "0 of 20")]


def test_a_held_number_captures_and_undo_takes_it_back(stage: Stage) -> None:
    stage.press("t")
    stage.name("tea")
    stage.hold("1", 3)
    assert stage.rows == [("1", "Tea", "3 of 20")] and len(files("captures/tea")) == 3
    stage.press("u")
    stage.show(2)
    assert stage.rows == [("1", "Tea", "0 of 20")] and files("captures/tea") == [], "and captures no more"
    said = len(stage.said)
    stage.press("u")
    assert len(stage.said) == said + 1


def test_a_number_without_a_class_says_what_to_do(stage: Stage) -> None:
    stage.press("t", "1")
    assert stage.said == ["n names a new class"]


def test_earlier_captures_are_there_at_once(stage: Stage) -> None:
    Path("captures/tea/monday").mkdir(parents=True)
    Path("captures/tea/monday/1.jpg").write_bytes(b"x")
    stage.press("t")
    assert stage.rows == [("1", "Tea", "1 of 20")]


def test_captures_that_cannot_be_listed_are_told(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    Path("captures").mkdir()
    with monkeypatch.context() as patched:
        patched.setattr(Path, "iterdir", refused)
        stage.press("t")
    assert len(stage.said) == 1 and "captures" in stage.said[0] and stage.title is None
    stage.press("t")
    assert stage.title == "Teach"


def test_a_disk_that_is_full_is_told(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.press("t")
    stage.name("tea")
    Path("captures").write_text("a file")
    stage.hold("1", 1)
    assert "captures" in stage.said[-1]
    said = len(stage.said)
    stage.show(3)
    assert len(stage.said) == said, "once"


def test_a_correction_keeps_the_last_second(stage: Stage) -> None:
    stage.show(30)
    stage.press("c")
    assert stage.rows == [("b", "Green", ""), ("d", "Blue", ""), ("a", "Red", "")], "the likeliest first"
    stage.show(5)
    assert stage.press("9", "b") == [True, True]
    assert stage.title is None and 5 <= len(files("captures/green")) <= 11
    stage.press("t", "c", "c")
    assert stage.title is None


def test_q_closes_a_correction_and_h_is_the_windows(stage: Stage) -> None:
    stage.show(30)
    assert stage.press("c", "h") == [True, False]
    assert stage.rows, "the list stays open behind the help"
    assert stage.press("q") == [True] and stage.title is None
    assert not Path("captures").exists() or not list(Path("captures").rglob("*.jpg"))
    assert stage.press("q") == [False], "which quits"


def test_it_learns_and_writes(stage: Stage) -> None:
    stage.press("t", "w")
    assert stage.said == ["Nothing new is learned: Enter learns"] and not Path("models").exists()
    stage.name("yellow")
    stage.hold("1", 6)
    stage.press(RETURN)
    assert stage.title is not None and stage.title.startswith("Learning...")
    found = stage.polls()
    assert found is not None and found.classifier.contract.labels == ("red", "green", "blue", "yellow")
    assert stage.title is not None and stage.title.startswith("Learned in")
    assert [row[:2] for row in stage.rows] == [("1", "Yellow")] and stage.rows[0][2].endswith("% right")
    panel = stage.mode.panel()
    assert panel is not None and any("one burst" in note for note in panel.notes), "nobody is sent to a terminal"
    assert stage.press(RETURN) == [True] and stage.title == "Teach"
    again = stage.mode.close()
    assert "--data captures" in again and "--only-new" not in again
    stage.press("c")
    assert len(stage.rows) == 4, "the new class can be corrected to"


def test_what_was_written_needs_no_advice_at_the_end(stage: Stage) -> None:
    stage.press("t")
    stage.name("yellow")
    stage.hold("1", 6)
    stage.press(RETURN)
    assert stage.polls() is not None
    stage.press("w")  # from what it says of the result
    (written,) = Path("models").iterdir()
    assert str(written) in stage.said[-1] and stage.mode.close() == ""


def test_a_mistake_in_what_is_taught_is_told(stage: Stage) -> None:
    stage.press("t", "k")  # the old classes go
    stage.name("yellow")
    stage.hold("1", 6)
    stage.press(RETURN)
    assert stage.polls() is None
    assert "two classes" in stage.said[-1] and stage.title == "Teach"


def test_an_error_that_nobody_expected_is_raised(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("app.teach.teach.teach", broken)
    stage.press("t", RETURN)
    with pytest.raises(ZeroDivisionError):
        stage.polls()


def test_while_a_class_is_captured_it_is_marked_with_its_newest_images(stage: Stage) -> None:
    stage.press("t")
    stage.name("tea")
    stage.name("book")
    stage.hold("2", 7)
    panel = stage.mode.panel()
    assert panel is not None and panel.active == 1 and len(panel.images) == 5
    assert panel.images[0].shape == panel.images[0].shape[:1] * 2 + (3,)
    time.sleep(0.2)  # longer than a key takes to repeat
    panel = stage.mode.panel()
    assert panel is not None and panel.active is None and panel.images == ()


def test_a_class_is_renamed(stage: Stage) -> None:
    stage.press("t")
    stage.name("tee")
    stage.hold("1", 3)
    stage.press("e", "9", "1")
    assert stage.title == "Name: tee_"
    stage.press(BACKSPACE[0], "a", RETURN)
    assert stage.rows == [("1", "Tea", "3 of 20")] and len(files("captures/tea")) == 3
    assert not Path("captures/tee").exists()
    stage.press("e", "1", ESCAPE)
    assert stage.title == "Teach"
    stage.name("book")
    assert [name for _, name, _ in stage.rows] == ["Tea", "Book"], "a name that was not taken is no name of the next"


def test_capitals_stay(stage: Stage) -> None:
    stage.press("t")
    stage.name("Playing the Piano")
    assert stage.rows == [("1", "Playing the Piano", "0 of 20")]


def test_a_class_is_deleted_when_it_is_said_twice(stage: Stage) -> None:
    stage.press("t")
    stage.name("tea")
    stage.hold("1", 3)
    stage.press("d", "1", ESCAPE)
    assert stage.rows == [("1", "Tea", "3 of 20")]
    stage.press("d", "1")
    assert stage.title == "Delete Tea?"
    stage.press("x")
    assert stage.title == "Delete Tea?"
    stage.press("d")
    assert stage.rows == [] and not Path("captures/tea").exists()
    assert ".deleted" in stage.said[-1] and len(list(Path("captures/.deleted").rglob("*.jpg"))) == 3


def test_without_a_class_there_is_none_to_delete(stage: Stage) -> None:
    stage.press("t", "d")
    assert stage.title == "Teach" and len(stage.said) == 1


def test_while_it_learns_no_class_is_renamed_or_deleted(stage: Stage) -> None:
    stage.press("t")
    stage.name("yellow")
    stage.hold("1", 6)
    stage.press(RETURN, "d")
    assert stage.title is not None and stage.title.startswith("Learning...") and len(stage.said) >= 1
    assert stage.polls() is not None


def test_a_model_of_an_earlier_session_is_offered_taken_up_and_written(stage: Stage, model: Path) -> None:
    stage.press("t")
    stage.name("yellow")
    stage.hold("1", 6)
    stage.press(RETURN)
    assert stage.polls() is not None
    later = Stage(TeachMode(Classifier(model), TeachSettings(), InferenceSettings()))  # as after a crash
    later.show(1)
    assert len(later.said) == 1
    later.show(1)
    assert len(later.said) == 1, "it is said once"
    later.press("t")
    panel = later.mode.panel()
    assert panel is not None and panel.hints[0].startswith("o:")
    later.press("o")
    found = later.mode.poll()
    assert found is not None and found.classifier.contract.labels == ("red", "green", "blue", "yellow")
    assert later.mode.close() != "" and later.press("w") == [True] and later.mode.close() == ""
    assert len(list(Path("models").iterdir())) == 1
    later.press("o")
    assert later.mode.poll() is None


def test_a_result_that_came_while_it_was_closed_waits(stage: Stage) -> None:
    stage.press("t")
    stage.name("yellow")
    stage.hold("1", 6)
    stage.press(RETURN, "t")
    assert stage.polls() is not None and stage.title is None
    stage.press("t")
    assert stage.title is not None and stage.title.startswith("Learned in")
    stage.press("t")
    assert stage.title is None


def test_a_correction_is_of_the_source_that_is_taught_from(stage: Stage) -> None:
    stage.show(30)
    image = np.zeros((48, 64, 3), np.uint8)
    stage.mode.see(Frame(image, 0, 0.0, "another camera"), stage.activity)
    stage.press("c", "b")
    assert len(files("captures/green")) == 1, "what the first one saw is forgotten"


def test_corrections_follow_what_was_renamed_deleted_and_named_since(stage: Stage) -> None:
    stage.press("t")
    for number, name in enumerate(("one", "two"), 1):
        stage.name(name)
        stage.hold(str(number), 6)
    stage.press(RETURN)
    assert stage.polls() is not None
    stage.press("e", "1", *"s", RETURN, "d", "2", "d")
    stage.name("three")
    stage.press("c")
    assert {name for _, name, _ in stage.rows} == {"Red", "Green", "Blue", "Ones", "Three"}
    stage.press("1")
    assert not Path("captures/one").exists() and not Path("captures/two").exists()
