"""Worker processes on this machine. One that crashes is replaced, and what it was at is tried once more."""

import multiprocessing
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from types import TracebackType
from typing import Self

from app.errors import AppError
from app.scan.engine import Agenda, Crashes
from app.scan.job import Job
from app.scan.manifest import Ticket
from app.scan.worker import serve
from app.system.interrupts import interrupts

_POLL_S = 0.2  # s between two looks for Ctrl-C
_TRIES = 2


class _Worker:
    """A process, and what it is at."""

    def __init__(self, job: Job) -> None:
        spawn = multiprocessing.get_context("spawn")  # a fork would take threads and open files along
        self.connection: Connection
        self.connection, theirs = spawn.Pipe()
        self.process: SpawnProcess = spawn.Process(target=serve, args=(theirs, job), name="scan", daemon=True)
        self.process.start()
        theirs.close()
        self.ticket: Ticket | None = None

    def end(self) -> None:
        self.connection.close()
        self.process.kill()
        self.process.join()


class Pool:
    """A context manager that ends its processes."""

    def __init__(self, job: Job, workers: int) -> None:
        """Starts the processes.

        Args:
            job: what all pieces have in common.
            workers: how many processes.
        """
        self._job = job
        self._workers = [_Worker(job) for _ in range(workers)]
        self._crashes = Crashes(_TRIES)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self._workers:
            worker.end()

    def run(self, agenda: Agenda) -> None:
        """Does all that there is to do.

        Args:
            agenda: gives out work and takes in answers.

        Raises:
            AppError: a worker cannot begin, as where the model does not open.
            Interrupted: Ctrl-C and the like.
        """
        with interrupts.deferred():
            while not agenda.is_done:
                for worker in self._workers:
                    self._hand_out(worker, agenda)
                busy = {worker.connection: worker for worker in self._workers if worker.ticket}
                for connection in wait(list(busy), _POLL_S):
                    self._take_in(busy[connection], agenda)  # type: ignore[index]
                interrupts.check()

    def _hand_out(self, worker: _Worker, agenda: Agenda) -> None:
        if worker.ticket is None and (ticket := agenda.take()) is not None:
            self._send(worker, ticket)

    def _send(self, worker: _Worker, ticket: Ticket) -> None:
        worker.ticket = ticket
        with suppress(OSError):  # it has ended: reading says so
            worker.connection.send(ticket.work)

    def _take_in(self, worker: _Worker, agenda: Agenda) -> None:
        ticket = worker.ticket
        assert ticket is not None
        try:
            answer = worker.connection.recv()
        except (EOFError, OSError):
            self._replace(worker, ticket, agenda)
            return
        if isinstance(answer, AppError):
            raise answer
        worker.ticket = None
        agenda.give(ticket, answer)

    def _replace(self, worker: _Worker, ticket: Ticket, agenda: Agenda) -> None:
        worker.process.join()
        how = f"exit status {worker.process.exitcode}"
        worker.end()
        fresh = _Worker(self._job)
        self._workers[self._workers.index(worker)] = fresh
        if failed := self._crashes.give_up(ticket, how):
            agenda.give(ticket, failed)
        else:
            self._send(fresh, ticket)
