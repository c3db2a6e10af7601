import numpy as np
import pytest

from app.overlay.colours import WHITE, dimmed, label_colour
from tests import toy


def test_every_label_has_its_own_bright_colour() -> None:
    colours = [label_colour(position) for position in range(12)]
    apart = [np.abs(np.subtract(one, other)).max() for i, one in enumerate(colours) for other in colours[:i]]
    assert min(apart) > 15
    assert all(max(colour) > 200 for colour in colours)
    assert colours == [label_colour(position) for position in range(12)]


@pytest.mark.parametrize("position", range(12))
def test_white_can_be_read_on_every_dimmed_colour(position: int) -> None:
    """WCAG asks for a contrast of 3 for large text."""
    white, bar = (toy.luminance(np.array(colour)) for colour in (WHITE, dimmed(label_colour(position))))
    assert (white + 0.05) / (bar + 0.05) >= 3
