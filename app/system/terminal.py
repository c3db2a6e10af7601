"""Lines on the terminal, which may be a pipe that nobody reads any more."""

import os
import sys


def say(line: str) -> bool:
    """Prints a line at once.

    Returns:
        Whether somebody reads it: not when `... | head` has seen enough. Later lines then go nowhere.
    """
    try:
        print(line, flush=True)
    except BrokenPipeError:
        # Python flushes stdout once more at its end, and would report the broken pipe again
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return False
    return True
