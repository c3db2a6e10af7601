"""A worker process: does pieces of work until nobody sends any more."""

import signal
import sys
from contextlib import suppress
from multiprocessing.connection import Connection

from app.errors import AppError
from app.scan.job import Job
from app.scan.looks import Answer, Work
from app.scan.scanner import Scanner
from app.system.process import use_one_opencv_thread


def serve(connection: Connection, job: Job) -> None:
    """Answers every `Work` that comes through a connection.

    Args:
        connection: to the main process.
        job: what all pieces have in common.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches every process of a terminal; the main one ends this
    use_one_opencv_thread()
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):  # the main process is gone
        try:
            scanner = Scanner(job)
        except AppError as error:
            connection.send(error)
            return
        while True:
            work: Work = connection.recv()
            connection.send(answer(scanner, work))


def answer(scanner: Scanner, work: Work) -> Answer:
    """Does a piece of work, whatever happens."""
    try:
        return scanner.answer(work)
    except MemoryError:
        return Answer(problem="takes more memory than there is")
    except Exception as error:  # noqa: BLE001 (one file must not end the others; the reason stands in the table)
        print(f"{work.file}: {error!r}", file=sys.stderr)
        return Answer(problem=f"failed unexpectedly ({type(error).__name__}: {error})")
