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
    """The time of live frames: strictly increasing, even where the system's clock ticks only every 16 ms (Windows)."""

    def __init__(self, session_start_s: float) -> None:
        """Starts the clock.

        Args:
            session_start_s: the `time.monotonic` that counts as 0 s.
        """
        self._session_start_s, self._last_s = session_start_s, -math.inf

    def now_s(self) -> float:
        """Returns the seconds since the start, at least a millisecond more than the last time."""
        self._last_s = max(time.monotonic() - self._session_start_s, self._last_s + SMALLEST_STEP_S)
        return self._last_s


class Source(ABC):
    """A context manager that iterates `Frame`s whose `time_s` strictly increases.

    A source of your own needs a `source_id`, `__iter__` and `close`.

    Attributes:
        source_id: the name for logs and messages, without a password.
        is_live: whether the newest frame wins; otherwise every frame counts.
        is_camera: whether it shows the person before it; the window then mirrors it by default.
        abandoned: whether the thread that reads it hangs. Leaving the context then does not close it: that would crash.

    Example:
        >>> import numpy as np
        >>> from app import Frame, Recogniser, Source
        >>> class Black(Source):
        ...     source_id = "black"
        ...     def __iter__(self):
        ...         for index in range(3):
        ...             yield Frame(np.zeros((480, 640, 3), np.uint8), index, index / 30, self.source_id)
        ...     def close(self):
        ...         pass
        >>> [frame.index for frame, activity in Recogniser().watch(Black())]
        [0, 1, 2]
    """

    source_id: str
    is_live: bool = False
    is_camera: bool = False
    abandoned: bool = False

    @abstractmethod
    def __iter__(self) -> Iterator[Frame]:
        """Yields frames until the source ends.

        Raises:
            SourceError: the source failed.
        """

    def stop(self) -> None:  # noqa: B027 (most sources never wait long)
        """Asks an iteration that waits in another thread to end soon.

        Example:
            >>> from app import open_source
            >>> with open_source("synthetic") as source:
            ...     for frame in source:
            ...         source.stop()
            >>> frame.index
            0
        """

    @abstractmethod
    def close(self) -> None:
        """Releases the device, file or connection. May be called twice.

        Example:
            >>> from app import open_source
            >>> source = open_source("demo")
            >>> source.close()
        """

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self.abandoned:
            self.close()
