import numpy as np
import pytest

from app.images.lettering import cut_text, fitting_size, put_text, text_width, wrapped
from tests import toy

TEXTS = ["Eating", "먹기", "吃饭", "ест", "τρώει", "מים", "يأكل", "crème brûlée", "w" * 50, "100 %"]


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_is_as_wide_as_it_is_drawn(text: str) -> None:
    image = toy.plain((0, 0, 0), 3000, 100)
    end = put_text(image, text, (10, 60), 30, (255, 255, 255), 700)
    columns = np.flatnonzero(image.any(axis=(0, 2)))
    assert columns[-1] - 10 == pytest.approx(text_width(text, 30), abs=8), "a letter ends with a little space"
    assert end - 10 == pytest.approx(text_width(text, 30), abs=2)


def test_width_grows_with_the_size_and_is_zero_for_nothing() -> None:
    assert text_width("", 30) == 0
    widths = [text_width("Eating", size) for size in (8, 16, 32, 64)]
    assert widths == sorted(set(widths))


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("width", [1, 30, 60, 200, 10_000])
def test_what_is_cut_fits_and_begins_as_the_text_does(text: str, width: int) -> None:
    cut = cut_text(text, 30, width)
    assert text_width(cut, 30) <= width
    if text_width(text, 30) <= width:
        assert cut == text
    elif cut:
        assert cut.endswith("…") and text.startswith(cut[:-1])
        longer = f"{text[: len(cut)]}…"
        assert text_width(longer, 30) > width, "not one letter more fits"


@pytest.mark.parametrize("width", [-5, 0, 1])
def test_no_room_leaves_no_text(width: int) -> None:
    assert cut_text("Eating", 30, width) == ""


def test_a_lighter_text_is_cut_later() -> None:
    room = text_width("washing the dishes", 20, 400)
    assert cut_text("washing the dishes", 20, room, weight=400) == "washing the dishes"
    assert cut_text("washing the dishes", 20, room, weight=900).endswith("…")


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("width", [20, 60, 150, 10_000])
def test_a_fitting_size_fits_or_is_the_least(text: str, width: int) -> None:
    size = fitting_size(text, 40, width, least=6)
    assert 6 <= size <= 40
    assert size == 6 or text_width(text, size) <= width + 2
    assert size == 40 or text_width(text, 40) > width


def test_right_to_left_scripts_are_drawn_from_right_to_left() -> None:
    """OpenCV alone draws the first Hebrew letter leftmost."""
    mixed, visual = (toy.plain((0, 0, 0), 200, 60) for _ in range(2))
    put_text(mixed, "מים ABC", (10, 40), 24, (255, 255, 255), 500)
    put_text(visual, "ABC", (10, 40), 24, (255, 255, 255), 500)
    latin = text_width("ABC", 24, 500)
    assert np.array_equal(mixed[:, : 10 + latin], visual[:, : 10 + latin]), "the Latin word stands on the left"
    assert mixed[:, 10 + latin + 2 :].any()


def test_text_outside_the_image_is_cut_off() -> None:
    image = toy.plain((0, 0, 0), 20, 10)
    put_text(image, "Eating", (-500, 5), 30, (255, 255, 255), 500)
    put_text(image, "Eating", (500, 500), 30, (255, 255, 255), 500)
    assert not image.any()


def test_a_text_is_broken_between_words_into_lines_that_fit() -> None:
    text = "all captures of one class come from one burst, an_extraordinarily_long_word_that_is_too_wide"
    lines = wrapped(text, 20, 200)
    assert " ".join(lines).split()[:9] == text.split()[:9] and lines[-1].endswith("…")
    assert all(text_width(line, 20) <= 200 for line in lines) and len(lines) > 3
    assert wrapped("", 20, 200) == [] and wrapped("one", 20, 200) == ["one"]
