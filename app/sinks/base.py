"""What every sink promises, and the check of a file to be written before anything starts."""

import enum
import shutil
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from app.entities import Activity, Frame
from app.errors import SinkError
from app.model.classifier import Classifier


class Command(enum.Enum):
    """What a sink asks of the loop."""

    QUIT = enum.auto()
    PAUSE = enum.auto()


@dataclass(frozen=True)
class NewModel:
    """From the next frame on this one classifies."""

    classifier: Classifier


class Sink(ABC):
    """A context manager, closed on every way out."""

    name: str

    @abstractmethod
    def write(self, frame: Frame, activity: Activity) -> None:
        """Takes one labelled frame; must not change `frame.image`. Raises SinkError when it cannot be written."""

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


def check_target(path: Path, suffix: str, *, overwrite: bool = False) -> None:
    """Raises SinkError when `path` does not end in `suffix`, cannot be written, or is there and may not be replaced.

    Leaves what is there as it is.
    """
    if path.suffix.lower() != suffix:
        raise SinkError(f"{path}: expected a file name that ends in {suffix}; rename it")
    try:
        _try_to_write(path)
    except OSError as error:
        raise SinkError(f"{path}: cannot be written ({error.strerror}); choose another place") from None
    if path.exists() and not overwrite:
        raise SinkError(f"{path}: is there already; choose another name, or replace it with --overwrite")


def check_space(folder: Path, at_least_mb: int) -> None:
    """Raises SinkError when the disk of `folder` has less room than that."""
    try:
        free_mb = shutil.disk_usage(folder).free // 1_000_000
    except OSError as error:
        raise SinkError(f"{folder}: cannot be written ({error.strerror}); record to another folder") from None
    if free_mb < at_least_mb:
        raise SinkError(
            f"{folder}: only {free_mb} MB are free, record.min_free_mb asks for {at_least_mb}; record to another disk"
        )


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
