import json

import numpy as np
import pytest

from training.evaluation.metrics import score

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
    assert (cat.precision, cat.recall, cat.f1, cat.support) == pytest.approx((2 / 3, 2 / 3, 2 / 3, 3))
    assert (dog.precision, dog.recall, dog.f1, dog.support) == pytest.approx((1 / 2, 1 / 2, 1 / 2, 2))
    assert (emu.precision, emu.recall, emu.f1, emu.support) == (0, 0, 0, 0)
    assert scores.macro_f1 == pytest.approx((2 / 3 + 1 / 2) / 2), "a class without images does not count"
    assert scores.coverage == pytest.approx(3 / 5) and scores.selective_accuracy == pytest.approx(2 / 3)


def test_each_answer_is_held_against_its_own_threshold() -> None:
    scores = score(PROBS, TRUTH, LABELS, (0.95, 0.5, 0.0))
    assert scores.coverage == pytest.approx(2 / 5) and scores.selective_accuracy == pytest.approx(1 / 2)
    nothing = score(PROBS, TRUTH, LABELS, (1, 1, 1))
    assert (nothing.coverage, nothing.selective_accuracy) == (0, 0)


def test_macro_recall_and_top_three() -> None:
    scores = score(PROBS, TRUTH, LABELS, (0.6, 0.6, 0.6))
    assert scores.macro_recall == pytest.approx((2 / 3 + 1 / 2) / 2) and scores.top3 == 1, "one of three is among three"
    probs = np.array([[0.4, 0.3, 0.2, 0.1]] * 4 + [[0.25] * 4] * 2, np.float32)
    scores = score(probs, np.array([0, 1, 2, 3, 0, 3]), "abcd", (0.5,) * 4)
    assert scores.top3 == pytest.approx(4 / 6), "of equals the first lead, as in the answer"


def test_confused_pairs_come_commonest_first() -> None:
    truth = np.array([0] * 10 + [1] * 4 + [2] * 10)
    answers = np.array([1] * 2 + [0] * 8 + [2] * 2 + [1] * 2 + [0] * 3 + [2] * 7)
    pairs = score(np.eye(3, dtype=np.float32)[answers], truth, LABELS, (0, 0, 0)).confused()
    assert [(pair.truth, pair.answer, pair.images) for pair in pairs] == [
        ("emu", "cat", 3),
        ("dog", "emu", 2),
        ("cat", "dog", 2),
    ]
    assert [pair.share for pair in pairs] == pytest.approx([0.3, 0.5, 0.2])


def test_json_holds_every_figure_and_only_json() -> None:
    before = np.full((5, 3), 1 / 3, np.float32)
    found = json.loads(json.dumps(score(PROBS, TRUTH, LABELS, (1, 1, 1), before).to_json(), allow_nan=False))
    assert (found["images"], found["accuracy"], found["macro_f1"], found["accepted"]) == (5, 0.6, 0.5833, 0)
    assert found["confusion"] == [[2, 1, 0], [1, 1, 0], [0, 0, 0]] and found["per_class"][0]["support"] == 3
    low, high = found["intervals"]["accuracy"]
    assert 0 <= low < 0.6 < high <= 1 and "accepted_accuracy" not in found["intervals"], "nothing is above"
    assert found["calibration_error_before"] == pytest.approx(abs(1 / 3 - 3 / 5), abs=1e-4), "equals answer the first"
    assert found["coverage"]["share"][0] == 1 and found["coverage"]["accuracy"][-1] is None
    assert score(PROBS, TRUTH, LABELS, (1, 1, 1)).to_json()["calibration_error_before"] is None
