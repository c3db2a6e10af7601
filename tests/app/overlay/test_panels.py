import itertools
from typing import Any

import cv2
import numpy as np
import pytest

from app.arrays import Image
from app.overlay.canvas import Canvas
from app.overlay.colours import RED
from app.overlay.panels import HELP, Panel, draw_help, draw_note, draw_panel, draw_rate
from tests import toy

SIZES = [(320, 240), (641, 361), (1280, 720), (720, 1280), (3840, 2160)]
TEACH = Panel(
    "Teach",
    (("1", "Tea", "12"), ("2", "A very long name of a class that no list is wide enough for " * 3, "1234")),
    ("n: new class", "t: close"),
)
MANY = Panel("What is it really?", tuple((chr(97 + row), f"Class {row}", "") for row in range(9)), ("Esc: close",))


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int, int, int]]:
    """(text, left, right, baseline) of each piece of text that is drawn."""
    pieces: list[tuple[str, int, int, int]] = []
    write = cv2.putText

    def listen(image: Image, text: str, at: tuple[int, int], *style: Any) -> Any:
        end, box = write(image, text, at, *style)
        pieces.append((text, at[0], int(end[0]), at[1]))
        return end, box

    monkeypatch.setattr(cv2, "putText", listen)
    return pieces


def canvas(width: int = 1280, height: int = 720) -> Canvas:
    return Canvas(toy.plain(toy.GREY, width, height))


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
def test_the_rate_stands_in_the_upper_right_corner(
    written: list[tuple[str, int, int, int]], size: tuple[int, int]
) -> None:
    drawn = canvas(*size)
    draw_rate(drawn, "30 fps, 10 classified", recording=True)
    ((_, left, right, baseline),) = written
    assert size[0] / 3 < left < right < size[0]
    assert 0 < baseline < size[1] / 5
    assert dark(drawn.image)[1].stop <= size[0]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("note", ["Recording", "Saved " + "snapshots/" * 40, "הקלטה"], ids=["short", "long", "hebrew"])
def test_a_note_stands_in_the_middle_above_the_strip(
    written: list[tuple[str, int, int, int]], size: tuple[int, int], note: str
) -> None:
    drawn = canvas(*size)
    draw_note(drawn, note)
    ((_, left, right, baseline),) = written
    assert abs((left + right) / 2 - size[0] / 2) < size[0] / 30
    assert size[1] * 0.8 < baseline < size[1]
    assert dark(drawn.image)[0].stop < size[1]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("panel", [TEACH, MANY, Panel("Name: tea_", (), ())], ids=["teach", "many", "title alone"])
def test_a_list_stays_inside_and_its_columns_apart(
    written: list[tuple[str, int, int, int]], size: tuple[int, int], panel: Panel
) -> None:
    drawn = canvas(*size)
    draw_panel(drawn, panel)
    lines = sorted({baseline for *_, baseline in written})
    assert len(lines) == 1 + len(panel.rows) + len(panel.hints)
    assert len({int(step) for step in np.diff(lines)}) <= 1, "evenly spaced"
    for text, left, right, baseline in written:
        assert size[0] * 0.4 < left <= right <= size[0], text
        assert 0 < baseline < size[1], text
    for line in lines:
        row = [piece for piece in written if piece[3] == line]
        assert all(one[2] <= other[1] for one, other in itertools.pairwise(row)), row


def test_a_list_shows_keys_names_and_numbers(written: list[tuple[str, int, int, int]]) -> None:
    draw_panel(canvas(), TEACH)
    texts = [text for text, *_ in written]
    assert texts[:4] == ["Teach", "1", "Tea", "12"]
    assert texts[4] == "2" and texts[5].endswith("…") and texts[6:] == ["1234", "n: new class", "t: close"]
    assert written[3][2] == pytest.approx(written[6][2], abs=3), "numbers end below one another"


@pytest.mark.parametrize("size", SIZES)
def test_the_help_stands_in_the_middle_and_names_every_key(
    written: list[tuple[str, int, int, int]], size: tuple[int, int]
) -> None:
    drawn = canvas(*size)
    draw_help(drawn)
    assert [text for text, *_ in written] == [text for row in HELP for text in row]
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
    draw_panel(drawn, MANY)
    draw_help(drawn)
    assert drawn.image.shape == (size[1], size[0], 3)
