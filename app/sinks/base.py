"""What every sink promises."""

from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self

from app.entities import Activity, Command, Frame, NewModel


class Sink(ABC):
    """A context manager, closed on every way out."""

    name: str

    @abstractmethod
    def write(self, frame: Frame, activity: Activity) -> None:
        """Takes one labelled frame; must not change `frame.image`. Raises OutputError when it cannot be written."""

    def poll(self) -> Command | NewModel | None:
        """Called between frames, at least every 50 ms, for sinks that listen to the user."""
        return None

    @abstractmethod
    def close(self) -> None:
        """Finishes what was written. May be called twice."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
