import numpy as np

from app.arrays import Image
from app.teach.captures import Capture
from app.teach.diagnostics import capture_warnings, confused_pair


def test_the_pair_that_is_confused_most() -> None:
    truth = np.array([0] * 10 + [1] * 10 + [2] * 10)
    probs = np.eye(3)[np.array([0] * 7 + [1] * 3 + [1] * 10 + [2] * 10)]
    assert confused_pair(probs, truth, ["drinking", "calling", "sitting"]) == ("drinking", "calling")


def test_one_slip_is_no_pair() -> None:
    truth = np.array([0] * 10 + [1] * 10)
    assert confused_pair(np.eye(2)[np.array([1] + [0] * 9 + [1] * 10)], truth, ["a", "b"]) is None


def noise(rng: np.random.Generator, edge: int | None = None) -> Image:
    image = rng.integers(0, 256, (40, 40, 3), np.uint8)
    if edge is not None:
        image[:6], image[:, :6], image[:, -6:] = edge, edge, edge
    return image


def test_independent_captures_need_no_warning() -> None:
    rng = np.random.default_rng(0)
    captures = [Capture(noise(rng), label) for label in "ab" for _ in range(12)]
    assert list(capture_warnings(captures, ["a", "b"])) == []


def test_one_session_and_one_burst_are_named() -> None:
    rng = np.random.default_rng(0)
    still = noise(rng)
    captures = [Capture(noise(rng), "a", "monday") for _ in range(8)] + [Capture(still, "b") for _ in range(8)]
    captures += [Capture(noise(rng), "c", str(number % 2)) for number in range(8)]
    assert any("a and b come from one burst" in line for line in capture_warnings(captures, ["a", "b", "c"]))


def test_classes_that_differ_by_their_background() -> None:
    rng = np.random.default_rng(0)
    captures = [Capture(noise(rng, edge), label) for label, edge in (("a", 20), ("b", 230)) for _ in range(10)]
    assert any("background" in line for line in capture_warnings(captures, ["a", "b"]))


def test_a_single_class_has_no_background_to_tell_it_by() -> None:
    rng = np.random.default_rng(0)
    captures = [Capture(noise(rng, 20), "a") for _ in range(10)]
    assert list(capture_warnings(captures, ["a"])) == []


def test_an_image_in_two_classes_is_named() -> None:
    rng = np.random.default_rng(0)
    captures = [Capture(noise(rng), label, name=f"{label}/{number}") for label in "ab" for number in range(8)]
    captures.append(Capture(captures[3].image, "b", name="b/again"))
    assert next(capture_warnings(captures, ["a", "b"])).startswith("a/3 and b/again")
