"""Runs a session as a child and writes what it says to a log that rotates."""

import logging
import signal
import subprocess
from collections.abc import Sequence
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import FrameType

MOST_BYTES, KEPT = 1_000_000, 3  # of a log; older logs beside it


def keep_running(argv: Sequence[str], log: Path) -> int:
    """Runs a program to its end; signals that end this process are passed on to it.

    Args:
        argv: the program and its arguments.
        log: gets its lines with the time of day; beyond MOST_BYTES it becomes `session.log.1`.

    Returns:
        The program's exit status; 128 and the number of the signal that ended it.
    """
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handler = RotatingFileHandler(log, maxBytes=MOST_BYTES, backupCount=KEPT, encoding="utf-8", delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    logger = logging.Logger("session")
    logger.addHandler(handler)
    with subprocess.Popen(
        argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as child:

        def pass_on(number: int, frame: FrameType | None) -> None:
            child.send_signal(number)

        before = {number: signal.signal(number, pass_on) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            assert child.stdout is not None
            for line in child.stdout:
                logger.info("%s", line.rstrip("\n"))
            status = child.wait()
        finally:
            for number, old in before.items():
                signal.signal(number, old)
            handler.close()
    return status if status >= 0 else 128 - status
