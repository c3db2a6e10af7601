"""Workers of a Ray cluster, one a core: each decodes and classifies, and images never travel.

Actors of Ray's core do this, not Ray Data: the pieces of a file are known only when a worker has read its packets, and
what was answered is kept by the manifest, not by Ray.
"""

import socket
from collections import deque
from types import TracebackType
from typing import Any, Self

import ray
from ray.exceptions import RayActorError, RayError

from app.errors import AppError, ConfigError
from app.scan.engine import Agenda, Crashes
from app.scan.job import Job
from app.scan.looks import Answer, Work
from app.scan.manifest import Ticket
from app.scan.scanner import Scanner
from app.scan.worker import answer
from app.system.interrupts import interrupts
from app.system.process import use_one_opencv_thread

_PATIENCE_S = 10.0
_POLL_S = 0.2  # s between two looks for Ctrl-C
_MOST_FAILED_STARTS = 10  # of actors whose process ends before it has begun
_TRIES = 3  # one more than on one machine: a machine that goes away is nobody's fault


class _Actor:
    """A worker; it knows why it cannot begin, which Ray would wrap up."""

    def __init__(self, job: Job) -> None:
        use_one_opencv_thread()
        self._scanner: Scanner | None = None
        self._reason: str | None = None
        try:
            self._scanner = Scanner(job)
        except AppError as error:
            self._reason = str(error)

    def begin(self) -> str | None:
        """Returns why it cannot begin; None where it can."""
        return self._reason

    def answer(self, work: Work) -> Answer:
        assert self._scanner is not None
        return answer(self._scanner, work)


def _knock(address: str | None) -> None:
    """Tries whether anything answers at host:port, for Ray itself tries for minutes.

    Raises:
        OSError: nothing does.
    """
    host, colon, port = (address or "").rpartition("://")[2].rpartition(":")
    if colon and port.isdecimal():
        socket.create_connection((host, int(port)), _PATIENCE_S).close()


class RayEngine:
    """A context manager that joins the cluster and leaves it."""

    def __init__(self, job: Job, workers: int | None, address: str | None) -> None:
        """Joins a cluster, or begins one on this machine.

        Args:
            job: what all pieces have in common. Models and files have the same paths on every machine.
            workers: how many actors; None: one for each core of the cluster.
            address: of the cluster, as of `ray.init`; None: this machine alone.

        Raises:
            ConfigError: there is no such cluster.
        """
        self._job, self._crashes = job, Crashes(_TRIES)
        self._joined = not ray.is_initialized()
        if self._joined:
            try:
                _knock(address)
                ray.init(address=address, log_to_driver=False, configure_logging=False)
            except (OSError, RayError, ValueError, RuntimeError) as error:
                reason = str(error).partition("\n")[0]
                raise ConfigError(f"--address {address}: no Ray cluster answers ({reason})") from None
        self._workers = workers or max(1, int(ray.cluster_resources().get("CPU", 1)))
        self._make = ray.remote(num_cpus=1, max_restarts=0)(_Actor)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._joined:
            ray.shutdown()

    def run(self, agenda: Agenda) -> None:
        """Does all that there is to do.

        Args:
            agenda: gives out work and takes in answers.

        Raises:
            AppError: a worker cannot begin, as where the model does not open.
            Interrupted: Ctrl-C and the like.
        """
        with interrupts.deferred():
            _Run(self._make, self._job, agenda, self._crashes).run(self._workers)


class _Run:
    """The actors of one run, and what they are at."""

    def __init__(self, make: Any, job: Job, agenda: Agenda, crashes: Crashes) -> None:
        self._make, self._job, self._agenda, self._crashes = make, job, agenda, crashes
        self._idle: list[Any] = []
        self._busy: dict[Any, tuple[Any, Ticket | None]] = {}  # by Ray's reference to the answer; None: it begins
        self._again: deque[Ticket] = deque()
        self._failed_starts = 0

    def run(self, workers: int) -> None:
        for _ in range(workers):
            self._start()
        while not self._agenda.is_done:
            self._hand_out()
            for done in ray.wait(list(self._busy), num_returns=1, timeout=_POLL_S)[0]:
                self._take_in(done)
            interrupts.check()

    def _start(self) -> None:
        """Makes an actor, which may have to wait for a core: until it has begun it gets no work."""
        actor = self._make.remote(self._job)
        self._busy[actor.begin.remote()] = actor, None

    def _hand_out(self) -> None:
        while self._idle and (ticket := self._again.popleft() if self._again else self._agenda.take()) is not None:
            actor = self._idle.pop()
            self._busy[actor.answer.remote(ticket.work)] = actor, ticket

    def _take_in(self, done: Any) -> None:
        actor, ticket = self._busy.pop(done)
        try:
            found = ray.get(done)
        except RayActorError as error:  # its process or its machine is gone
            self._lost(ticket, error)
            return
        if isinstance(found, str):
            raise AppError(found)
        self._idle.append(actor)
        if ticket is not None:
            self._agenda.give(ticket, found)

    def _lost(self, ticket: Ticket | None, error: RayActorError) -> None:
        if ticket is None:
            self._failed_starts += 1
            if self._failed_starts > _MOST_FAILED_STARTS:
                raise AppError(
                    f"Ray's workers do not begin ({str(error).splitlines()[0]}); is the project on each node?"
                )
        elif failed := self._crashes.give_up(ticket, type(error).__name__):
            self._agenda.give(ticket, failed)
        else:
            self._again.append(ticket)
        self._start()
