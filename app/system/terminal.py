"""Lines on the terminal, which may be a pipe that nobody reads any more."""

import os
import sys
from pathlib import Path


def say(line: str) -> bool:
    """Prints a line at once.

    Returns:
        Whether somebody reads it: not when `... | head` has seen enough. Later lines then go nowhere.
    """
    try:
        print(line, flush=True)
    except BrokenPipeError:
        discard_stdout()
        return False
    return True


def discard_stdout() -> None:
    """Sends stdout nowhere: Python flushes it once more at its end, and would report a broken pipe again."""
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())
