"""What every command line shares: its name, one-line errors, exit statuses, Ctrl-C."""

import argparse
import errno
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from app.errors import AppError
from app.file_urls import path_argument
from app.paths import INSTALLED
from app.system.interrupts import Interrupted, interrupts
from app.system.terminal import (
    complain,
    discard_what_fails,
    escape_unknown_letters,
    fill_missing_streams,
    is_unread,
    unwritable,
)

EXIT_MISTAKE = 2
EXIT_UNREAD = 141  # what shells report of a process that SIGPIPE ended: 128 + 13

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
    if INSTALLED or Path(sys.argv[0]).name.startswith("daily-activity"):  # the latter: an editable installation
        return "daily-activity-train" if command == "train" else f"daily-activity {command}".rstrip()
    return _IN_CHECKOUT.get(command, f"python -m app.{command}")


def not_loadable(error: ImportError) -> AppError:
    """Returns the error for a package that is missing, or for one whose system library is."""
    fix = "`make run` sets everything up, or in the project's folder: python -m pip install ."
    if sys.platform == "linux" and not isinstance(error, ModuleNotFoundError):
        fix = "for what OpenCV needs, on Debian and Ubuntu: sudo apt install libgl1 libglib2.0-0"
    return AppError(f"a package is missing or does not load ({error}); {fix}")


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, without the usage; every flag that is a path may be a file:// address."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.register("type", Path, path_argument)

    def error(self, message: str) -> NoReturn:
        """Ends the program with one line and exit status 2."""
        self.exit(EXIT_MISTAKE, f"error: {message}; see {self.prog} --help\n")


def number_above_zero(what: str, most: float = sys.float_info.max) -> Callable[[str], float]:
    """Returns the type of a flag that takes a number.

    Args:
        what: the words for what is expected, such as "seconds above 0".
        most: the largest one that is taken.
    """

    def number(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = -1.0
        if not 0 < value <= most:
            raise argparse.ArgumentTypeError(f"expected {what}, got {text!r}")
        return value

    return number


def run_command(
    command: Callable[[], int | None], after_ctrl_c: str | Callable[[], str] = "interrupted", debug: bool = False
) -> int:
    """Runs a command and turns what it raises into one line on stderr.

    Args:
        command: the work; returns an exit status where it is not 0.
        after_ctrl_c: the line for Ctrl-C and the other signals that end a process, or what makes it then; empty for
            none.
        debug: show tracebacks; a user's mistake then ends with Python's own exit status.

    Returns:
        The exit status: the command's, 2 for a user's mistake, 141 when nobody reads stdout any more (as behind
        `| head`), 128 and its number for a signal: 130 for Ctrl-C, 143 for SIGTERM, 129 when the terminal is closed.
    """
    interrupts.install()
    fill_missing_streams()
    escape_unknown_letters()
    try:
        status = command() or 0
        print(end="", flush=True)  # here, where a broken pipe is handled, rather than when Python ends
        return status
    except AppError as error:
        if debug:
            raise
        complain(f"error: {error}")
        return EXIT_MISTAKE
    except Interrupted as interrupted:
        if debug:
            traceback.print_exc()
        line = after_ctrl_c if isinstance(after_ctrl_c, str) else after_ctrl_c()
        if line:
            complain(line)
        discard_what_fails()
        return interrupted.status
    except OSError as error:
        failed = discard_what_fails() or error
        if is_unread(failed):
            return EXIT_UNREAD
        if failed is error and error.errno != errno.ENOSPC:
            raise
        complain(f"error: {unwritable(failed)}")
        return EXIT_MISTAKE
