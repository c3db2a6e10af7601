"""Lines on the terminal, which may not know every letter, be a pipe that nobody reads any more, or be closed."""

import errno
import io
import os
import sys
from pathlib import Path
from typing import TextIO

from app.errors import OutputError
from app.text import printable

_UNREAD = frozenset((errno.EPIPE, errno.EIO, errno.ENXIO, errno.ECONNRESET))  # `| head`; a terminal that was closed


def fill_missing_streams() -> None:
    """Gives a process that was started without stdin, stdout or stderr (`2>&-`) ones that lead nowhere.

    Else the next file that is opened takes the number of one, and gets what libraries print.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest number that is free


def escape_unknown_letters() -> None:
    """Makes stdout and stderr write letters that their encoding does not have as \\uXXXX; by default Python fails."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def say(line: str) -> bool:
    """Prints a line at once.

    Returns:
        Whether somebody reads it: not when `... | head` has seen enough, or the terminal is closed. Later lines then go
        nowhere.

    Raises:
        OutputError: the disk is full that stdout goes to.
    """
    return _write(line, sys.stdout)


def complain(line: str) -> None:
    """Prints a line on stderr; nowhere where that cannot be written."""
    try:
        _write(line, sys.stderr)
    except OutputError:
        _discard(sys.stderr)


def warn(line: str) -> None:
    """Prints a warning on stderr, in one line that any terminal can show."""
    complain(f"warning: {printable(line)}")


def stdout_for_data() -> int:
    """Keeps stdout for data that another program reads: all that is printed from now on goes to stderr.

    Returns:
        A file descriptor of what stdout was.
    """
    sys.stdout.flush()
    kept = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return kept


def is_unread(error: OSError) -> bool:
    """Returns whether an error of writing says that nobody reads any more."""
    return error.errno in _UNREAD


def discard_what_fails() -> OSError | None:
    """Sends stdout and stderr nowhere if they cannot be written: Python flushes them at its end, and would report it.

    Returns:
        The error of the one that fails; None where both work.
    """
    found = None
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except OSError as error:
            found = found or error
            _discard(stream)
    return found


def _write(line: str, stream: TextIO | None) -> bool:
    if stream is None:  # the process was started without it
        return False
    try:
        print(line, file=stream, flush=True)
    except OSError as error:
        _discard(stream)
        if not is_unread(error):
            raise OutputError(unwritable(error)) from None
        return False
    return True


def unwritable(error: OSError) -> str:
    """Returns the line for what cannot be written where nobody knows its name, as on a full disk behind stdout."""
    return f"what is printed or kept cannot be written ({error.strerror}); make room or send it elsewhere"


def _discard(stream: TextIO) -> None:
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), stream.fileno())
