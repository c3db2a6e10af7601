import numpy as np
import pytest

from tests.training.evaluation.test_metrics import LABELS, PROBS, TRUTH
from training.evaluation.cross_dataset import CrossDataset, Hits
from training.evaluation.metrics import score
from training.reports.score_text import format_confusion, format_cross, format_scores


def test_every_class_and_figure_has_its_place() -> None:
    head, intervals, more, columns, *rows = format_scores(score(PROBS, TRUTH, LABELS, (0.6, 0.6, 0.6))).splitlines()
    assert head == "5 images: accuracy 0.600, macro F1 0.583; 60.0% above threshold, of which 66.7% right"
    assert "accuracy 0.200-1.000, macro F1 " in intervals and "macro recall 0.583" in more
    assert columns.split() == ["class", "precision", "recall", "F1", "images"]
    assert rows[0].split() == ["cat", "0.667", "0.667", "0.667", "3"]
    assert rows[-1].endswith(": dog as cat 1, cat as dog 1")


def test_the_calibration_before_the_temperature_is_said_where_it_is_known() -> None:
    texts = [format_scores(score(PROBS, TRUTH, LABELS, (0.6, 0.6, 0.6), before)) for before in (PROBS, None)]
    assert ["before the temperature" in text for text in texts] == [True, False]


@pytest.mark.parametrize("classes", [3, 4])
def test_top_three_of_three_is_no_figure(classes: int) -> None:
    text = format_scores(score(np.eye(classes, dtype=np.float32), np.arange(classes), "abcd"[:classes], (0,) * classes))
    assert ("top-3" in text) is (classes > 3)


def test_a_perfect_model_confuses_nothing() -> None:
    assert "confused" not in format_scores(score(np.eye(3, dtype=np.float32), np.arange(3), LABELS, (0, 0, 0)))


def test_the_confusion_matrix_is_aligned() -> None:
    head, cat, *_ = format_confusion(score(PROBS, TRUTH, LABELS, (0.6, 0.6, 0.6))).splitlines()
    assert cat == " 1  cat  2   1" and head.index("1") == cat.index("2")


def test_both_sources_stand_below_each_other() -> None:
    cross = CrossDataset("elsewhere", {"cat": "cat", "hound": "dog"}, Hits(10, 9, 8), Hits(20, 10, 5))
    head, here, there = format_cross(cross, "here").splitlines()
    assert "2 common classes" in head
    assert here.split()[:3] == ["here", "0.900", "(0.596-0.982)"] and here.endswith("    10")
    assert there.split()[:2] == ["elsewhere", "0.500"] and len(here) == len(there) == len(head)


def test_classes_without_images_that_were_no_answer_are_left_out() -> None:
    probs = np.eye(9, dtype=np.float32)[[2, 2, 5]]
    scores = score(probs, np.array([2, 2, 2]), tuple("abcdefghi"), (0,) * 9)
    rows = [line.split()[0] for line in format_scores(scores).splitlines()[4:-1]]
    head, *matrix = format_confusion(scores).splitlines()
    assert rows == ["c", "f"] and [line.split() for line in matrix] == [["1", "c", "2", "1"], ["2", "f", ".", "."]]
    assert head.split()[:2] == ["1", "2"]
