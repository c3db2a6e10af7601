"""That a window which is destroyed ends the session is in tests/app/sinks/window/test_window.py."""

import pytest

from app.system import x_window
from app.system.x_window import XWindow
from tests.app import screen


@pytest.fixture(autouse=True)
def forgets() -> None:
    x_window._server.cache_clear()


@pytest.mark.parametrize("display", ["", ":987"])
def test_without_an_x_server_no_window_is_gone(monkeypatch: pytest.MonkeyPatch, display: str) -> None:
    monkeypatch.setenv("DISPLAY", display)
    assert not XWindow("Daily activity").is_gone()


@pytest.mark.skipif(bool(screen.missing()), reason=f"not installed: {screen.missing()}")
def test_a_window_that_never_was_is_not_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    with screen.virtual_screen() as display:
        monkeypatch.setenv("DISPLAY", display)
        window = XWindow("none of this name")
        assert not window.is_gone() and not window.is_gone()
