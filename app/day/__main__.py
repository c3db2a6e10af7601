"""Tells how a day was, from the diary that `run` keeps with --diary.

PERIOD is today (default), yesterday, week (the seven days until today), all, a date such as 2026-11-27, or FROM..TO.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from app.command import Parser, not_loadable, program, run_command


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command.

    Args:
        argv: the arguments; None: those of the process.

    Returns:
        The exit status: 0, 2 for a user's mistake, 130 for Ctrl-C.
    """
    options = _parse(argv)
    return run_command(lambda: _report(options))


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = Parser(
        prog=program("day"),
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("period", nargs="?", default="today", metavar="PERIOD", help="which days (today)")
    add("--diary", type=Path, metavar="FOLDER", help="where the diary lies, or its file (that of the settings)")
    add("--source", metavar="NAME", help="count this source only, as the report names it")
    add("--html", type=Path, metavar="OUT.html", help="write one self-contained page")
    add("--json", nargs="?", const=True, type=Path, metavar="OUT.json", help="write the figures; without a file, here")
    add("--csv", nargs="?", const=True, type=Path, metavar="OUT.csv", help="write each entry; without a file, here")
    add("--overwrite", action="store_true", help="replace files that exist")
    add("--config", type=Path, metavar="FILE", help="settings (default: the project's own config.yaml)")
    return parser.parse_args(argv)


def _report(options: argparse.Namespace) -> None:
    try:  # late: --help needs none of it
        from app.config.settings import load_project_settings
        from app.day.figures import report_json
        from app.day.period import read_period
        from app.day.report import make_report
        from app.day.text import report_lines
        from app.diary.export import entries_csv
        from app.diary.store import FILE, default_folder
        from app.outputs import write_text
    except ImportError as error:
        raise not_loadable(error) from error
    _check(options)
    now = datetime.now().astimezone()
    period = read_period(options.period, now.date())
    kept = load_project_settings(options.config).diary.folder
    folder = options.diary or (Path(kept) if kept else default_folder())
    if folder.name == FILE and folder.is_file():
        folder = folder.parent
    report = make_report(folder, period, now, options.source)
    if options.html:
        from app.day.page import report_page  # late: Jinja is for those who want a page

        write_text(options.html, report_page(report), errors="backslashreplace")
    for target, text in (
        (options.json, json.dumps(report_json(report), indent=2, ensure_ascii=False) + "\n"),
        (options.csv, entries_csv(report.entries)),
    ):
        if target is True:
            print(text, end="")
        elif target:
            write_text(target, text)
    if True not in (options.json, options.csv):
        print(*report_lines(report), sep="\n")


def _check(options: argparse.Namespace) -> None:
    from app.errors import OutputError
    from app.outputs import check_distinct, check_target

    if options.json is options.csv is True:
        raise OutputError("--json and --csv cannot both be printed; give one of them a file")
    targets = [(f"--{name}", getattr(options, name)) for name in ("html", "json", "csv")]
    files = [(flag, target) for flag, target in targets if isinstance(target, Path)]
    for flag, target in files:
        check_target(target, flag.replace("--", "."), overwrite=options.overwrite)
    check_distinct(files)


if __name__ == "__main__":
    sys.exit(main())
