"""What every sink promises."""

from abc import ABC, abstractmethod
from typing import Self

from app.entities import Activity, Command, Frame, NewModel


class Sink(ABC):
    """Takes the labelled frames. A context manager, closed on every way out.

    Attributes:
        name: the stage in the figures of a session, such as "window".
    """

    name: str

    @abstractmethod
    def write(self, frame: Frame, activity: Activity) -> None:
        """Takes a labelled frame.

        Args:
            frame: the frame; `frame.image` must not be changed.
            activity: what is going on in it.

        Raises:
            OutputError: it cannot be written.
        """

    def poll(self) -> Command | NewModel | None:
        """Returns what the user asks for, if anything; called between frames, at least every 50 ms."""
        return None

    @abstractmethod
    def close(self) -> None:
        """Finishes what was written. May be called twice.

        Raises:
            OutputError: it cannot be finished.
        """

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self.close()
