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
from training.reports.svg import Plot, Tick, round_values

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
        plot: the plot area; the page scales it.
        lines: two for each run, of training and of validation.
        x_ticks: epochs.
        y_ticks: values.
        best: (row number, x, y), in px, of the epoch that each run keeps.
    """

    title: str
    plot: Plot
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


def _chart(
    title: str, summaries: Sequence[Summary], train: Callable[[Epoch], float], val: Callable[[Epoch], float]
) -> Chart:
    epochs = [epoch for summary in summaries for epoch in summary.history]
    values = [value for epoch in epochs for value in (train(epoch), val(epoch)) if math.isfinite(value)] or [0.0]
    x_values = [value for value in round_values(0, max(epoch.number for epoch in epochs)) if value == int(value)]
    y_values = round_values(min(values), max(values))
    x, y = (x_values[0], x_values[-1]), (y_values[0], y_values[-1])
    plot = Plot(width=560, height=280, left=48, right=12, top=10, bottom=26, x=x, y=y)
    lines, best = [], []
    for number, summary in enumerate(summaries):
        for is_train, value in ((True, train), (False, val)):
            path = plot.path((epoch.number, value(epoch)) for epoch in summary.history)
            lines.append(Line(number, summary.name, is_train, path))
        kept = summary.kept
        if kept and math.isfinite(val(kept)):
            best.append((number, plot.at_x(kept.number), plot.at_y(val(kept))))
    label = "{:g}".format
    return Chart(title, plot, lines, plot.x_ticks(x_values, label), plot.y_ticks(y_values, label), best)


def _row(summary: Summary) -> list[Cell]:
    values = [column.value(summary) for column in COLUMNS]
    keys = ["" if is_missing(value) else str(value) for value in values]
    return [Cell(column.cell(summary), key) for column, key in zip(COLUMNS, keys, strict=True)]
