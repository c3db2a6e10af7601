"""What every command line shares: its name, one-line errors, exit statuses, Ctrl-C."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from app import paths
from app.errors import AppError

EXIT_MISTAKE, EXIT_CTRL_C, EXIT_SIGTERM = 2, 130, 143


_IN_CHECKOUT = {"": "python -m app", "run": "python run_webcam.py", "train": "python -m training"}


def program(command: str = "") -> str:
    """Returns what a user types to start a command of the project, for help and advice.

    Args:
        command: a command of `daily-activity`, such as "run" or "teach"; "train" for `daily-activity-train`; empty for
            `daily-activity` alone.

    Returns:
        The name of the installed command, such as "daily-activity teach", where the project is installed; else what
        starts it in a checkout, such as "python -m app.teach".
    """
    if paths.INSTALLED or Path(sys.argv[0]).name.startswith("daily-activity"):  # the latter: an editable installation
        return "daily-activity-train" if command == "train" else f"daily-activity {command}".rstrip()
    return _IN_CHECKOUT.get(command, f"python -m app.{command}")


def not_loadable(error: ImportError) -> AppError:
    """Returns the error for a package that is missing, or for one whose system library is."""
    fix = "`make run` sets everything up, or in the project's folder: python -m pip install ."
    if sys.platform == "linux" and not isinstance(error, ModuleNotFoundError):
        fix = "for what OpenCV needs, on Debian and Ubuntu: sudo apt install libgl1 libglib2.0-0"
    return AppError(f"a package is missing or does not load ({error}); {fix}")


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, without the usage."""

    def error(self, message: str) -> NoReturn:
        self.exit(EXIT_MISTAKE, f"error: {message}; see {self.prog} --help\n")


def run_command(command: Callable[[], None], after_ctrl_c: str = "interrupted") -> int:
    """Runs a command and turns what it raises into one line on stderr.

    Args:
        command: the work, without arguments.
        after_ctrl_c: the line for Ctrl-C.

    Returns:
        The exit status: 0, 2 for a user's mistake, 130 for Ctrl-C.
    """
    try:
        command()
    except AppError as error:
        print(f"error: {error}", file=sys.stderr)
        return EXIT_MISTAKE
    except KeyboardInterrupt:
        print(after_ctrl_c, file=sys.stderr)
        return EXIT_CTRL_C
    return 0
