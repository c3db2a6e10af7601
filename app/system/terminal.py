"""Lines on the terminal, that may be a pipe which nobody reads any more."""

import os
import sys


def say(line: str) -> bool:
    """Prints `line` at once. False when nobody reads (`... | head` has seen enough); later lines then go nowhere."""
    try:
        print(line, flush=True)
    except BrokenPipeError:
        # Python flushes stdout once more at its end, and would complain again
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return False
    return True
