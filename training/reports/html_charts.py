"""The report's reliability diagram, coverage curve and confusion matrix, as the template draws them."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from training.evaluation.calibration import BINS, Reliability
from training.evaluation.metrics import Scores
from training.reports.svg import Plot

_FIFTHS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
_STRIP = 34  # px of the strip of counts below the reliability diagram
_LABELLED = (0.5, 0.7, 0.9)  # thresholds that the coverage curve names


def reliability_chart(reliability: Reliability, title: str) -> dict[str, Any]:
    """Bars of accuracy by confidence with their gaps to the diagonal, and how many answers each bin holds."""
    plot = Plot(bottom=40 + _STRIP)
    bars = []
    for number in range(BINS):
        count = int(reliability.counts[number])
        if not count:
            continue
        accuracy, confidence = float(reliability.accuracy[number]), float(reliability.confidence[number])
        left, right = plot.at_x(number / BINS), plot.at_x((number + 1) / BINS)
        low, high = sorted((accuracy, confidence))
        tall = round(_STRIP * 0.8 * count / int(reliability.counts.max()), 1)
        bars.append(
            {
                "x": left + 1,
                "width": round(right - left - 2, 1),
                "top": plot.at_y(low),
                "height": round(plot.at_y(0) - plot.at_y(low), 1),
                "is_over": confidence > accuracy,
                "gap_top": plot.at_y(high),
                "gap_height": round(plot.at_y(low) - plot.at_y(high), 1),
                "count_height": max(tall, 0.7),
                "told": f"{count} answers: {confidence:.1%} sure on average, {accuracy:.1%} right",
            }
        )
    return {
        "title": title,
        "error": reliability.error,
        "plot": plot,
        "bars": bars,
        "floor": plot.at_y(0) + _STRIP,
        "diagonal": plot.path([(0, 0), (1, 1)]),
        "x_ticks": plot.x_ticks(_FIFTHS),
        "y_ticks": plot.y_ticks(_FIFTHS),
    }


def coverage_chart(scores: Scores) -> dict[str, Any]:
    """Accuracy against the share of pictures answered, and where the shipped thresholds stand."""
    coverage = scores.coverage
    points = [(float(x), float(y)) for x, y in zip(coverage.share, coverage.accuracy, strict=True) if not math.isnan(y)]
    shipped = (scores.accepted, scores.accepted_accuracy) if scores.accepted else None
    lowest = min(y for _, y in [*points, *([shipped] if shipped else [])])
    floor = max(0.0, math.floor(lowest * 10 - 0.5) / 10)
    plot = Plot(width=560, top=24, y=(floor, 1.0))
    marks = []
    for threshold in _LABELLED:
        step = int(np.flatnonzero(np.isclose(coverage.thresholds, threshold))[0])
        if not math.isnan(coverage.accuracy[step]):
            x, y = float(coverage.share[step]), float(coverage.accuracy[step])
            marks.append({"x": plot.at_x(x), "y": plot.at_y(y), "label": f"{threshold:g}"})
    steps = round((1 - floor) * 10)
    return {
        "plot": plot,
        "line": plot.path(points),
        "marks": marks,
        "shipped": shipped
        and {"x": plot.at_x(shipped[0]), "y": plot.at_y(shipped[1]), "is_right_half": shipped[0] > 0.5},
        "x_ticks": plot.x_ticks(_FIFTHS),
        "y_ticks": plot.y_ticks([floor + tenth / 10 for tenth in range(0, steps + 1, 1 if steps <= 5 else 2)]),
    }


def confusion_rows(scores: Scores) -> list[dict[str, Any]]:
    """A row for each true class: label, support, cells with count, share of the row and shade, both 0..1."""
    rows = []
    for number, (label, counts) in enumerate(zip(scores.labels, scores.confusion.tolist(), strict=True)):
        support = sum(counts)
        cells = [_cell(label, answer, count, support) for answer, count in zip(scores.labels, counts, strict=True)]
        rows.append({"label": label, "support": support, "cells": cells, "number": number})
    return rows


def _cell(label: str, answer: str, count: int, support: int) -> dict[str, Any]:
    share = count / support if support else 0.0
    return {
        "count": count,
        "shade": round(share**0.7, 3),  # so that a few mistakes show beside a full diagonal
        "is_right": label == answer,
        "told": f"{label}, answered {answer}: {count} of {support}, {share:.0%}",
    }


def class_rows(scores: Scores, thresholds: Sequence[float], accepted: Any, right: Any, answers: Any) -> list[Any]:
    """The per-class table: Scores.per_class with threshold, `sure` (answers that reach it) and `sure_right` (share).

    accepted, right: bool (N,). answers: class numbers (N,).
    """
    rows = []
    for number, row in enumerate(scores.per_class()):
        sure = accepted & (answers == number)
        total = int(sure.sum())
        share = float(right[sure].mean()) if total else None
        rows.append(row | {"threshold": float(thresholds[number]), "sure": total, "sure_right": share})
    return rows
