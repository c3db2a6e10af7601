"""How frames reach the main thread: a thread reads each source, files a few frames ahead, live ones the newest only."""

import queue
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from types import TracebackType
from typing import NamedTuple, Self

from app.entities import Delivery, Frame, Prepared
from app.sources.base import Source
from app.sources.latest_frame import LatestFrame

Prepare = Callable[[Frame], Prepared]
JOIN_TIMEOUT_S = 2.0  # a driver that blocks longer keeps its (daemon) thread; the program still ends
AHEAD = 4  # frames of a file decoded while earlier ones are classified; more would only take memory
_POLL_S = 0.1  # the loop looks for keys and Ctrl-C at least as often


class Feed(ABC):
    """One source and the thread that reads it. A context manager that starts the thread and closes the source.

    Attributes:
        source: the source.
        read: frames that the source delivered.
        dropped: those of them that a newer one replaced.
        ended: whether the last frame has been taken; set it to leave the rest.
    """

    def __init__(self, source: Source) -> None:
        """Prepares the thread; entering the context starts it.

        Args:
            source: the source, opened.
        """
        self.source = source
        self.read = 0
        self.dropped = 0
        self.ended = False
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._read, name=f"capture {source.source_id}", daemon=True)

    @abstractmethod
    def take(self) -> Delivery | None:
        """Takes the next frame, on the main thread.

        Returns:
            The frame, or None when there is none yet or the source has ended.

        Raises:
            Exception: what the source raised.
        """

    @abstractmethod
    def _put(self, frame: Frame) -> None:
        """Hands a frame over, on the reading thread."""

    @abstractmethod
    def _close(self, error: BaseException | None) -> None:
        """Hands over the end, once, on the reading thread; `error` is why reading ended early, or None."""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        self.source.stop()
        self._thread.join(JOIN_TIMEOUT_S)
        self.source.abandoned = self._thread.is_alive()  # releasing a device under a reading thread crashes
        if not self.source.abandoned:
            self.source.close()

    def _read(self) -> None:
        error: BaseException | None = None
        try:
            for frame in self.source:
                self._put(frame)
                if self._stopping.is_set():
                    return
        except Exception as raised:  # noqa: BLE001 (handed to the main thread, which raises it)
            error = raised
        finally:
            self._close(error)


class _End(NamedTuple):
    """Stands behind the last frame of a file; `error` is why it ended early, or None."""

    error: BaseException | None


class FileFeed(Feed):
    """Delivers every frame, in order; `take` waits a moment for it.

    Decoding and preparing overlap with the work on the frames before.
    """

    def __init__(self, source: Source, prepare: Prepare | None = None) -> None:
        """Makes an empty queue.

        Args:
            source: a source that is not live.
            prepare: applied to every frame on the reading thread; None leaves frames as they are.
        """
        super().__init__(source)
        self._prepare = prepare
        self._ready: queue.Queue[tuple[Frame, Prepared | None] | _End] = queue.Queue(AHEAD)

    def take(self) -> Delivery | None:
        try:
            item = self._ready.get(timeout=_POLL_S)
        except queue.Empty:
            return None
        if isinstance(item, _End):
            if item.error is not None:
                self._ready.put(_End(None))  # for a caller who goes on after the error
                raise item.error
            self.ended = True
            return None
        self.read += 1
        frame, prepared = item
        return Delivery(frame, time.perf_counter(), prepared)

    def _put(self, frame: Frame) -> None:
        self._offer((frame, self._prepare(frame) if self._prepare else None))

    def _close(self, error: BaseException | None) -> None:
        self._offer(_End(error))

    def _offer(self, item: tuple[Frame, Prepared | None] | _End) -> None:
        while not self._stopping.is_set():
            try:
                self._ready.put(item, timeout=_POLL_S)
            except queue.Full:
                continue
            return


class LiveFeed(Feed):
    """Delivers the newest frame only, so that lag never grows."""

    def __init__(self, source: Source, frame_ready: threading.Event) -> None:
        """Makes an empty slot.

        Args:
            source: a live source.
            frame_ready: is set whenever there is a frame, or the end, to take; several feeds may share one.
        """
        super().__init__(source)
        self._latest = LatestFrame(frame_ready)

    def take(self) -> Delivery | None:
        delivery = self._latest.get()
        self.dropped = self._latest.dropped
        self.ended = delivery is None and self._latest.closed
        return delivery

    def _put(self, frame: Frame) -> None:
        self.read += 1
        self._latest.put(frame)

    def _close(self, error: BaseException | None) -> None:
        self._latest.close(error)


def open_feed(source: Source, frame_ready: threading.Event, prepare: Prepare | None = None) -> Feed:
    """Makes the feed of a source; `is_live` chooses which kind, nothing else does.

    Args:
        source: the source, opened.
        frame_ready: is set whenever a live source has a frame.
        prepare: applied to every frame of a file on the reading thread.

    Returns:
        A feed, not started.
    """
    return LiveFeed(source, frame_ready) if source.is_live else FileFeed(source, prepare)
