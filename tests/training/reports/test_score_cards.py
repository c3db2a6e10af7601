from collections.abc import Sequence

import numpy as np
import pytest

from training.evaluation.metrics import Scores, score
from training.reports.score_cards import Card, percent, score_cards


def scores_of(right: int, images: int, confidence: float, labels: Sequence[str] = "abcd") -> Scores:
    """Answers of one confidence, the first ones right."""
    truth = np.zeros(images, np.int64)
    probs = np.full((images, len(labels)), (1 - confidence) / (len(labels) - 1), np.float32)
    probs[np.arange(images), np.where(np.arange(images) < right, 0, 1)] = confidence
    return score(probs, truth, labels, (0.5,) * len(labels))


def cards_of(scores: Scores) -> dict[str, Card]:
    return {card.name: card for card in score_cards(scores)}


def test_counts_are_of_the_images_that_were_scored() -> None:
    cards = cards_of(scores_of(28, 30, 0.9))
    assert "28 of 30 images" in cards["Accuracy"].meaning and cards["Accuracy"].value == percent(28 / 30)
    assert "30 of 30 images" in cards["Coverage"].meaning
    assert "30 answers" in cards["Selective accuracy"].meaning and " 28 are" in cards["Selective accuracy"].meaning
    assert cards["Accuracy"].interval is not None and cards["Coverage"].interval is None


@pytest.mark.parametrize(("labels", "is_shown"), [("abc", False), ("abcd", True)])
def test_top_three_is_no_figure_of_three_classes(labels: str, is_shown: bool) -> None:
    assert ("Top 3" in cards_of(scores_of(1, 2, 0.9, labels))) is is_shown


def test_nothing_above_threshold_has_no_accuracy() -> None:
    cards = cards_of(scores_of(1, 1, 0.4))
    assert "0 of 1 image," in cards["Coverage"].meaning and "Selective accuracy" not in cards


def test_the_calibration_card_compares_with_the_raw_probabilities() -> None:
    probs = np.array([[0.9, 0.1]] * 4, np.float32)
    truth = np.array([0, 0, 0, 1])
    raw = np.array([[0.75, 0.25]] * 4, np.float32)
    worse = cards_of(score(probs, truth, "ab", (0, 0), raw))["Calibration error"]
    assert worse.value == "15.0 points" and " 0.0, " in worse.meaning and "worse" in worse.meaning
    better = cards_of(score(raw, truth, "ab", (0, 0), probs))["Calibration error"]
    assert better.value == "0.0 points" and " 15.0, " in better.meaning and "better" in better.meaning
    unknown = cards_of(score(probs, truth, "ab", (0, 0)))["Calibration error"]
    assert "temperature" not in unknown.meaning
