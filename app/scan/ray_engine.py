"""Workers of a Ray cluster, one a core: each decodes and classifies, and images never travel.

Actors of Ray's core do this, not Ray Data: the pieces of a file are known only when a worker has read its packets, and
what was answered is kept by the manifest, not by Ray.
"""

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

_Busy = dict[Any, tuple[Any, Ticket]]  # by Ray's reference to the answer: the actor, and what it is at
_POLL_S = 0.2  # s between two looks for Ctrl-C
_TRIES = 3  # one more than on one machine: a machine that goes away is nobody's fault


class _Actor:
    """A worker; it knows why it cannot begin, which Ray would wrap up."""

    def __init__(self, job: Job) -> None:
        use_one_opencv_thread()
        self._scanner: Scanner | None = None
        self._reason = ""
        try:
            self._scanner = Scanner(job)
        except AppError as error:
            self._reason = str(error)

    def answer(self, work: Work) -> Answer | str:
        return answer(self._scanner, work) if self._scanner else self._reason


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
                ray.init(address=address, log_to_driver=False, configure_logging=False)
            except (ConnectionError, RayError, ValueError, RuntimeError) as error:
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
        idle = [self._make.remote(self._job) for _ in range(self._workers)]
        busy: _Busy = {}
        with interrupts.deferred():
            while not agenda.is_done:
                while idle and (ticket := agenda.take()) is not None:
                    self._send(idle.pop(), ticket, busy)
                for done in ray.wait(list(busy), num_returns=1, timeout=_POLL_S)[0] if busy else ():
                    actor, ticket = busy.pop(done)
                    self._take_in(done, actor, ticket, idle, busy, agenda)
                interrupts.check()

    def _take_in(
        self,
        done: Any,
        actor: Any,
        ticket: Ticket,
        idle: list[Any],
        busy: _Busy,
        agenda: Agenda,
    ) -> None:
        try:
            found = ray.get(done)
        except RayActorError as error:  # its process or its machine is gone
            fresh = self._make.remote(self._job)
            if failed := self._crashes.give_up(ticket, type(error).__name__):
                agenda.give(ticket, failed)
                idle.append(fresh)
            else:
                self._send(fresh, ticket, busy)
            return
        if isinstance(found, str):
            raise AppError(found)
        idle.append(actor)
        agenda.give(ticket, found)

    def _send(self, actor: Any, ticket: Ticket, busy: _Busy) -> None:
        busy[actor.answer.remote(ticket.work)] = actor, ticket
