import os

import pytest

from app.system import x_server
from app.system.shift import writes_capitals
from tests.app import screen


@pytest.fixture(autouse=True)
def asked_anew() -> None:
    x_server.connect.cache_clear()


def test_without_a_display_nothing_is_capital(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    assert not writes_capitals()
    x_server.connect.cache_clear()
    monkeypatch.setenv("DISPLAY", ":4711")
    assert not writes_capitals()


@pytest.mark.skipif(bool(screen.missing()), reason=f"not installed: {screen.missing()}")
def test_shift_makes_capitals_as_long_as_it_is_held(display: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "DISPLAY", display)
    person = screen.Person(display)
    assert not writes_capitals()
    with person.holding("Shift_L"):
        assert writes_capitals()
    assert not writes_capitals()
    person.leaves()
