"""`compare`: runs side by side, as a Markdown table and, on request, one HTML page with their curves."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.outputs import check_target
from app.system.terminal import warn
from training.commands.command import Command


@dataclass(frozen=True, kw_only=True)
class CompareOptions:
    """Which runs to compare, and how to show them.

    Attributes:
        runs: their folders.
        report: file for one HTML page; None: none.
        overwrite: whether a file of this name may be replaced.
        sort: the name of the column that orders the rows.
        filter: a text that rows must contain, in any case; empty keeps all.
    """

    runs: Sequence[Path]
    report: Path | None = None
    overwrite: bool = False
    sort: str = "test"
    filter: str = ""


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Adds the flags of `compare`."""
    parser.add_argument("runs", type=Path, nargs="+", metavar="runs/NAME")
    parser.add_argument("--report", type=Path, metavar="FILE.html", help="write a table that sorts and filters")
    parser.add_argument("--overwrite", action="store_true", help="replace the report if it exists")
    parser.add_argument("--sort", metavar="COLUMN", help="order of the rows (test)")
    parser.add_argument("--filter", metavar="TEXT", help="only rows that contain it")


def compare(options: CompareOptions) -> None:
    """Prints the table and writes the report.

    Raises:
        ConfigError: a folder that is not a run, an unknown column, or a text that no row contains.
        OutputError: the report cannot be written.
    """
    from training.reports.comparison import doubts, filter_rows, find_column, sort_rows
    from training.reports.markdown import format_markdown
    from training.reports.summary import summarise_all
    from training.run_folder import HISTORY, METRICS

    column = find_column(options.sort)
    if options.report:
        inputs = [path for run in options.runs for path in (run, run / METRICS, run / HISTORY)]
        check_target(options.report, overwrite=options.overwrite, make_folder=True, inputs=inputs)
    rows = sort_rows(filter_rows(summarise_all(options.runs), options.filter), column)
    print(format_markdown(rows))
    for line in doubts(rows):
        warn(line)
    if options.report:
        from training.reports.compare_page import write_page  # the table alone needs no template engine

        write_page(options.report, rows)
        print(f"report: {options.report}")


COMMAND = Command(
    name="compare",
    help="runs side by side, as Markdown and HTML",
    add_flags=add_flags,
    options=CompareOptions,
    run=compare,
)
