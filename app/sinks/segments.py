"""Stretches of one label: where they begin, and where they end."""

import copy
from dataclasses import dataclass
from pathlib import Path

from app.entities import Activity, Frame
from app.sinks.shown import Shown


@dataclass(frozen=True)
class Segment:
    """A stretch of one label of one source.

    Attributes:
        source_id: of its frames.
        source: as logs name it: of a folder the picture, or the first and the last one, "photos/a.jpg ... c.jpg".
        label: the label, "unsure" or "nobody".
        start_s: of its first frame, in the source's seconds.
        end_s: where the next one begins; before a gap of a live source and at the end, where its last frame ends.
        confidence: the mean over its frames, 0..1.
    """

    source_id: str
    source: str
    label: str
    start_s: float
    end_s: float
    confidence: float


class Segmenter:
    """Joins the labelled frames of every source to segments."""

    def __init__(self) -> None:
        """Starts without a frame."""
        self._running: dict[str, _Running] = {}  # by source
        self._shown: dict[str, Shown] = {}

    def add(self, frame: Frame, activity: Activity) -> Segment | None:
        """Takes a frame in.

        Returns:
            The segment of its source that has ended before it, if one has; the frame then begins another.
        """
        ended = None
        running = self._running.get(frame.source_id)
        shown = self._shown.setdefault(frame.source_id, Shown())
        if running is not None and not running.holds(frame, activity, shown):
            after_gap = _after_gap(frame, activity, running, shown)
            ended = self.end(frame.source_id, shown.until_s if after_gap else frame.time_s)
        if frame.source_id not in self._running:
            self._running[frame.source_id] = _Running(frame, activity.state)
        self._running[frame.source_id].add(frame, activity)
        shown.add(frame.time_s, frame.lasts_s)
        return ended

    def lasts_until(self, frame: Frame, activity: Activity) -> bool:
        """Tells whether the segment of a source lasts until its next frame, whose label may be another."""
        running = self._running.get(frame.source_id)
        return running is not None and not _after_gap(frame, activity, running, self._shown[frame.source_id])

    def end(self, source_id: str, end_s: float | None = None) -> Segment:
        """Ends the segment of a source.

        Args:
            source_id: a source of which a segment runs.
            end_s: when it ends; None: where its last frame does.
        """
        return self._running.pop(source_id).ended(source_id, self._until_s(source_id) if end_s is None else end_s)

    def split(self, source_id: str, time_s: float) -> Segment:
        """Ends the segment of a source and begins another one of the same label at the same moment."""
        self._running[source_id], running = self._running[source_id].continued(time_s), self._running[source_id]
        return running.ended(source_id, time_s)

    def running(self) -> list[Segment]:
        """Returns the segments that have not ended, up to the end of their last frames."""
        return [one.ended(source_id, self._until_s(source_id)) for source_id, one in self._running.items()]

    def _until_s(self, source_id: str) -> float:
        return self._shown[source_id].until_s


class _Running:
    """A stretch of one label that has not ended."""

    def __init__(self, first: Frame, label: str) -> None:
        self.connection = first.connection
        self._label, self._start_s = label, first.time_s
        self._first_name, self._first_file = frame_name(first), first.file
        self._last_file = first.file
        self._confidence = 0.0  # the sum over its frames
        self._frames = 0

    def add(self, frame: Frame, activity: Activity) -> None:
        self._last_file = frame.file
        self._confidence += activity.confidence
        self._frames += 1

    def holds(self, frame: Frame, activity: Activity, shown: Shown) -> bool:
        """Tells whether the next frame belongs to it; a picture that is judged alone has a row of its own."""
        if self._label != activity.state:
            return False
        alone = frame.is_picture or frame.connection != self.connection
        return not activity.restarted or not (alone or _after_gap(frame, activity, self, shown))

    def ended(self, source_id: str, end_s: float) -> Segment:
        same = self._last_file == self._first_file
        source = self._first_name if same else f"{self._first_name} ... {self._last_file}"
        confidence = self._confidence / self._frames
        return Segment(source_id, source, self._label, self._start_s, end_s, confidence)

    def continued(self, time_s: float) -> "_Running":
        """Its rest from a moment on; until its next frame the confidence is the mean so far."""
        rest = copy.copy(self)
        rest._start_s, rest._confidence, rest._frames = time_s, self._confidence / self._frames, 1
        return rest


def frame_name(frame: Frame) -> str:
    """Returns what logs call a frame's source; of a folder, the picture: "photos/a.jpg"."""
    return frame.source_id if frame.file is None else str(Path(frame.source_id) / frame.file)


def _after_gap(frame: Frame, activity: Activity, before: _Running, shown: Shown) -> bool:
    """Tells whether a live source was away before a frame; a file shows each image until the next."""
    if not activity.restarted or frame.lasts_s is not None:
        return False
    return frame.connection != before.connection or not shown.reaches(frame.time_s)
