from pathlib import Path

import numpy as np
import pytest

from tests.training.reports.evaluations import make_evaluation
from training.evaluation.calibration import measure_calibration
from training.evaluation.metrics import score
from training.reports.html_charts import class_rows, confusion_rows, coverage_chart, reliability_diagram


def test_a_bin_is_drawn_as_it_was_measured(tmp_path: Path) -> None:
    diagram = reliability_diagram(make_evaluation(tmp_path).scores.calibration, "title")
    (bar,) = diagram.bars
    assert bar.told.startswith("15 answers") and "90.0%" in bar.told and "93.3%" in bar.told and not bar.is_over
    assert bar.gap_top == diagram.plot.at_y(14 / 15) and bar.top == pytest.approx(diagram.plot.at_y(0.9), abs=0.1)
    assert bar.top + bar.height == pytest.approx(diagram.plot.floor)
    assert bar.count_height < diagram.floor - diagram.plot.floor, "the strip holds it"


def test_overconfidence_is_the_other_way_round() -> None:
    diagram = reliability_diagram(measure_calibration(np.array([[0.9, 0.1]], np.float32), np.array([1])), "")
    (bar,) = diagram.bars
    assert bar.is_over and bar.height == 0 and bar.gap_top == diagram.plot.at_y(0.9)


def test_the_coverage_curve_and_the_thresholds_in_the_file(tmp_path: Path) -> None:
    chart = coverage_chart(make_evaluation(tmp_path).scores)
    assert chart.shipped is not None
    assert (chart.shipped.x, chart.shipped.y) == (chart.plot.at_x(1), chart.plot.at_y(14 / 15))
    assert [mark.label for mark in chart.marks] == ["0.5", "0.7"], "nobody is surer than 0.9"
    assert [tick.label for tick in chart.y_ticks] == ["80 %", "90 %", "100 %"]


def test_a_curve_without_answers_above_threshold_has_no_point_for_the_file() -> None:
    scores = score(np.array([[0.6, 0.4]], np.float32), np.array([1]), ("a", "b"), (1, 1))
    chart = coverage_chart(scores)
    assert chart.shipped is None and chart.plot.y == (0, 1) and len(chart.y_ticks) == 6


def test_cells_of_the_matrix_count_and_shade() -> None:
    probs = np.eye(3, dtype=np.float32)[[0, 0, 0, 1]]
    red, green, blue = confusion_rows(score(probs, np.array([0, 0, 0, 0]), ("red", "green", "blue"), (0, 0, 0)))
    assert [cell.count for cell in red.cells] == [3, 1, 0] and [cell.is_right for cell in red.cells] == [
        True,
        False,
        False,
    ]
    assert red.cells[0].shade > red.cells[1].shade > 0.25 and "1 of 4" in red.cells[1].told
    assert {cell.shade for cell in (*green.cells, *blue.cells)} == {0.0}, "no image, no shade"


def test_a_class_counts_the_answers_above_its_threshold() -> None:
    probs = np.array([[0.9, 0.1], [0.6, 0.4], [0.8, 0.2]], np.float32)
    truth = np.array([0, 0, 1])
    answers = probs.argmax(axis=1)
    above = np.array([True, False, True])
    rows = class_rows(score(probs, truth, ("a", "b"), (0.7, 0.5)), (0.7, 0.5), above, answers == truth, answers)
    assert [(row.scores.label, row.threshold, row.above, row.above_right) for row in rows] == [
        ("a", 0.7, 2, 0.5),
        ("b", 0.5, 0, None),
    ]
