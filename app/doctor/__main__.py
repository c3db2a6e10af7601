"""Tries every camera, says what is wrong and how to fix it."""

import sys
import time
from collections.abc import Sequence
from pathlib import Path

from app.command import EXIT_MISTAKE, Parser, program, run_command
from app.system.process import prepare_process

STARTED_S = time.perf_counter()


def main(argv: Sequence[str] | None = None) -> int:
    """Returns the exit status: 0 when a camera works well enough, else 2."""
    parser = Parser(prog=program("doctor"), description=__doc__, allow_abbrev=False)
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings (default: config.yaml)")
    parser.add_argument("--set", action="append", default=[], dest="overrides", metavar="key=value", help="a setting")
    parser.add_argument("--debug", action="store_true", help="show what the drivers print")
    options = parser.parse_args(argv)
    prepare_process()
    works: list[bool] = []

    def examine_cameras() -> None:
        from app.config.settings import load_project_settings  # late: --help needs neither
        from app.doctor.doctor import examine

        source = load_project_settings(options.config, options.overrides).source
        works.append(examine(source, STARTED_S, debug=options.debug))

    status = run_command(examine_cameras)
    return status or (0 if works == [True] else EXIT_MISTAKE)


if __name__ == "__main__":
    sys.exit(main())
