"""Runs side by side: the columns of the comparison, the order of its rows, and what to doubt about it."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from app.errors import ConfigError
from app.text import listed
from training.reports.summary import Summary

Value = str | float | None


@dataclass(frozen=True)
class Column:
    """A column of the comparison.

    Attributes:
        name: as in `--sort`.
        value: what rows are sorted by; None: the run does not know it.
        text: the cell of a run that knows it.
        is_number: else a text.
        best_is_highest: the highest values come first.
    """

    name: str
    value: Callable[[Summary], Value]
    text: Callable[[Summary], str]
    is_number: bool = True
    best_is_highest: bool = False

    def cell(self, summary: Summary) -> str:
        """Returns the text of a run's cell, "-" where there is no value."""
        return "-" if is_missing(self.value(summary)) else self.text(summary)


def is_missing(value: Value) -> bool:
    """Tells whether there is no value, or none that can be sorted (NaN, infinity)."""
    return value is None or (isinstance(value, float) and not math.isfinite(value))


def _words(name: str, text: Callable[[Summary], str]) -> Column:
    return Column(name, lambda summary: text(summary).casefold(), text, is_number=False)


def _share(name: str, value: Callable[[Summary], float | None], *, best_is_highest: bool = True) -> Column:
    return Column(name, value, lambda summary: f"{100 * (value(summary) or 0):.1f} %", best_is_highest=best_is_highest)


def _name(summary: Summary) -> str:
    return summary.name if summary.is_finished else f"{summary.name} (unfinished)"


def _epochs(summary: Summary) -> str:
    tuned = len(summary.history) - summary.warmup_epochs
    return f"{summary.warmup_epochs} + {tuned}" if summary.warmup_epochs else str(tuned)


COLUMNS = (
    _words("run", _name),
    _words("architecture", lambda summary: summary.architecture),
    Column("parameters", lambda summary: summary.parameters, lambda summary: f"{summary.parameters:,}"),
    _share("train", lambda summary: summary.train),
    _share("validation", lambda summary: summary.validation),
    _share("test", lambda summary: summary.test),
    _share("gap", lambda summary: summary.gap, best_is_highest=False),
    Column("epochs", lambda summary: len(summary.history) or None, _epochs),
    _words("schedule", lambda summary: summary.schedule),
    _words("augmentation", lambda summary: summary.augmentation),
    Column("minutes", lambda summary: summary.minutes, lambda summary: f"{summary.minutes:.1f}"),
)


def find_column(name: str) -> Column:
    """Finds a column by its name.

    Raises:
        ConfigError: there is none; names them all.
    """
    for column in COLUMNS:
        if column.name == name:
            return column
    raise ConfigError(f"--sort {name}: no such column; columns are {', '.join(column.name for column in COLUMNS)}")


def filter_rows(summaries: Sequence[Summary], text: str) -> list[Summary]:
    """Selects the runs of which any cell contains a text, in any case.

    Raises:
        ConfigError: none does.
    """
    wanted = text.casefold()
    rows = [row for row in summaries if any(wanted in column.cell(row).casefold() for column in COLUMNS)]
    if not rows:
        raise ConfigError(f"--filter {text}: none of the {len(summaries)} runs contains it; give another text")
    return rows


def sort_rows(summaries: Sequence[Summary], column: Column) -> list[Summary]:
    """Sorts runs: accuracies with the highest first, all else ascending.

    Runs without a value come last, equal ones stay in the order given.
    """
    known = [row for row in summaries if not is_missing(column.value(row))]
    rest = [row for row in summaries if is_missing(column.value(row))]
    # a column holds texts or numbers, never both
    return sorted(known, key=column.value, reverse=column.best_is_highest) + rest  # type: ignore[arg-type]


def doubts(summaries: Sequence[Summary]) -> Iterator[str]:
    """Yields a line for each reason why the figures of these runs cannot be compared."""
    unfinished = [row.name for row in summaries if not row.is_finished]
    if unfinished:
        yield (
            f"unfinished: {', '.join(unfinished)}; the accuracies are those of the best epoch so far, "
            "and training was measured under augmentation"
        )
    yield from _same_models(summaries)
    tested = {row.test_images for row in summaries if row.test_images is not None}
    if len(tested) > 1:
        yield "the runs were not tested on the same images; small differences between them mean little"


def _same_models(summaries: Sequence[Summary]) -> Iterator[str]:
    named: dict[str, list[str]] = {}
    for row in summaries:
        if row.weights is not None:
            named.setdefault(row.weights, []).append(row.name)
    for names in named.values():
        if len(names) > 1:
            yield f"{listed(names)} are the same model: their weights are equal, byte for byte"
