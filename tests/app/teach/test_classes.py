from collections.abc import Sequence

import numpy as np
import pytest

from app.errors import ConfigError
from app.teach.captures import Capture, Captures
from app.teach.classes import MIN_IMAGES, Classes, find_classes, spelled_like

IMAGE = np.zeros((32, 32, 3), np.uint8)


def captures(**counts: int) -> list[Capture]:
    return [Capture(IMAGE, label.replace("_", " ")) for label, count in counts.items() for _ in range(count)]


def test_new_classes_alone() -> None:
    classes = find_classes(captures(tea=5, coffee=6), ())
    assert (classes.kept, classes.taught, classes.names) == ((), ("coffee", "tea"), ("coffee", "tea"))
    assert classes.merge.tolist() == np.eye(2).tolist()


def test_a_correction_is_an_output_of_its_own_but_no_class() -> None:
    classes = Classes(("red", "green"), ("blue", "green"))
    assert classes.names == ("red", "green", "blue")
    assert classes.merge.tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 1, 0]]
    of_green = captures(green=1)
    assert classes.outputs(of_green).tolist() == [3] and classes.targets(of_green).tolist() == [1]


def test_one_new_class_is_enough_beside_old_ones_and_one_image_for_a_correction() -> None:
    assert find_classes(captures(tea=MIN_IMAGES), ("red", "green")).taught == ("tea",)
    assert find_classes(captures(red=1), ("red", "green")).names == ("red", "green")


@pytest.mark.parametrize("kept", [(), ("red", "green")])
def test_no_capture_at_all(kept: tuple[str, ...]) -> None:
    with pytest.raises(ConfigError, match="got none"):
        find_classes([], kept)


def test_one_class_alone() -> None:
    with pytest.raises(ConfigError, match="got warm"):
        find_classes(captures(warm=8), ())


def test_too_few_images() -> None:
    with pytest.raises(ConfigError, match=r"expected 5 .*warm \(4\)"):
        find_classes(captures(warm=4, cold=8), ())


@pytest.mark.parametrize("label", ["x" * 81, "a\nb", " "])
def test_names_that_are_no_labels(label: str) -> None:
    with pytest.raises(ConfigError, match="rename the class"):
        find_classes([*captures(warm=5), *[Capture(IMAGE, label)] * 5], ())


@pytest.mark.parametrize("label", ["unsure", "Unsure", "unsure_"])
def test_a_class_named_like_the_programs_own_unsure(label: str) -> None:
    with pytest.raises(ConfigError, match="unsure is"):
        find_classes(captures(warm=5, **{label: 5}), ())


@pytest.mark.parametrize("label", ["Red", "RED ", "red_"])
def test_a_class_of_the_model_in_another_form_corrects_it(label: str) -> None:
    spelled = spelled_like(Captures([Capture(IMAGE, label)] * 8), ("red", "green"))
    assert find_classes(spelled.images, ("red", "green")).names == ("red", "green")
    assert len(spelled.warnings) == 1 and repr(label) in spelled.warnings[0]
    new = Captures(captures(reddish=8, green=1))
    assert spelled_like(new, ("red", "green")) is new


def test_two_classes_that_differ_in_form_are_refused() -> None:
    with pytest.raises(ConfigError, match="'Tea' and 'tea' differ only in form"):
        find_classes(captures(Tea=5, tea=5), ())


def test_captures_are_not_checked_for_order() -> None:
    labels: Sequence[str] = ["b", "a"] * 5
    classes = find_classes([Capture(IMAGE, label) for label in labels], ())
    assert classes.outputs([Capture(IMAGE, label) for label in labels]).tolist() == [1, 0] * 5
