"""Starts a session at each login, without a window: by systemd, launchd or the Task Scheduler of Windows.

What stands after -- are flags of `run`; without any they are --no-window --diary.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from app.command import EXIT_MISTAKE, Parser, program, run_command
from app.paths import INSTALLED, PROJECT

DEFAULT = ("--no-window", "--diary")


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command.

    Args:
        argv: the arguments; None: those of the process.

    Returns:
        The exit status: 0; 2 for a mistake, and from `status` where nothing is installed.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    own, flags = _split(arguments)
    parser = Parser(
        prog=program("service"),
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("what", choices=("install", "status", "remove", "run"), help="run: what the system starts")
    what = parser.parse_args(own).what
    if what == "run":
        from app.service.keeper import keep_running

        return keep_running([sys.executable, "-m", "app", "run", *flags], _log())
    return run_command(lambda: _do(what, flags))


def _split(arguments: list[str]) -> tuple[list[str], list[str]]:
    if "--" not in arguments:
        return arguments, list(DEFAULT)
    at = arguments.index("--")
    return arguments[:at], arguments[at + 1 :] or list(DEFAULT)


def _do(what: str, flags: list[str]) -> int:
    from app.service.systems import this_system

    system = this_system()
    if what == "status":
        installed, line = system.status()
        print(line, f"Log: {_log()}", sep="\n")
        return 0 if installed else EXIT_MISTAKE
    if what == "install":
        command = [sys.executable, "-m", "app.service", "run", "--", *flags]
        lines = [*system.install(command, Path.home() if INSTALLED else PROJECT), f"Log: {_log()}"]
    else:
        lines = system.remove()
    print(*lines, sep="\n")
    return 0


def _log() -> Path:
    import platformdirs  # late: --help needs none of it

    return platformdirs.user_log_path("daily-activity", appauthor=False) / "session.log"


if __name__ == "__main__":
    sys.exit(main())
