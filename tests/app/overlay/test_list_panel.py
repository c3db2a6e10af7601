import itertools

import numpy as np
import pytest

from app.overlay.colours import RED, WHITE
from app.overlay.list_panel import Panel, draw_panel
from tests.app.overlay.drawing import SIZES, Written, canvas

TEACH = Panel(
    "Teach",
    (("1", "Tea", "12"), ("2", "A very long name of a class that no list is wide enough for " * 3, "1234")),
    ("n: new class", "t: close"),
)
MANY = Panel("What is it really?", tuple((chr(97 + row), f"Class {row}", "") for row in range(9)), ("Esc: close",))
TOLD = Panel(
    "Learned in 2.1 s: 93% right",
    (("1", "Tea", "95% right"),),
    ("w: write model",),
    ("Warning: all captures of tea come from one burst, so the accuracy above is too high; capture again.", "Short."),
)
PICTURE = np.full((40, 40, 3), (250, 120, 10), np.uint8)  # RGB


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("panel", [TEACH, MANY, Panel("Name: tea_", (), ())], ids=["teach", "many", "title alone"])
def test_a_list_stays_inside_and_its_columns_apart(written: list[Written], size: tuple[int, int], panel: Panel) -> None:
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


def test_a_list_shows_keys_names_and_numbers(written: list[Written]) -> None:
    draw_panel(canvas(), TEACH)
    texts = [text for text, *_ in written]
    assert texts[:4] == ["Teach", "1", "Tea", "12"]
    assert texts[4] == "2" and texts[5].endswith("…") and texts[6:] == ["1234", "n: new class", "t: close"]
    assert written[3][2] == pytest.approx(written[6][2], abs=3), "numbers end below one another"


@pytest.mark.parametrize("size", SIZES)
def test_sentences_are_broken_into_lines_that_stay_inside(written: list[Written], size: tuple[int, int]) -> None:
    drawn = canvas(*size)
    draw_panel(drawn, TOLD)
    assert len({baseline for *_, baseline in written}) > 5
    words = " ".join(text for text, *_ in written)
    assert all(word in words for note in TOLD.notes for word in note.split())
    assert all(size[0] * 0.4 < left <= right <= size[0] for _, left, right, _ in written)
    assert all(0 < baseline < size[1] for *_, baseline in written)


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0, 7.0])
def test_progress_is_a_bar_below_the_title(share: float) -> None:
    drawn, without = canvas(), canvas()
    draw_panel(drawn, Panel("Learning", TEACH.rows, progress=share))
    draw_panel(without, Panel("Learning", TEACH.rows))
    changed = (drawn.image != without.image).any(axis=2)
    rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
    bar = drawn.image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    assert (bar == WHITE).all(axis=2).mean() == pytest.approx(min(share, 1), abs=0.02)


def test_the_row_that_is_worked_on_is_marked_and_blinks() -> None:
    def red(pulse: bool, active: int | None) -> np.ndarray:
        drawn = canvas()
        draw_panel(drawn, Panel("Teach", MANY.rows, active=active, pulse=pulse))
        return np.flatnonzero((drawn.image == RED).all(axis=2).any(axis=1))

    assert len(red(True, None)) == len(red(False, 1)) == 0
    first, second = red(True, 1), red(True, 2)
    assert 0 < first[-1] < second[0] == first[0] + len(first)


@pytest.mark.parametrize("count", [1, 5])
def test_small_images_stand_in_a_row_in_their_colours(count: int) -> None:
    drawn = canvas()
    draw_panel(drawn, Panel("Teach", TEACH.rows, TEACH.hints, images=(PICTURE,) * count))
    seen = (drawn.image == PICTURE[0, 0, ::-1]).all(axis=2)
    columns = np.flatnonzero(seen.any(axis=0))
    assert 1 + (np.diff(columns) > 1).sum() == count
    assert len(np.flatnonzero(seen.any(axis=1))) > 20
