import numpy as np
import pytest

from app.arrays import Image
from app.overlay.colours import RED
from app.overlay.list_panel import Panel, draw_panel
from app.overlay.panels import HELP, draw_help, draw_note, draw_rate
from tests.app.overlay.drawing import SIZES, Written, canvas

TRUTH_HELP = (("1-9  0", "truth: a class, nobody"), ("g", "truth: all classes"), (".  u", "truth: not known, undo"))


def dark(image: Image) -> tuple[slice, slice]:
    """The rectangle of what was darkened, which is a panel."""
    rows, columns = (np.flatnonzero((image < 60).all(axis=2).any(axis=axis)) for axis in (1, 0))
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)


@pytest.mark.parametrize("recording", [True, False])
def test_recording_shows_a_red_dot_before_the_rate(recording: bool) -> None:
    drawn = canvas(640, 480)
    draw_rate(drawn, "30 fps", recording=recording)
    red = (np.abs(drawn.image.astype(int) - RED).max(axis=2) < 20).sum()
    assert (red > 30) == recording


@pytest.mark.parametrize("size", SIZES)
def test_the_rate_stands_in_the_upper_right_corner(written: list[Written], size: tuple[int, int]) -> None:
    drawn = canvas(*size)
    draw_rate(drawn, "30 fps, 10 classified", recording=True)
    ((_, left, right, baseline),) = written
    assert size[0] / 3 < left < right < size[0]
    assert 0 < baseline < size[1] / 5
    assert dark(drawn.image)[1].stop <= size[0]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("note", ["Recording", "Saved " + "snapshots/" * 40, "הקלטה"], ids=["short", "long", "hebrew"])
def test_a_note_stands_in_the_middle_above_the_strip(written: list[Written], size: tuple[int, int], note: str) -> None:
    drawn = canvas(*size)
    draw_note(drawn, note)
    ((_, left, right, baseline),) = written
    assert abs((left + right) / 2 - size[0] / 2) < size[0] / 30
    assert size[1] * 0.8 < baseline < size[1]
    assert dark(drawn.image)[0].stop < size[1]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("more", [(), TRUTH_HELP], ids=["", "truth"])
def test_the_help_stands_in_the_middle_and_names_every_key(
    written: list[Written], size: tuple[int, int], more: tuple[tuple[str, str], ...]
) -> None:
    drawn = canvas(*size)
    draw_help(drawn, more)
    assert [text for text, *_ in written] == [text for row in (*HELP, *more) for text in row]
    rows, columns = dark(drawn.image)
    assert abs(rows.start + rows.stop - size[1]) <= 2
    assert abs(columns.start + columns.stop - size[0]) <= 2
    assert all(columns.start < left <= right < columns.stop for _, left, right, _ in written)
    assert all(rows.start < baseline < rows.stop for *_, baseline in written)


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (7, 200), (200, 7)])
def test_an_image_too_small_for_any_panel_is_no_error(size: tuple[int, int]) -> None:
    drawn = canvas(*size)
    draw_rate(drawn, "30 fps", recording=True)
    draw_note(drawn, "Recording")
    draw_panel(drawn, Panel("What is it?", (("a", "Tea", "3"),), ("Esc: close",), ("A sentence.",), 0.5, 0))
    draw_help(drawn)
    assert drawn.image.shape == (size[1], size[0], 3)
