"""That a window which is destroyed ends the session is in tests/app/sinks/window/test_window.py."""

import os
import time

import pytest
from Xlib import Xatom, display

from app.system import x_server
from app.system.x_window import XWindow
from tests.app import screen


@pytest.fixture(autouse=True)
def forgets() -> None:
    x_server.connect.cache_clear()


@pytest.mark.parametrize("name", ["", ":987"])
def test_without_an_x_server_no_window_is_gone(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("DISPLAY", name)
    assert not XWindow("Daily activity").is_gone()


@pytest.mark.skipif(bool(screen.missing()), reason=f"not installed: {screen.missing()}")
def test_a_window_that_never_was_is_not_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    with screen.virtual_screen() as name:
        monkeypatch.setenv("DISPLAY", name)
        window = XWindow("none of this name")
        assert not window.is_gone() and not window.is_gone()


@pytest.mark.skipif(bool(screen.missing()), reason=f"not installed: {screen.missing()}")
def test_a_window_of_one_colour_is_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    with screen.virtual_screen() as name:
        monkeypatch.setenv("DISPLAY", name)
        here = display.Display(name)
        root = here.screen().root
        made = root.create_window(0, 0, 64, 48, 0, here.screen().root_depth, background_pixel=0, override_redirect=True)
        made.set_wm_name("of one colour")
        made.change_property(here.intern_atom("_NET_WM_PID"), Xatom.CARDINAL, 32, [os.getpid()])
        made.map()
        here.sync()
        window = XWindow("of one colour")
        deadline_s = time.monotonic() + 20
        while not window.is_plain():
            assert time.monotonic() < deadline_s
            time.sleep(0.05)
        for number in range(60):
            colour = made.create_gc(foreground=number * 0x030507)
            made.fill_rectangle(colour, number, 0, 1, 48)
            colour.free()
        here.sync()
        assert not window.is_plain()
        window.forget()
        assert not window.is_plain() and not window.is_gone()
        here.close()
