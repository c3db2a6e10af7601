"""How frames reach the main thread: files are read when asked, live sources by a thread that keeps the newest."""

import threading
import time
from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self

from app.mailbox import Delivery, LatestFrame
from app.sources.base import Source

JOIN_TIMEOUT_S = 2.0  # a driver that blocks longer keeps its (daemon) thread; the program still ends


class Feed(ABC):
    """One source on its way into the pipeline.

    read: frames the source delivered. dropped: those of them that a newer one replaced.
    ended: nothing more will come.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self.read = 0
        self.dropped = 0
        self.ended = False

    @abstractmethod
    def take(self) -> Delivery | None:
        """The next frame, or None when there is none yet. Raises what the source raised."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.source.close()


class FileFeed(Feed):
    """Every frame, in order, on the caller's thread."""

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self._frames = iter(source)

    def take(self) -> Delivery | None:
        frame = next(self._frames, None)
        if frame is None:
            self.ended = True
            return None
        self.read += 1
        return Delivery(frame, time.perf_counter())


class LiveFeed(Feed):
    """One capture thread; the newest frame wins, so lag never grows."""

    def __init__(self, source: Source, news: threading.Event) -> None:
        super().__init__(source)
        self._mailbox = LatestFrame(news)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._capture, name=f"capture {source.source_id}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        self.source.stop()
        self._thread.join(JOIN_TIMEOUT_S)
        if not self._thread.is_alive():  # releasing a device under a reading thread crashes
            self.source.close()

    def take(self) -> Delivery | None:
        delivery = self._mailbox.get()
        self.dropped = self._mailbox.dropped
        self.ended = delivery is None and self._mailbox.closed
        return delivery

    def _capture(self) -> None:
        error: BaseException | None = None
        try:
            for frame in self.source:
                self.read += 1
                self._mailbox.put(frame)
                if self._stopping.is_set():
                    return
        except Exception as raised:  # noqa: BLE001 (handed to the main thread, which raises it)
            error = raised
        finally:
            self._mailbox.close(error)


def open_feed(source: Source, news: threading.Event) -> Feed:
    """`is_live` chooses; nothing else does."""
    return LiveFeed(source, news) if source.is_live else FileFeed(source)
