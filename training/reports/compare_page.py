"""The comparison as one self-contained HTML page: a table that sorts and filters, test accuracies, learning curves."""

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.outputs import write_text
from training.reports.comparison import COLUMNS, doubts, is_missing
from training.reports.pages import render_page
from training.reports.summary import Epoch, Summary

WIDTH, HEIGHT = 560, 280  # px of a chart's view box; the page scales it
LEFT, RIGHT, TOP, BOTTOM = 48, 12, 10, 26  # margins around the axes
HUES = 8  # as many as the template has colours; further runs repeat them


@dataclass(frozen=True)
class Cell:
    """A cell of the table.

    Attributes:
        text: what people read.
        key: what the page sorts by, empty where there is nothing.
    """

    text: str
    key: str

    @property
    def parts(self) -> list[str]:
        """The pieces between which a line may break."""
        return re.split(r"(?<=[,;]) ", self.text)


@dataclass(frozen=True)
class Tick:
    """A mark on an axis.

    Attributes:
        at: px in the view box.
        label: its text.
    """

    at: float
    label: str


@dataclass(frozen=True)
class Line:
    """One curve.

    Attributes:
        run: the number of its row.
        name: of its run.
        is_train: of training, else of validation.
        path: SVG path data.
    """

    run: int
    name: str
    is_train: bool
    path: str


@dataclass(frozen=True)
class Chart:
    """Learning curves of all runs.

    Attributes:
        title: above the chart.
        lines: two for each run, of training and of validation.
        x_ticks: epochs.
        y_ticks: values.
        best: (row number, x, y), in px, of each run's best epoch.
    """

    title: str
    lines: list[Line]
    x_ticks: list[Tick]
    y_ticks: list[Tick]
    best: list[tuple[int, float, float]]


@dataclass(frozen=True)
class Bar:
    """The test accuracy of a run.

    Attributes:
        run: the number of its row.
        name: of its run.
        accuracy: in %.
        low: lower end of its 95 % interval, in %.
        high: upper end.
    """

    run: int
    name: str
    accuracy: float
    low: float
    high: float


def write_page(path: Path, summaries: Sequence[Summary]) -> None:
    """Writes the page, whole.

    Args:
        path: the file; one that is there is replaced.
        summaries: the rows, in order.

    Raises:
        OutputError: it cannot be written.
    """
    text = render_page(
        "compare.html",
        columns=COLUMNS,
        rows=[_row(summary) for summary in summaries],
        doubts=list(doubts(summaries)),
        bars=list(bars(summaries)),
        charts=charts(summaries),
        differences=differences(summaries),
        names=[summary.name for summary in summaries],
        hues=HUES,
        frame={"width": WIDTH, "height": HEIGHT, "left": LEFT, "right": WIDTH - RIGHT, "bottom": HEIGHT - BOTTOM},
    )
    write_text(path, text)


def bars(summaries: Sequence[Summary]) -> Iterator[Bar]:
    """Yields a bar for each run with a test accuracy, in the order given."""
    for number, summary in enumerate(summaries):
        if summary.test is not None and not is_missing(summary.test):
            yield Bar(
                number, summary.name, *(round(100 * share, 2) for share in (summary.test, *summary.test_interval))
            )


def charts(summaries: Sequence[Summary]) -> list[Chart]:
    """Makes the charts of accuracy and loss over the epochs; none when no run has trained an epoch."""
    if not any(summary.history for summary in summaries):
        return []
    return [
        _chart("Accuracy, %", summaries, lambda epoch: 100 * epoch.accuracy, lambda epoch: 100 * epoch.val_accuracy),
        _chart("Loss", summaries, lambda epoch: epoch.loss, lambda epoch: epoch.val_loss),
    ]


def differences(summaries: Sequence[Summary]) -> list[tuple[str, list[str]]]:
    """Finds the settings that are not the same in all runs.

    Returns:
        (key, the value of each run), in the order of the recipe's keys.
    """
    keys = {key: None for summary in summaries for key in summary.settings}
    table = [(key, [summary.settings.get(key, "-") for summary in summaries]) for key in keys]
    return [(key, values) for key, values in table if len(set(values)) > 1]


def ticks(low: float, high: float, at_most: int = 6) -> list[float]:
    """Chooses round values for an axis, in steps of 1, 2 or 5 times a power of ten.

    Args:
        low: the least value shown.
        high: the largest.
        at_most: how many ticks, or one more.

    Returns:
        From the last round value below `low` to the first above `high`.
    """
    span = max(high - low, 1e-6)
    power = 10.0 ** math.floor(math.log10(span / at_most))
    step = next(factor * power for factor in (1, 2, 5, 10, 20) if span / (factor * power) <= at_most - 1)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(number * step, 10) for number in range(first, max(last, first + 1) + 1)]


def _chart(
    title: str, summaries: Sequence[Summary], train: Callable[[Epoch], float], val: Callable[[Epoch], float]
) -> Chart:
    epochs = [epoch for summary in summaries for epoch in summary.history]
    values = [value for epoch in epochs for value in (train(epoch), val(epoch)) if math.isfinite(value)] or [0.0]
    x_values = [tick for tick in ticks(0, max(epoch.number for epoch in epochs)) if tick == int(tick)]
    y_values = ticks(min(values), max(values))
    x = _scale(x_values[0], x_values[-1], LEFT, WIDTH - RIGHT)
    y = _scale(y_values[0], y_values[-1], HEIGHT - BOTTOM, TOP)
    lines, best = [], []
    for number, summary in enumerate(summaries):
        for is_train, value in ((True, train), (False, val)):
            points = [(x(epoch.number), y(value(epoch))) for epoch in summary.history]
            lines.append(Line(number, summary.name, is_train, _path(points)))
        kept = summary.best_epoch
        if kept and math.isfinite(val(kept)):
            best.append((number, x(kept.number), y(val(kept))))
    x_ticks = [Tick(x(value), f"{value:g}") for value in x_values]
    return Chart(title, lines, x_ticks, [Tick(y(value), f"{value:g}") for value in y_values], best)


def _scale(low: float, high: float, start: float, end: float) -> Callable[[float], float]:
    return lambda value: round(start + (value - low) / (high - low) * (end - start), 1)


def _path(points: Sequence[tuple[float, float]]) -> str:
    """Through the finite points; a NaN (a run that diverged) leaves a gap."""
    path, pen = "", "M"
    for x, y in points:
        if math.isfinite(y):
            path += f"{pen}{x:g} {y:g}"
        pen = "L" if math.isfinite(y) else "M"
    return path


def _row(summary: Summary) -> list[Cell]:
    values = [column.value(summary) for column in COLUMNS]
    keys = ["" if is_missing(value) else str(value) for value in values]
    return [Cell(column.cell(summary), key) for column, key in zip(COLUMNS, keys, strict=True)]
