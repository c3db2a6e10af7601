"""The command line: python -m app.scan PATH... --output OUT.csv"""

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from app.command import Parser, not_loadable, number_above_zero, program, run_command
from app.scan.options import EVERY_S, PIECE_S, ScanOptions
from app.system.process import prepare_process

_SECONDS = number_above_zero("seconds above 0, a day at most", 86_400)
EPILOG = """\
paths: video files, folders (with those below them), patterns in quotes ("2026-*/*.mp4"), - for a list on stdin, and
with the extra [remote] addresses such as https://... and s3://...
exit status: 0 all went well; 1 some file has a problem, which its row names; 2 a mistake; 130 Ctrl-C"""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command.

    Args:
        argv: the flags; None: those of the process.

    Returns:
        The exit status: 0, 1 where some file has a problem, 2 for a user's mistake, 130 for Ctrl-C.
    """
    arguments = _parser().parse_args(argv)
    prepare_process(quiet=not arguments.debug)
    logging.basicConfig(format="%(levelname)s: %(message)s", level="DEBUG" if arguments.debug else "ERROR")
    again = f"interrupted; --resume goes on: {program('scan')} ... --resume"
    return run_command(lambda: _run(arguments), again, debug=arguments.debug)


def _run(arguments: argparse.Namespace) -> int:
    try:  # late: --help needs neither OpenCV nor ONNX Runtime
        from app.scan.run import run_scan
    except ImportError as error:
        raise not_loadable(error) from error
    return run_scan(
        ScanOptions(
            paths=tuple(arguments.paths),
            output=arguments.output,
            looks=arguments.looks,
            report=arguments.report,
            every_s=arguments.every,
            keyframes=arguments.keyframes,
            piece_s=arguments.pieces,
            workers=arguments.workers,
            model=arguments.model,
            config=arguments.config,
            overrides=tuple(arguments.overrides),
            engine=arguments.engine,
            address=arguments.address,
            resume=arguments.resume,
            overwrite=arguments.overwrite,
        )
    )


def _parser() -> Parser:
    parser = Parser(
        prog=program("scan"),
        description="The timeline of many hours of video, from a few looks a second.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("paths", nargs="+", metavar="PATH", help="what to scan; see below")
    add("--output", type=Path, required=True, metavar="OUT", help="the table, .csv or .parquet: a row a segment")
    add("--looks", type=Path, metavar="OUT", help="a table with a row a look as well, .csv or .parquet")
    add("--report", type=Path, metavar="OUT.html", help="a page with the time of every activity and a strip a file")
    add("--every", type=_SECONDS, default=EVERY_S, metavar="S", help=f"seconds between two looks ({EVERY_S})")
    add("--keyframes", action="store_true", help="look at keyframes alone, at most one every --every seconds")
    add("--pieces", type=_SECONDS, default=PIECE_S, metavar="S", help=f"seconds of a piece of work ({PIECE_S:.0f})")
    add("--workers", type=_count, metavar="N", help="processes (one a core)")
    add("--engine", choices=("pool", "ray"), default="pool", help="processes of this machine, or a Ray cluster (pool)")
    add("--address", metavar="HOST:PORT", help="of the Ray cluster, or auto (a cluster on this machine alone)")
    add("--model", type=Path, metavar="FILE", help="an ONNX model (that of the settings)")
    add("--config", type=Path, metavar="FILE", help="settings (the project's own config.yaml)")
    add("--set", action="append", default=[], dest="overrides", metavar="key=value", help="one setting of config.yaml")
    add("--resume", action="store_true", help="go on where an interrupted scan ended")
    add("--overwrite", action="store_true", help="replace files that exist, and begin again")
    add("--debug", action="store_true", help="show tracebacks and what the libraries say")
    return parser


def _count(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= 1000:
        raise argparse.ArgumentTypeError(f"expected a whole number from 1 to 1000, got {text!r}")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
