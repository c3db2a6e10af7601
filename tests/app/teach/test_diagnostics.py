import numpy as np

from app.teach import diagnostics as truth
from app.teach.captures import Capture


def test_the_pair_that_is_confused_most():
    answers = np.array([0] * 10 + [1] * 10 + [2] * 10)
    probs = np.eye(3)[np.array([0] * 7 + [1] * 3 + [1] * 10 + [2] * 10)]
    assert truth.confused_pair(probs, answers, ["drinking", "calling", "sitting"]) == ("drinking", "calling")


def test_one_slip_is_no_pair():
    answers = np.array([0] * 10 + [1] * 10)
    assert truth.confused_pair(np.eye(2)[np.array([1] + [0] * 9 + [1] * 10)], answers, ["a", "b"]) is None


def noise(rng, edge=None):
    made = rng.integers(0, 256, (40, 40, 3), np.uint8)
    if edge is not None:
        made[:6], made[:, :6], made[:, -6:] = edge, edge, edge
    return made


def test_independent_captures_need_no_warning():
    rng = np.random.default_rng(0)
    captures = [Capture(noise(rng), label) for label in "ab" for _ in range(12)]
    assert list(truth.warnings(captures, ["a", "b"])) == []


def test_one_session_and_one_burst_are_named():
    rng = np.random.default_rng(0)
    still = noise(rng)
    captures = [Capture(noise(rng), "a", "monday") for _ in range(8)] + [Capture(still, "b") for _ in range(8)]
    captures += [Capture(noise(rng), "c", str(number % 2)) for number in range(8)]
    assert any("a and b come from one burst" in line for line in truth.warnings(captures, ["a", "b", "c"]))


def test_classes_that_differ_by_their_background():
    rng = np.random.default_rng(0)
    captures = [Capture(noise(rng, edge), label) for label, edge in (("a", 20), ("b", 230)) for _ in range(10)]
    assert any("background" in line for line in truth.warnings(captures, ["a", "b"]))


def test_a_picture_in_two_classes_is_named():
    rng = np.random.default_rng(0)
    captures = [Capture(noise(rng), label, name=f"{label}/{number}") for label in "ab" for number in range(8)]
    captures.append(Capture(captures[3].picture, "b", name="b/again"))
    (line,) = [line for line in truth.warnings(captures, ["a", "b"]) if "same picture" in line]
    assert line.startswith("a/3 and b/again")
