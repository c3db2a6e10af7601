"""The window itself is in tests/app/sinks/window/test_window.py; here is what completes OpenCV's keys."""

import os
import time
from collections.abc import Iterator
from typing import Any

import pytest
from Xlib import Xatom, display

from app.system import x_server
from app.system.x_keys import XKeys
from app.system.x_window import XWindow
from tests.app import screen

TITLE = "takes keys"
ESCAPE = 27


@pytest.fixture
def person(monkeypatch: pytest.MonkeyPatch) -> Iterator[screen.Person]:
    """Somebody before a window of this process."""
    if screen.missing():
        pytest.skip(f"not installed: {screen.missing()}")
    x_server.connect.cache_clear()
    with screen.virtual_screen() as name:
        monkeypatch.setenv("DISPLAY", name)
        here = display.Display(name)
        root, depth = here.screen().root, here.screen().root_depth
        made = root.create_window(0, 0, 64, 48, 0, depth, override_redirect=True)
        made.set_wm_name(TITLE)
        made.change_property(here.intern_atom("_NET_WM_PID"), Xatom.CARDINAL, 32, [os.getpid()])
        made.map()
        here.sync()
        someone = screen.Person(name)
        someone.finds(TITLE)
        yield someone
        someone.leaves()
        here.close()


@pytest.fixture
def keys(person: screen.Person) -> XKeys:
    window = XWindow(TITLE)
    listening = XKeys(window)
    assert window.find() is not None and listening.up_to(None) == []
    return listening


def press(person: screen.Person, *names: str) -> None:
    for name in names:
        person.presses(name)
        time.sleep(0.002)  # a key that goes up and down within a millisecond of the server's clock is one that is held


def test_the_keys_before_the_last_are_told_in_order(person: screen.Person, keys: XKeys) -> None:
    press(person, "s", "m", "s", "Escape")
    assert keys.up_to(ESCAPE) == [ord("s"), ord("m"), ord("s"), ESCAPE]
    press(person, "q")
    assert keys.up_to(ord("q")) == [ord("q")]


def test_a_key_that_opencv_has_not_told_waits_for_it(person: screen.Person, keys: XKeys) -> None:
    press(person, "s", "q")
    assert keys.up_to(None) == []
    assert keys.up_to(ord("s")) == [ord("s")]
    assert keys.up_to(ord("q")) == [ord("q")]


def test_a_key_that_was_told_early_is_not_told_again(person: screen.Person, keys: XKeys) -> None:
    """OpenCV had heard of the first alone."""
    press(person, "s", "s")
    assert keys.up_to(ord("s")) == [ord("s")] * 2
    assert keys.up_to(ord("s")) == []
    press(person, "s")
    assert keys.up_to(ord("s")) == [ord("s")]


def test_a_key_of_another_layout_is_what_opencv_calls_it(person: screen.Person, keys: XKeys) -> None:
    press(person, "s", "q")
    assert keys.up_to(0x6CA) == [0x6CA]
    assert keys.up_to(None) == []
    press(person, "q")
    assert keys.up_to(ord("q")) == [ord("q")]


def test_a_key_that_is_held_counts_once_between_two_images(person: screen.Person, keys: XKeys) -> None:
    with person.holding("s"):
        server = x_server.x_server()
        assert server is not None
        repeats = 0
        while repeats < 3:  # until the server has repeated it
            server.wait()
            repeats = len([press for press in _heard(keys) if press.repeats])
    assert keys.up_to(ord("s")) == [ord("s")]


def _heard(keys: XKeys) -> list[Any]:
    keys.up_to(None)
    return keys._presses


def test_without_an_x_server_there_is_what_opencv_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    keys = XKeys(XWindow(TITLE))
    assert keys.up_to(ord("s")) == [ord("s")] and keys.up_to(None) == []
