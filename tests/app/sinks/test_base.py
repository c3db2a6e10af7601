import pytest

from app.entities import Activity, Frame
from app.sinks.base import Sink


class Counter(Sink):
    """Counts how often it is closed."""

    name = "counter"
    closed = 0

    def write(self, frame: Frame, activity: Activity) -> None:
        pass

    def close(self) -> None:
        self.closed += 1


def test_a_sink_is_closed_on_every_way_out() -> None:
    calm, hurt = Counter(), Counter()
    with calm as entered:
        assert entered is calm
        assert calm.poll() is None
    with pytest.raises(KeyboardInterrupt), hurt:
        raise KeyboardInterrupt
    assert (calm.closed, hurt.closed) == (1, 1)
