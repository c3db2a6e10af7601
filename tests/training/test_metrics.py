import numpy as np
import pytest

from training.metrics import score
from training.report import format_confusion, format_scores

LABELS = ("cat", "dog", "emu")
TRUTH = np.array([0, 0, 0, 1, 1])
PROBS = np.array(
    [[0.9, 0.1, 0.0], [0.6, 0.3, 0.1], [0.2, 0.7, 0.1], [0.4, 0.5, 0.1], [0.5, 0.4, 0.1]], dtype=np.float32
)


def test_figures_known_from_paper() -> None:
    scores = score(PROBS, TRUTH, LABELS, (0.6, 0.6, 0.6))
    assert scores.confusion.tolist() == [[2, 1, 0], [1, 1, 0], [0, 0, 0]]
    assert scores.accuracy == pytest.approx(3 / 5)
    cat, dog, emu = scores.per_class()
    assert (cat["precision"], cat["recall"], cat["f1"], cat["support"]) == pytest.approx((2 / 3, 2 / 3, 2 / 3, 3))
    assert (dog["precision"], dog["recall"], dog["f1"], dog["support"]) == pytest.approx((1 / 2, 1 / 2, 1 / 2, 2))
    assert (emu["precision"], emu["recall"], emu["f1"], emu["support"]) == (0, 0, 0, 0)
    assert scores.macro_f1 == pytest.approx((2 / 3 + 1 / 2) / 2), "a class without pictures does not count"
    assert scores.accepted == pytest.approx(3 / 5) and scores.accepted_accuracy == pytest.approx(2 / 3)


def test_each_answer_is_held_against_its_own_threshold() -> None:
    scores = score(PROBS, TRUTH, LABELS, (0.95, 0.5, 0.0))
    assert scores.accepted == pytest.approx(2 / 5) and scores.accepted_accuracy == pytest.approx(1 / 2)
    nothing = score(PROBS, TRUTH, LABELS, (1, 1, 1))
    assert (nothing.accepted, nothing.accepted_accuracy) == (0, 0)


def test_the_text_names_every_class_and_figure() -> None:
    scores = score(PROBS, TRUTH, LABELS, (0.6, 0.6, 0.6))
    text = format_scores(scores)
    assert text.startswith("5 images: accuracy 0.600, macro F1 0.583; 60.0% above threshold, of which 66.7% right\n")
    assert "cat        0.667   0.667  0.667       3" in text
    assert format_confusion(scores).splitlines()[1] == " 1  cat  2   1   ."
