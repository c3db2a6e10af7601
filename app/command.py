"""What every command line shares: one-line errors, exit statuses, Ctrl-C."""

import argparse
import sys
from collections.abc import Callable
from typing import NoReturn

from app.errors import AppError

EXIT_MISTAKE, EXIT_CTRL_C, EXIT_SIGTERM = 2, 130, 143


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, without the usage."""

    def error(self, message: str) -> NoReturn:
        self.exit(EXIT_MISTAKE, f"error: {message}; see {self.prog} --help\n")


def run_command(command: Callable[[], None], after_ctrl_c: str | Callable[[], str] = "interrupted") -> int:
    """Runs a command and turns what it raises into one line on stderr.

    Args:
        command: the work, without arguments.
        after_ctrl_c: the line for Ctrl-C, or what makes it then.

    Returns:
        The exit status: 0, 2 for a user's mistake, 130 for Ctrl-C.
    """
    try:
        command()
    except AppError as error:
        print(f"error: {error}", file=sys.stderr)
        return EXIT_MISTAKE
    except KeyboardInterrupt:
        print(after_ctrl_c if isinstance(after_ctrl_c, str) else after_ctrl_c(), file=sys.stderr)
        return EXIT_CTRL_C
    return 0
