import pytest

from tests.app.sinks.window.toolkit import Toolkit


@pytest.fixture
def toolkit(monkeypatch: pytest.MonkeyPatch) -> Toolkit:
    return Toolkit(monkeypatch)
