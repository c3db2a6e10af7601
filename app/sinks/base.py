"""What every sink promises, and the check of a file to be written before anything starts."""

import enum
from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType
from typing import Self

from app.entities import Activity, Frame
from app.errors import SinkError


class Command(enum.Enum):
    """What a sink asks of the loop."""

    QUIT = enum.auto()
    PAUSE = enum.auto()


class Sink(ABC):
    """A context manager, closed on every way out."""

    name: str

    @abstractmethod
    def write(self, frame: Frame, activity: Activity) -> None:
        """Takes one labelled frame; must not change `frame.image`. Raises SinkError when it cannot be written."""

    def poll(self) -> Command | None:
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


def check_target(path: Path, suffix: str) -> None:
    """Raises SinkError when `path` does not end in `suffix` or cannot be written. Leaves what is there as it is."""
    if path.suffix.lower() != suffix:
        raise SinkError(f"{path}: expected a file name that ends in {suffix}; rename it")
    try:
        _try_to_write(path)
    except OSError as error:
        raise SinkError(f"{path}: cannot be written ({error.strerror}); choose another place") from None


def _try_to_write(path: Path) -> None:
    if path.is_dir():
        raise SinkError(f"{path}: is a folder; give a file name in it")
    if not path.parent.is_dir():
        raise SinkError(f"{path}: the folder {path.parent} does not exist; make it or choose another")
    existed = path.exists()
    with path.open("ab"):
        pass
    if not existed:
        path.unlink()
