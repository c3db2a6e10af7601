"""What a mode gets from the window, and what the window takes from it."""

from collections.abc import Callable
from pathlib import Path
from typing import cast

import numpy as np
import pytest

from app.config.settings import Settings
from app.entities import Activity, Command, Frame, NewModel
from app.model.classifier import Classifier
from app.overlay.list_panel import Panel
from app.overlay.overlay import Overlay
from app.sinks.recording.recorder import Recorder
from app.sinks.window.key_codes import TAB
from app.sinks.window.window import Window
from tests import toy
from tests.app.sinks.window.toolkit import Toolkit

ACTIVITY = Activity("eating", 0.9, 0.0, (("eating", 0.9),))


class Mode:
    """Takes the key x, and remembers what it is given."""

    def __init__(self) -> None:
        self.say: Callable[[str], None]
        self.pressed: list[int] = []
        self.seen: list[Frame] = []
        self.model: NewModel | None = None
        self.shown: Panel | None = None
        self.closed = 0
        self.sign = ""

    def press(self, key: int) -> bool:
        self.pressed.append(key)
        return key == ord("x")

    def see(self, frame: Frame, activity: Activity) -> None:
        self.seen.append(frame)

    def poll(self) -> NewModel | None:
        model, self.model = self.model, None
        return model

    def panel(self) -> Panel | None:
        return self.shown

    def mark(self) -> str:
        return self.sign

    def help(self) -> tuple[tuple[str, str], ...]:
        return ()

    def close(self) -> str:
        self.closed += 1
        return "the last line"


@pytest.fixture
def mode() -> Mode:
    return Mode()


@pytest.fixture
def window(toolkit: Toolkit, mode: Mode, tmp_path: Path) -> Window:
    sources = [toy.Pictures([], name=name) for name in ("one", "two")]
    overlay, settings = Overlay(["eating"], Settings().display), Settings()
    return Window(sources, overlay, Recorder(settings.record, overlay, ["one", "two"]), settings, mode)


def show(window: Window, source_id: str = "one", index: int = 0) -> Frame:
    frame = Frame(toy.plain(toy.GREY, 640, 360), index, index / 10, source_id)
    window.write(frame, ACTIVITY)
    return frame


def test_it_sees_every_frame_of_the_first_source_only(window: Window, mode: Mode) -> None:
    frames = [show(window, source_id, index) for index in range(3) for source_id in ("one", "two")]
    assert mode.seen == frames[::2]


def test_tab_chooses_the_source_that_it_works_on(window: Window, mode: Mode, toolkit: Toolkit) -> None:
    mode.shown = Panel("Teach", (("1", "Tea", "3"),), ("t: close",))
    show(window)
    show(window, "two")
    left, right = toolkit.shown[-1][40:200, 320:640], toolkit.shown[-1][40:200, 960:]
    toolkit.code = TAB
    assert window.poll() is None
    toolkit.code = -1
    assert np.array_equal(toolkit.shown[-1][40:200, 960:], left) and np.array_equal(
        toolkit.shown[-1][40:200, 320:640], right
    ), "the panel is in the other tile"
    mode.seen.clear()
    frames = [show(window, source_id, 1) for source_id in ("one", "two")]
    assert mode.seen == frames[1:]


def test_it_takes_its_keys_before_the_window_does(window: Window, mode: Mode, toolkit: Toolkit) -> None:
    show(window)
    toolkit.code = ord("x")
    assert window.poll() is None
    toolkit.code = ord("q")
    assert window.poll() is Command.QUIT
    assert mode.pressed == [ord("x"), ord("q")]


def test_its_model_is_handed_over_once(window: Window, mode: Mode) -> None:
    model = mode.model = NewModel(cast(Classifier, None))
    assert window.poll() is None, "no window yet"
    show(window)
    assert window.poll() is model
    assert window.poll() is None


def test_its_panel_and_its_notes_are_drawn(window: Window, mode: Mode, toolkit: Toolkit) -> None:
    """On the right half of the first tile, and along its bottom."""
    show(window)
    before = toolkit.shown[-1][:360, :640]
    mode.shown = Panel("Teach", (("1", "Tea", "3"),), ("t: close",))
    show(window)
    with_panel = toolkit.shown[-1][:360, :640]
    assert not np.array_equal(with_panel[40:200, 320:], before[40:200, 320:])
    mode.say("Learned")
    show(window)
    with_note = toolkit.shown[-1][:360, :640]
    assert not np.array_equal(with_note[-60:-10], with_panel[-60:-10])


def test_its_sign_is_drawn_in_the_upper_right(window: Window, mode: Mode, toolkit: Toolkit) -> None:
    show(window)
    before = toolkit.shown[-1][:30, 320:560].copy()
    mode.sign = "Truth: Eating"
    show(window)
    assert not np.array_equal(toolkit.shown[-1][:30, 320:560], before)


def test_its_last_line_goes_to_the_terminal(window: Window, mode: Mode, capsys: pytest.CaptureFixture[str]) -> None:
    show(window)
    window.close()
    assert mode.closed == 1
    assert capsys.readouterr().out == "the last line\n"
