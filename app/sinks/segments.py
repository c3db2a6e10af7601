"""Stretches of one label, made of labelled frames: what logs and timelines are rows of."""

from pathlib import Path
from typing import NamedTuple

from app.entities import Activity, Frame
from app.sinks.shown import Shown


class Segment(NamedTuple):
    """A stretch of one label.

    Attributes:
        source: the source; of a folder, the picture, or the first and the last one.
        label: the label, or what stands in its place.
        start_s: when it begins, to the millisecond.
        end_s: when it ends, likewise.
        confidence: the mean over its frames, 0..1.
    """

    source: str
    label: str
    start_s: float
    end_s: float
    confidence: float

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.end_s - self.start_s


class Segments:
    """The segments of one source, which end where the next begins, or where the last frame does."""

    def __init__(self) -> None:
        """Starts before the first frame."""
        self._open: _Open | None = None
        self._shown = Shown()

    def add(self, frame: Frame, activity: Activity) -> Segment | None:
        """Takes the next frame in, and returns the segment that ends with it, if one does."""
        ended, segment = None, self._open
        if segment is not None and not segment.holds(frame, activity, self._shown):
            after_gap = _after_gap(frame, activity, segment, self._shown)
            ended, segment = segment.until(self._shown.until_s if after_gap else frame.time_s), None
        if segment is None:
            segment = self._open = _Open(frame, activity.state)
        segment.last_file = frame.file
        segment.confidence += activity.confidence
        segment.frames += 1
        self._shown.add(frame.time_s, frame.lasts_s)
        return ended

    def end(self) -> Segment | None:
        """Returns the last segment; None before the first frame."""
        segment, self._open = self._open, None
        return None if segment is None else segment.until(self._shown.until_s)


class _Open:
    """A stretch of one label that has not ended."""

    def __init__(self, first: Frame, label: str) -> None:
        self.label, self.start_s, self.connection = label, first.time_s, first.connection
        self._first_name, self._first_file = frame_name(first), first.file
        self.last_file = first.file
        self.confidence = 0.0  # the sum over its frames
        self.frames = 0

    @property
    def source(self) -> str:
        return self._first_name if self.last_file == self._first_file else f"{self._first_name} ... {self.last_file}"

    def until(self, end_s: float) -> Segment:
        """Ends it; times are rounded here, so that the seconds of segments add up."""
        confidence = self.confidence / self.frames
        return Segment(self.source, self.label, round(self.start_s, 3), round(end_s, 3), confidence)

    def holds(self, frame: Frame, activity: Activity, shown: Shown) -> bool:
        """Tells whether the next frame belongs to it; a picture that is judged alone has a row of its own."""
        if self.label != activity.state:
            return False
        alone = frame.is_picture or frame.connection != self.connection
        return not activity.restarted or not (alone or _after_gap(frame, activity, self, shown))


def _after_gap(frame: Frame, activity: Activity, before: _Open, shown: Shown) -> bool:
    """Tells whether a live source was away before a frame; a file shows each image until the next."""
    if not activity.restarted or frame.lasts_s is not None:
        return False
    return frame.connection != before.connection or not shown.reaches(frame.time_s)


def frame_name(frame: Frame) -> str:
    """Returns the name of a frame's source; of a folder, the picture's path."""
    return frame.source_id if frame.file is None else str(Path(frame.source_id) / frame.file)
