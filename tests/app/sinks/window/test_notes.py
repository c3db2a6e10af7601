"""What the window says, and in which tile."""

from pathlib import Path
from typing import Any

import pytest

from app.arrays import Image
from app.config.settings import RecordSettings, Settings
from app.entities import Activity, Command, Frame
from app.overlay.overlay import Overlay
from app.sinks.recording.recorder import Recorder
from app.sinks.window.key_codes import TAB
from app.sinks.window.truth_mode import TruthMode
from app.sinks.window.window import Window
from tests import toy
from tests.app.sinks.window.toolkit import Toolkit

ACTIVITY = Activity("eating", 0.9, 0.0, (("eating", 0.9),))


class Told(Overlay):
    """Remembers what it was last asked to draw on each source."""

    def __init__(self) -> None:
        super().__init__(["eating", "reading"], Settings().display)
        self.on: dict[str, dict[str, Any]] = {}

    def draw(self, image: Image, source_id: str, **what: Any) -> Image:
        if what:  # recordings are drawn without
            self.on[source_id] = what
        return super().draw(image, source_id, **what)


class Stage:
    """A window of some sources, its keys, and what it shows."""

    def __init__(self, toolkit: Toolkit, folder: Path, *names: str, truth: bool = False) -> None:
        self._toolkit, self._names, self._count = toolkit, names, 0
        self.told, self.folder = Told(), folder / "recordings"
        settings = Settings(record=RecordSettings(folder=str(self.folder), preset="ultrafast"))
        self.recorder = Recorder(settings.record, self.told, list(names))
        mode = TruthMode(folder / "truth.csv", lambda: self.told.labels) if truth else None
        sources = [toy.Pictures([], name=name) for name in names]
        self._window = Window(sources, self.told, self.recorder, settings, mode)
        self.moves_on()

    def moves_on(self) -> None:
        for name in self._names:
            frame = Frame(toy.plain(toy.GREY, 640, 360), self._count, self._count / 10, name)
            self.recorder.write(frame, ACTIVITY)
            self._window.write(frame, ACTIVITY)
        self._count += 1

    def press(self, key: str | int) -> Command | None:
        self._toolkit.code = key if isinstance(key, int) else ord(key)
        command = self._window.poll()
        self._toolkit.code = -1
        assert command is None or isinstance(command, Command)
        return command

    def note(self, name: str = "one") -> str:
        return str(self.told.on[name]["note"])

    def recordings(self) -> list[Path]:
        return sorted(self.folder.glob("*.mp4"))


@pytest.fixture
def stage(toolkit: Toolkit, tmp_path: Path) -> Stage:
    return Stage(toolkit, tmp_path, "one")


@pytest.fixture
def two(toolkit: Toolkit, tmp_path: Path) -> Stage:
    return Stage(toolkit, tmp_path, "one", "two", truth=True)


def test_a_recording_without_an_image_is_never_told_as_recorded(stage: Stage) -> None:
    assert stage.press(" ") is Command.PAUSE
    stage.press("r")
    assert "begins when the image moves on" in stage.note() and stage.told.on["one"]["recording"]
    stage.press("r")
    assert "Nothing was recorded" in stage.note() and not stage.told.on["one"]["recording"]
    assert stage.recordings() == []


def test_a_recording_that_was_begun_while_held_begins_with_the_next_image(stage: Stage) -> None:
    for key in " r ":
        stage.press(key)
    stage.moves_on()
    stage.moves_on()
    stage.press("r")
    (recording,) = stage.recordings()
    assert stage.note().startswith("Recorded ") and str(recording) in stage.note()


def test_paused_stays_to_be_read_beside_other_news(stage: Stage) -> None:
    stage.press(" ")
    assert stage.note() == "Paused"
    for key in "rrl":
        stage.press(key)
        assert stage.note().startswith("Paused. ") and len(stage.note()) > len("Paused. ")
    stage.press(" ")
    assert stage.note() == ""


def test_a_mark_is_told_in_the_tile_of_its_source_alone(two: Stage) -> None:
    two.press("1")
    assert two.note("one") == "From now on: Eating" and two.note("two") == ""
    two.press(TAB)
    assert two.note("one") == "" and two.note("two") != ""
    two.moves_on()
    two.press("2")
    assert two.note("one") == "" and two.note("two") == "From now on: Reading"
    assert two.told.on["one"]["mark"] == "" and two.told.on["two"]["mark"] == "Truth: Reading"


def test_what_concerns_all_is_told_in_every_tile(two: Stage) -> None:
    two.press("r")
    assert two.note("one") == two.note("two") == "Recording"


def test_the_help_names_the_keys_of_the_truth_where_they_mark(two: Stage, stage: Stage) -> None:
    for one in (two, stage):
        one.press("h")
        assert one.told.on["one"]["help_shown"]
    keys = " ".join(key for key, _ in two.told.on["one"]["more_help"])
    assert keys.split() == ["1-9", "0", "g", ".", "u"]
    assert not stage.told.on["one"]["more_help"]


def test_q_in_the_list_of_the_truth_closes_it_and_h_helps(two: Stage) -> None:
    two.press("g")
    assert two.told.on["one"]["panel"] is not None
    assert two.press("h") is None and two.told.on["one"]["help_shown"]
    assert two.press("q") is None and two.told.on["one"]["panel"] is None
    assert two.told.on["one"]["mark"] == "g: what is it?", "nothing is marked"
    assert two.press("q") is Command.QUIT
