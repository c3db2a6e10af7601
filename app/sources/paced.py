"""A file played at its own pace, as a camera would deliver it."""

import threading
import time
from collections.abc import Iterator

from app.entities import Frame
from app.sources.base import Source


class PacedSource(Source):
    """Yields the frames of another source when they are due; late ones are dropped, as with every live source.

    `time_s` stays the presentation time, so that the log of a paced file reads like that of the same file unpaced.
    """

    is_live = True

    def __init__(self, inner: Source) -> None:
        """Takes over a source, which is closed with this one.

        Args:
            inner: a source that is not live.
        """
        self._inner = inner
        self._stopped = threading.Event()
        self.is_camera = inner.is_camera

    @property
    def source_id(self) -> str:
        """The name of the inner source, whose frames carry it."""
        return self._inner.source_id

    @source_id.setter
    def source_id(self, name: str) -> None:
        self._inner.source_id = name

    def __iter__(self) -> Iterator[Frame]:
        start_s, end_s = None, 0.0
        for frame in self._inner:
            if start_s is None:
                start_s = time.monotonic() - frame.time_s
            if self._stopped.wait(max(0.0, start_s + frame.time_s - time.monotonic())):
                return
            yield frame
            end_s = start_s + frame.time_s + (frame.lasts_s or 0.0)
        self._stopped.wait(max(0.0, end_s - time.monotonic()))

    def stop(self) -> None:
        self._stopped.set()
        self._inner.stop()

    def close(self) -> None:
        self._stopped.set()
        self._inner.close()
