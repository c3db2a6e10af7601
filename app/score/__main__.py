"""Scores the label over time: what the app shows of a clip, beside what is really going on in it.

A truth file says what goes on, and when: a log of --log, corrected in a spreadsheet; labels of Audacity; a change list
("00:05 reading"); JSON of Label Studio; .eaf of ELAN.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from app.command import Parser, not_loadable, program, run_command
from app.system.process import prepare_process


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command.

    Args:
        argv: the flags; None: those of the process.

    Returns:
        The exit status: 0, 1 when a bar of --fail-under is missed, 2 for a user's mistake, 130 for Ctrl-C.
    """
    options = _parser().parse_args(argv)
    prepare_process()
    return run_command(lambda: _score(options), "interrupted; nothing was written")


def _score(options: argparse.Namespace) -> int:
    try:  # late: --help needs none of it
        from app.score.command import ScoreOptions, run_score
    except ImportError as error:
        raise not_loadable(error) from error
    return run_score(ScoreOptions(**vars(options)))


def _parser() -> Parser:
    parser = Parser(
        prog=program("score"),
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("clip", nargs="?", metavar="CLIP|FOLDER", help="a video file; or a folder of clips, each with its truth file")
    add("--truth", type=Path, metavar="FILE", help="what is going on; for a FOLDER the folder of its truth files")
    add("--predicted", type=Path, metavar="LOG.csv", help="score a log that exists, instead of running a clip")
    add("--duration", type=_seconds, metavar="S", help="the length of the clip of --predicted (the end of the log)")
    add("--model", type=Path, metavar="FILE", help="an ONNX model (that of config.yaml)")
    add("--config", type=Path, metavar="FILE", help="settings (the project's own config.yaml)")
    add("--set", action="append", default=[], dest="overrides", metavar="key=value", help="one setting of config.yaml")
    add("--map", type=Path, metavar="FILE.yaml", help="what labels stand for, on both sides; null: not scored")
    add("--fps", type=_seconds, metavar="F", help="frames a second by which a project of Label Studio counts")
    add("--tier", metavar="NAME", help="the tier of an ELAN file")
    add(
        "--collar", type=_seconds, action="append", metavar="S", help="for the event-based F1; may be repeated (0.5, 2)"
    )
    add("--report", type=Path, metavar="OUT.html", help="write a page: both timelines, every mistake, all figures")
    add("--json", type=Path, metavar="OUT.json", help="write every figure")
    add("--overwrite", action="store_true", help="replace files that exist")
    add(
        "--fail-under",
        action="append",
        default=[],
        metavar="METRIC=VALUE",
        help="exit status 1 when a measure is worse, such as frame_accuracy=0.8; may be repeated",
    )
    return parser


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value < 1e9:
        raise argparse.ArgumentTypeError(f"expected a number above 0, got {text!r}")
    return value


if __name__ == "__main__":
    sys.exit(main())
