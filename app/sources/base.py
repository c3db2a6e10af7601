"""What every source promises."""

import math
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from app.entities import Frame

SMALLEST_STEP_S = 0.001  # between two frames whose times would not increase


class LiveClock:
    """The time of live frames: strictly increasing, also where the system's clock ticks only every 16 ms (Windows)."""

    def __init__(self, zero_s: float) -> None:
        """zero_s: the `time.monotonic` that is 0 s."""
        self._zero_s, self._last_s = zero_s, -math.inf

    def now_s(self) -> float:
        self._last_s = max(time.monotonic() - self._zero_s, self._last_s + SMALLEST_STEP_S)
        return self._last_s


class Source(ABC):
    """A context manager that iterates `Frame`; `time_s` strictly increases.

    source_id: the name for logs and messages, without a password.
    is_live: the newest frame wins; otherwise every frame counts.
    is_camera: shows the person before it, so its window is mirrored by default.
    """

    source_id: str
    is_live: bool = False
    is_camera: bool = False

    @abstractmethod
    def __iter__(self) -> Iterator[Frame]:
        """Frames until the end of the source. Raises SourceError when the source fails."""

    def stop(self) -> None:  # noqa: B027 (most sources never wait long)
        """Asks an iteration that waits in another thread to end soon."""

    @abstractmethod
    def close(self) -> None:
        """Releases the device, file or connection. May be called twice."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
