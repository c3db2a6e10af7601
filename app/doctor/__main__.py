"""Tries every camera, says what is wrong and how to fix it."""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from app.command import EXIT_MISTAKE, Parser, program, run_command
from app.system.process import prepare_process

STARTED_S = time.perf_counter()


def main(argv: Sequence[str] | None = None) -> int:
    """Examines the cameras, as `run_webcam.py --doctor` does.

    Args:
        argv: the arguments; None: those of the process.

    Returns:
        The exit status: 0 when a camera works well enough, else 2; 130 Ctrl-C, 143 SIGTERM.
    """
    parser = Parser(prog=program("doctor"), description=__doc__, allow_abbrev=False)
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings (default: config.yaml)")
    parser.add_argument("--set", action="append", default=[], dest="overrides", metavar="key=value", help="a setting")
    parser.add_argument("--debug", action="store_true", help="show what the drivers print")
    options = parser.parse_args(argv)
    prepare_process(quiet=not options.debug)
    return run_command(lambda: _examine(options), after_ctrl_c="", debug=options.debug)


def _examine(options: argparse.Namespace) -> int:
    from app.config.settings import load_project_settings  # late: --help needs neither
    from app.doctor.doctor import examine

    source = load_project_settings(options.config, options.overrides).source
    return 0 if examine(source, STARTED_S, debug=options.debug) else EXIT_MISTAKE


if __name__ == "__main__":
    sys.exit(main())
