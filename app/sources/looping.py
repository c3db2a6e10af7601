"""A file that begins again when it ends."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

from app.entities import Frame
from app.sources.base import SMALLEST_STEP_S, Source


class LoopingSource(Source):
    """Plays a source again and again.

    `index` and `time_s` go on; `connection` counts the rounds, so that a label never reaches over the cut.
    """

    def __init__(self, source: Source, reopen: Callable[[], Source]) -> None:
        """Takes over a source, which is closed with this one.

        Args:
            source: the source, open; not live.
            reopen: opens it again; raises SourceError where that does not work.
        """
        self._source, self._reopen = source, reopen
        self.source_id, self.is_camera = source.source_id, source.is_camera
        self._stopped = threading.Event()

    def __iter__(self) -> Iterator[Frame]:
        index = connection = 0
        start_s, last_s, step_s = 0.0, 0.0, SMALLEST_STEP_S
        while not self._stopped.is_set():
            first = index
            for frame in self._source:
                time_s = start_s + frame.time_s
                if frame.lasts_s is not None:
                    step_s = frame.lasts_s
                elif index > first:
                    step_s = time_s - last_s
                last_s = time_s
                yield replace(
                    frame,
                    index=index,
                    time_s=time_s,
                    source_id=self.source_id,
                    connection=frame.connection + connection,
                )
                index += 1
            if index == first or self._stopped.is_set():
                return
            self._source.close()
            self._source = self._reopen()
            start_s, connection = last_s + step_s, connection + 1

    def stop(self) -> None:
        self._stopped.set()
        self._source.stop()

    def close(self) -> None:
        self._stopped.set()
        self._source.close()
