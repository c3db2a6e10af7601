"""A camera or stream that comes back after it was lost."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from app.entities import Frame
from app.errors import SourceError
from app.sources.base import Source
from app.system.pause import PauseSwitch

FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 5.0  # between two tries; doubled from one to the next
STEP_S = 0.2  # s between two looks whether the session ends during a pause

_log = logging.getLogger(__name__)


class ReconnectingSource(Source):
    """Opens a live source again whenever it fails or ends; logs once that it is lost and once that it is back.

    `connection` on a frame tells before and after apart; `index` and `time_s` go on.
    """

    def __init__(
        self, source: Source, reopen: Callable[[], Source], patience_s: float, switch: PauseSwitch | None = None
    ) -> None:
        """Takes over a source, which is closed with this one.

        Args:
            source: the source, open.
            reopen: opens it again; raises SourceError while that does not work.
            patience_s: how long the source may stay away before iteration raises SourceError.
            switch: closes the source while it is paused, so that other programs can have the camera; None: never.
        """
        self._source, self._reopen, self._patience_s = source, reopen, patience_s
        self._switch = switch or PauseSwitch()
        self.source_id, self.is_live, self.is_camera = source.source_id, source.is_live, source.is_camera
        self._stopped = threading.Event()
        self._lost_s: float | None = None
        self._wait_s = FIRST_WAIT_S
        self._was_paused = False  # so that nobody need be told that it is back

    def __iter__(self) -> Iterator[Frame]:
        index = connection = 0
        while True:
            reason = f"{self.source_id}: the stream ended"
            try:
                self._switch.is_on(self.source_id, True)
                for frame in self._source:
                    if self._switch.paused:
                        break
                    self._found()
                    yield replace(frame, index=index, source_id=self.source_id, connection=connection)
                    index += 1
            except SourceError as error:
                if not self._patience_s:
                    raise
                reason = str(error)
            self._source.close()
            self._switch.is_on(self.source_id, False)
            if self._switch.paused:
                self._wait_for_switch()
            elif not self._patience_s:
                return
            if not self._stopped.is_set():
                self._lost(reason)
                self._open_again(reason)
            if self._stopped.is_set():
                return
            connection += 1

    def stop(self) -> None:
        self._stopped.set()
        self._source.stop()

    def close(self) -> None:
        self._source.close()

    def _wait_for_switch(self) -> None:
        while self._switch.paused and not self._stopped.is_set():
            self._switch.wait(STEP_S)
        self._lost_s, self._wait_s, self._was_paused = time.monotonic(), 0.0, True

    def _lost(self, reason: str) -> None:
        if self._lost_s is None:
            self._lost_s = time.monotonic()
            _log.warning("%s; trying again for %s", reason, _duration(self._patience_s))

    def _found(self) -> None:
        if self._lost_s is not None:
            if not self._was_paused:
                _log.warning("%s: back after %.1f s", self.source_id, time.monotonic() - self._lost_s)
            self._lost_s, self._wait_s, self._was_paused = None, FIRST_WAIT_S, False

    def _open_again(self, reason: str) -> None:
        assert self._lost_s is not None
        while not self._stopped.wait(self._wait_s):
            self._wait_s = min(max(2 * self._wait_s, FIRST_WAIT_S), LONGEST_WAIT_S)
            patience_s = self._patience_s or LONGEST_WAIT_S
            if time.monotonic() - self._lost_s > patience_s:
                raise SourceError(f"{reason}; given up after {_duration(patience_s)}")
            try:
                self._source = self._reopen()
            except SourceError:
                continue
            return


def _duration(seconds: float) -> str:
    return f"{seconds:g} s" if seconds < 120 else f"{seconds / 60:.0f} min"
