"""What the benchmark shows to the product: the beginning of a clip, or one image for a while."""

from collections.abc import Iterator
from itertools import islice

from app.entities import Frame
from app.sources.base import Source


class Excerpt(Source):
    """The first frames of a source, at a rate of its own if one is given."""

    def __init__(self, inner: Source, count: int, fps: int | None = None) -> None:
        """Takes over a source, which is closed with this one.

        Args:
            inner: the source.
            count: how many frames, at most.
            fps: frames a second; None: as the source has them.
        """
        self.source_id, self._inner, self._count, self._fps = inner.source_id, inner, count, fps

    def __iter__(self) -> Iterator[Frame]:
        for frame in islice(self._inner, self._count):
            time_s = frame.time_s if self._fps is None else frame.index / self._fps
            yield Frame(frame.pixels, frame.index, time_s, self.source_id)

    def close(self) -> None:
        self._inner.close()


class Still(Source):
    """One image again and again, 30 times a second: a camera without the cost of a camera."""

    def __init__(self, frame: Frame, count: int) -> None:
        """Repeats a frame.

        Args:
            frame: the frame.
            count: how often.
        """
        self.source_id, self._frame, self._count = frame.source_id, frame, count

    def __iter__(self) -> Iterator[Frame]:
        for index in range(self._count):
            yield Frame(self._frame.pixels, index, index / 30, self.source_id)

    def close(self) -> None:
        """Does nothing: nothing is open."""
