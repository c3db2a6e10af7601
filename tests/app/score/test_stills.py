import cv2
import numpy as np
import pytest

from app.arrays import Image
from app.entities import Activity, Frame
from app.score.names import Names
from app.score.stills import MOST, WIDTH_PX, Stills, small_jpeg
from tests import toy
from tests.app.score.timelines import timeline

TRUTH = timeline(("red", 0, 10), ("unsure", 10, 20), ("green", 20, 1000))


def stills_of(shown: dict[float, str | None]) -> dict[float, bytes]:
    """The stills of a clip that shows these labels at these times."""
    stills = Stills(TRUTH, Names())
    with stills:
        for index, (time_s, label) in enumerate(shown.items()):
            stills.write(Frame(toy.plain(toy.RED), index, time_s, "clip"), Activity(label, 0.9, 0.0))
    return stills.images


def test_only_mistakes_are_taken() -> None:
    assert stills_of({0.0: "Red", 1.0: None, 12.0: "blue", 21.0: "green"}) == {}
    assert list(stills_of({0.0: "red", 1.0: "blue", 2.0: "red", 21.0: "red"})) == [1.0, 21.0]


def test_a_mistake_has_one_image_of_its_second_half() -> None:
    shown: dict[float, str | None] = {tenth / 10: "blue" for tenth in range(90)}
    (taken,) = stills_of(shown)
    assert 4.5 <= taken <= 9


def test_a_mistake_that_becomes_another_is_two() -> None:
    assert len(stills_of({0.0: "blue", 1.0: "blue", 2.0: "green", 3.0: "green"})) == 2


def test_the_longest_are_kept() -> None:
    shown: dict[float, str | None] = {}
    for number in range(2 * MOST):
        start_s = 20 + 4.0 * number
        shown |= {start_s: "red", start_s + (2 if number % 2 else 0.5): "green"}
    taken = list(stills_of(shown))
    assert len(taken) == MOST and taken == sorted(taken)
    assert all((time_s - 20) // 4 % 2 for time_s in taken)


@pytest.mark.parametrize(("width", "expected"), [(1280, WIDTH_PX), (160, 160)])
def test_images_are_small_jpegs(width: int, expected: int) -> None:
    image: Image = toy.plain(toy.BLUE, width, width // 2)
    read = cv2.imdecode(np.frombuffer(small_jpeg(image), np.uint8), cv2.IMREAD_COLOR)
    assert read is not None and read.shape == (expected // 2, expected, 3)
    assert np.abs(read.reshape(-1, 3).mean(axis=0) - toy.BLUE).max() < 4
