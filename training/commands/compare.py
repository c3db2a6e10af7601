"""Runs side by side: a Markdown table for the terminal and, on request, one HTML page with their curves."""

import math
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from app.errors import ConfigError
from training.reports.summary import Summary, readable, summarise
from training.reports.textfile import check_writable

Value = str | float | None


@dataclass(frozen=True)
class Column:
    """name: as in --sort. value: what the column sorts by. text: of a value that is there."""

    name: str
    value: Callable[[Summary], Value]
    text: Callable[[Summary], str]
    is_number: bool = True
    best_is_highest: bool = False

    def cell(self, summary: Summary) -> str:
        return "-" if is_missing(self.value(summary)) else self.text(summary)


@dataclass(frozen=True, kw_only=True)
class CompareOptions:
    """sort: the name of a column. filter: a text that rows must contain, in any case; empty keeps all."""

    runs: Sequence[Path]
    report: Path | None = None
    sort: str = "test"
    filter: str = ""


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


def compare(options: CompareOptions) -> None:
    """Prints the table and writes the report. Raises ConfigError for a folder that is no run or an unknown column."""
    column = _find_column(options.sort)
    if options.report:
        check_writable(options.report, "report")
    summaries = _with_unique_names([summarise(folder) for folder in options.runs], options.runs)
    chosen = sort_rows(filter_rows(summaries, options.filter), column)
    print(format_markdown(chosen))
    for line in doubts(chosen):
        print(f"warning: {line}", file=sys.stderr)
    if options.report:
        from training.reports.compare_page import write_page  # late: the table alone needs no template engine

        write_page(options.report, chosen)
        print(f"report: {options.report}")


def filter_rows(summaries: Sequence[Summary], text: str) -> list[Summary]:
    """Those of which any cell contains `text`, in any case. Raises ConfigError when none does."""
    wanted = text.casefold()
    rows = [row for row in summaries if any(wanted in column.cell(row).casefold() for column in COLUMNS)]
    if not rows:
        raise ConfigError(f"--filter {text}: none of the {len(summaries)} runs contains it; give another text")
    return rows


def sort_rows(summaries: Sequence[Summary], column: Column) -> list[Summary]:
    """Accuracies with the highest first, all else ascending; rows without a value last, equal ones as given."""
    known = [row for row in summaries if not is_missing(column.value(row))]
    rest = [row for row in summaries if is_missing(column.value(row))]
    # a column holds texts or numbers, never both
    return sorted(known, key=column.value, reverse=column.best_is_highest) + rest  # type: ignore[arg-type]


def format_markdown(summaries: Sequence[Summary]) -> str:
    """A table that is aligned in a terminal too, whatever the script of the names."""
    cells = [[_escape(column.cell(row)) for column in COLUMNS] for row in summaries]
    heads = [column.name for column in COLUMNS]
    widths = [max(_width(text) for text in texts) for texts in zip(heads, *cells, strict=True)]
    rule = [_rule(column, width) for column, width in zip(COLUMNS, widths, strict=True)]
    return "\n".join(_format_line(row, widths) for row in [heads, rule, *cells])


def doubts(summaries: Sequence[Summary]) -> Iterator[str]:
    """One line for each thing that makes the figures of these runs incomparable."""
    unfinished = [row.name for row in summaries if not row.is_finished]
    if unfinished:
        yield (
            f"unfinished: {', '.join(unfinished)}; shown are the accuracies of the best epoch so far, "
            "that of training measured under augmentation"
        )
    tested = {row.test_pictures for row in summaries if row.test_pictures is not None}
    if len(tested) > 1:
        yield "the runs were not tested on the same pictures; small differences between them mean little"


def is_missing(value: Value) -> bool:
    return value is None or (isinstance(value, float) and not math.isfinite(value))


def _find_column(name: str) -> Column:
    for column in COLUMNS:
        if column.name == name:
            return column
    raise ConfigError(f"--sort {name}: no such column; columns are {', '.join(column.name for column in COLUMNS)}")


def _with_unique_names(summaries: Sequence[Summary], folders: Sequence[Path]) -> list[Summary]:
    """Runs of the same name in different folders are told apart by their path as given."""
    counts = Counter(row.name for row in summaries)
    return [
        row if counts[row.name] == 1 else replace(row, name=readable(folder.as_posix()))
        for row, folder in zip(summaries, folders, strict=True)
    ]


def _rule(column: Column, width: int) -> str:
    return "-" * (width - 1) + (":" if column.is_number else "-")


def _format_line(texts: Sequence[str], widths: Sequence[int]) -> str:
    padded = []
    for text, width, column in zip(texts, widths, COLUMNS, strict=True):
        space = " " * (width - _width(text))
        padded.append(space + text if column.is_number else text + space)
    return f"| {' | '.join(padded)} |"


def _escape(text: str) -> str:
    """Bars would end the cell, and a renderer of Markdown takes `<` for HTML."""
    return re.sub(r"([\\|<])", r"\\\1", text)


def _width(text: str) -> int:
    """Columns of a terminal: East Asian wide characters take two, combining marks none."""
    return sum(0 if unicodedata.combining(char) else 1 + (unicodedata.east_asian_width(char) in "WF") for char in text)
