"""Scores the label over time: what the app shows of a clip, beside what is really going on in it.

A truth file says what goes on, and when: the app's own log, corrected in a spreadsheet; labels of Audacity; a change
list ("00:05 reading"); JSON of Label Studio; .eaf of ELAN.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from app.command import Parser, not_loadable, number_above_zero, program, run_command
from app.system.process import prepare_process

_above_zero = number_above_zero("a number above 0", 1e9)
_OF_TUNING = ("max_switches", "max_delay", "min_right", "tuned", "picture", "kept")


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
        from app.errors import ConfigError
        from app.score.command import ScoreOptions, run_score
        from app.score.tuning.command import TuneOptions, run_tune
    except ImportError as error:
        raise not_loadable(error) from error
    values = vars(options)
    wished = {name: values.pop(name) for name in _OF_TUNING}
    if values.pop("tune"):
        return run_tune(TuneOptions(clips=ScoreOptions(**values), **wished))
    if given := [name for name in _OF_TUNING if wished[name] is not None]:
        raise ConfigError(f"--{given[0].replace('_', '-')} goes with --tune")
    return run_score(ScoreOptions(**values))


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
    add("--duration", type=_above_zero, metavar="S", help="the length of the clip of --predicted (the end of the log)")
    add("--model", type=Path, metavar="FILE", help="an ONNX model (that of config.yaml)")
    add("--config", type=Path, metavar="FILE", help="settings (the project's own config.yaml)")
    add("--set", action="append", default=[], dest="overrides", metavar="key=value", help="one setting of config.yaml")
    add("--map", type=Path, metavar="FILE.yaml", help="what labels stand for, on both sides; null: not scored")
    add("--fps", type=_above_zero, metavar="F", help="frames a second by which a project of Label Studio counts")
    add("--tier", metavar="NAME", help="the tier of an ELAN file")
    add(
        "--collar",
        type=_above_zero,
        action="append",
        metavar="S",
        help="for the event-based F1; may be repeated (0.5, 2)",
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
    add_tune = parser.add_argument_group("search the settings of the smoothing that suit you").add_argument
    add_tune("--tune", action="store_true", help="find those with the least wrong minutes on the clips of FOLDER")
    add_tune("--max-switches", type=_limit, metavar="N", help="label switches a minute while nothing changes (1)")
    add_tune("--max-delay", type=_limit, metavar="S", help="delay at a change, the median (1.5 s)")
    add_tune("--min-right", type=_limit, metavar="M", help="right minutes an hour (95 %% of those of now)")
    add_tune("--tuned", type=Path, metavar="OUT.yaml", help="write the settings, for --config")
    add_tune("--picture", type=Path, metavar="OUT.svg", help="draw the trade-off")
    add_tune("--kept", type=Path, metavar="DIR", help="where the network's answers are kept (FOLDER/.network)")
    return parser


def _limit(text: str) -> float:
    return 0.0 if text == "0" else _above_zero(text)


if __name__ == "__main__":
    sys.exit(main())
