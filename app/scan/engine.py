"""What does the work, and where it comes from."""

from collections import Counter
from typing import Protocol

from app.scan.looks import Answer
from app.scan.manifest import Ticket


class Agenda(Protocol):
    """Gives out work and takes in answers."""

    @property
    def is_done(self) -> bool:
        """Whether nothing is left and nothing is under way."""

    def take(self) -> Ticket | None:
        """Returns the next piece of work; None where there is none, or none yet."""

    def give(self, ticket: Ticket, answer: Answer) -> None:
        """Takes in an answer."""


class Engine(Protocol):
    """Does all the work of an agenda."""

    def run(self, agenda: Agenda) -> None:
        """Returns when nothing is left."""


class Crashes:
    """Counts how often a piece of work took its process along, and gives up on it in the end."""

    def __init__(self, most: int) -> None:
        """Starts with none.

        Args:
            most: how often one may be tried.
        """
        self._most = most
        self._counts: Counter[tuple[int, int]] = Counter()

    def give_up(self, ticket: Ticket, how: str) -> Answer | None:
        """Counts a crash, and returns the answer that names it; None while the work may be tried again.

        Args:
            ticket: what was being done.
            how: how the process ended, in words.
        """
        place = ticket.file, ticket.number
        self._counts[place] += 1
        if self._counts[place] < self._most:
            return None
        return Answer(problem=f"ended the program that reads it, {self._most} times ({how})")
