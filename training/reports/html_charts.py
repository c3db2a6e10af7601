"""The charts and tables of the evaluation report, as its template draws them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.arrays import Bools, Float64s, Ints
from training.evaluation.calibration import BINS, Calibration
from training.evaluation.metrics import ClassScores, Scores
from training.evaluation.unknown import Unknown
from training.reports.svg import Plot, Tick, percent

_FIFTHS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
_STRIP = 34  # px of the strip of counts below the reliability diagram
HISTOGRAM_BINS = 20
_LABELLED = (0.5, 0.7, 0.9)  # thresholds that the coverage curve names


@dataclass(frozen=True)
class ReliabilityBar:
    """One bin of a reliability diagram, in px.

    Attributes:
        x: left edge.
        width: of the bar.
        top: of the bar, which reaches down to zero.
        height: of the bar: as far as confidence and accuracy agree.
        gap_top: of the part by which they differ.
        gap_height: of that part.
        is_over: more confident than right.
        count_height: of the bar in the strip of counts.
        told: what a pointer reads.
    """

    x: float
    width: float
    top: float
    height: float
    gap_top: float
    gap_height: float
    is_over: bool
    count_height: float
    told: str


@dataclass(frozen=True)
class ReliabilityDiagram:
    """Accuracy by confidence.

    Attributes:
        title: of the chart.
        error: the expected calibration error, 0..1.
        plot: the plot area.
        bars: of the bins that hold answers.
        floor: the y of the lower end of the strip of counts, px.
        diagonal: the path of perfect calibration.
        x_ticks: of the confidence.
        y_ticks: of the accuracy.
    """

    title: str
    error: float
    plot: Plot
    bars: list[ReliabilityBar]
    floor: float
    diagonal: str
    x_ticks: list[Tick]
    y_ticks: list[Tick]


@dataclass(frozen=True)
class Mark:
    """A point of a chart.

    Attributes:
        x: px.
        y: px.
        label: its text; may be empty.
    """

    x: float
    y: float
    label: str = ""


@dataclass(frozen=True)
class CoverageChart:
    """Selective accuracy by coverage.

    Attributes:
        plot: the plot area.
        line: the path of one threshold for all classes.
        marks: some of those thresholds.
        shipped: the thresholds in the file; None where they leave no answer.
        x_ticks: of the coverage.
        y_ticks: of the selective accuracy.
    """

    plot: Plot
    line: str
    marks: list[Mark]
    shipped: Mark | None
    x_ticks: list[Tick]
    y_ticks: list[Tick]


@dataclass(frozen=True)
class Histogram:
    """The confidences of known and of unknown images.

    Attributes:
        plot: the plot area.
        known: the outline of the known images' histogram, a path.
        unknown: that of the unknown ones.
        x_ticks: of the confidence.
        y_ticks: of the share of the images.
    """

    plot: Plot
    known: str
    unknown: str
    x_ticks: list[Tick]
    y_ticks: list[Tick]


@dataclass(frozen=True)
class ConfusionCell:
    """One cell of the confusion matrix.

    Attributes:
        count: of images.
        shade: 0..1.
        is_right: on the diagonal.
        told: what a pointer reads.
    """

    count: int
    shade: float
    is_right: bool
    told: str


@dataclass(frozen=True)
class ConfusionRow:
    """A true class and how often it got each answer.

    Attributes:
        label: the class.
        cells: one for each answer, in the order of the labels.
    """

    label: str
    cells: list[ConfusionCell]


@dataclass(frozen=True)
class ClassRow:
    """A class in the table.

    Attributes:
        scores: of the class.
        threshold: of its answers, 0..1.
        above: how many answers reach it.
        above_right: the share of those that are right, 0..1; None without any.
    """

    scores: ClassScores
    threshold: float
    above: int
    above_right: float | None


def reliability_diagram(calibration: Calibration, title: str) -> ReliabilityDiagram:
    """Draws bars of accuracy by confidence, their gaps to the diagonal, and how many answers each bin holds."""
    plot = Plot(bottom=40 + _STRIP)
    return ReliabilityDiagram(
        title=title,
        error=calibration.error,
        plot=plot,
        bars=[_bar(plot, calibration, number) for number in range(BINS) if calibration.counts[number]],
        floor=plot.floor + _STRIP,
        diagonal=plot.path([(0, 0), (1, 1)]),
        x_ticks=plot.x_ticks(_FIFTHS, percent),
        y_ticks=plot.y_ticks(_FIFTHS, percent),
    )


def _bar(plot: Plot, calibration: Calibration, number: int) -> ReliabilityBar:
    count = int(calibration.counts[number])
    accuracy, confidence = float(calibration.accuracy[number]), float(calibration.confidence[number])
    left, right = plot.at_x(number / BINS), plot.at_x((number + 1) / BINS)
    low, high = sorted((accuracy, confidence))
    return ReliabilityBar(
        x=left + 1,
        width=round(right - left - 2, 1),
        top=plot.at_y(low),
        height=round(plot.floor - plot.at_y(low), 1),
        gap_top=plot.at_y(high),
        gap_height=round(plot.at_y(low) - plot.at_y(high), 1),
        is_over=confidence > accuracy,
        count_height=max(round(_STRIP * 0.8 * count / int(calibration.counts.max()), 1), 0.7),
        told=f"{count} answers: mean confidence {confidence:.1%}, {accuracy:.1%} right",
    )


def coverage_chart(scores: Scores) -> CoverageChart:
    """Draws accuracy against the share of images above threshold, and where the thresholds in the file stand."""
    curve = scores.coverage_curve
    points = [(float(x), float(y)) for x, y in zip(curve.share, curve.accuracy, strict=True) if not math.isnan(y)]
    shipped = [(scores.coverage, scores.selective_accuracy)] if scores.coverage else []
    lowest = min(y for _, y in points + shipped)
    floor = max(0.0, math.floor(lowest * 10 - 0.5) / 10)
    plot = Plot(width=560, top=24, y=(floor, 1.0))
    steps = round((1 - floor) * 10)
    tenths = range(0, steps + 1, 1 if steps <= 5 else 2)
    return CoverageChart(
        plot=plot,
        line=plot.path(points),
        marks=_marks(plot, scores),
        shipped=next((Mark(plot.at_x(x), plot.at_y(y)) for x, y in shipped), None),
        x_ticks=plot.x_ticks(_FIFTHS, percent),
        y_ticks=plot.y_ticks([floor + tenth / 10 for tenth in tenths], percent),
    )


def _marks(plot: Plot, scores: Scores) -> list[Mark]:
    curve = scores.coverage_curve
    marks = []
    for threshold in _LABELLED:
        step = int(np.flatnonzero(np.isclose(curve.thresholds, threshold))[0])
        x, y = float(curve.share[step]), float(curve.accuracy[step])
        if not math.isnan(y):
            marks.append(Mark(plot.at_x(x), plot.at_y(y), f"{threshold:g}"))
    return marks


def histogram(unknown: Unknown) -> Histogram:
    """Draws the confidences of known and of unknown images as two histograms, one over the other."""
    edges = np.linspace(0, 1, HISTOGRAM_BINS + 1)
    shares = [np.histogram(np.clip(of, 0, 1), edges)[0] / len(of) for of in (unknown.known, unknown.unknown)]
    top = max(0.1, math.ceil(10 * max(float(share.max()) for share in shares)) / 10)
    plot = Plot(width=560, height=270, right=24, top=30, y=(0, top))
    return Histogram(
        plot=plot,
        known=_steps(plot, edges, shares[0]),
        unknown=_steps(plot, edges, shares[1]),
        x_ticks=plot.x_ticks(_FIFTHS, percent),
        y_ticks=plot.y_ticks([0, top / 2, top], percent),
    )


def _steps(plot: Plot, edges: Float64s, shares: Float64s) -> str:
    """The outline of a histogram as a closed path."""
    left_and_right = np.repeat(edges, 2)[1:-1].tolist()
    corners = zip(left_and_right, np.repeat(shares, 2).tolist(), strict=True)
    return plot.path([(0, 0), *corners, (1, 0)]) + "Z"


def confusion_rows(scores: Scores) -> list[ConfusionRow]:
    """Makes a row for each true class, a cell for each answer."""
    rows = []
    for label, counts in zip(scores.labels, scores.confusion.tolist(), strict=True):
        support = sum(counts)
        cells = [_cell(label, answer, count, support) for answer, count in zip(scores.labels, counts, strict=True)]
        rows.append(ConfusionRow(label, cells))
    return rows


def _cell(label: str, answer: str, count: int, support: int) -> ConfusionCell:
    share = count / support if support else 0.0
    return ConfusionCell(
        count=count,
        shade=round(share**0.7, 3),  # so that a few mistakes show beside a full diagonal
        is_right=label == answer,
        told=f"{label}, answered {answer}: {count} of {support}, {share:.0%}",
    )


def class_rows(
    scores: Scores, thresholds: Sequence[float], above: Bools, right: Bools, answers: Ints
) -> list[ClassRow]:
    """Makes the table of the classes.

    Args:
        scores: of all.
        thresholds: K, 0..1.
        above: (N,), the answer is above its threshold.
        right: (N,), the answer is right.
        answers: (N,), class numbers.
    """
    rows = []
    for number, of_class in enumerate(scores.per_class()):
        chosen = above & (answers == number)
        total = int(chosen.sum())
        share = float(right[chosen].mean()) if total else None
        rows.append(ClassRow(of_class, float(thresholds[number]), total, share))
    return rows
