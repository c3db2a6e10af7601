"""CSV files: one row an activity segment, one row a frame."""

import contextlib
import csv
import io
from collections.abc import Sequence
from pathlib import Path

from app.entities import Activity, Frame
from app.errors import OutputError
from app.sinks.base import Sink
from app.sinks.shown import Shown


class EventLog(Sink):
    """Writes `source,label,start_s,end_s,seconds,confidence`, a row a segment, as soon as the segment ends.

    A segment ends where the next begins; before a gap of a live source and at the end, where its last frame does. The
    confidence is the mean over its frames, 0..1. Where no class is likely enough the label is "unsure", where nobody is
    "nobody". Of a folder, `source` names the picture, or the first and the last one: "photos/a.jpg ... c.jpg".
    """

    name = "log"

    def __init__(self, path: Path) -> None:
        """Writes the header.

        Args:
            path: the CSV file; an old one is replaced.

        Raises:
            OutputError: the file cannot be written.
        """
        self._table = _Table(path, ("source", "label", "start_s", "end_s", "seconds", "confidence"))
        self._open: dict[str, _Segment] = {}  # by source
        self._shown: dict[str, Shown] = {}

    def write(self, frame: Frame, activity: Activity) -> None:
        segment = self._open.get(frame.source_id)
        shown = self._shown.setdefault(frame.source_id, Shown())
        if segment is not None and not segment.holds(frame, activity, shown):
            self._finish(
                frame.source_id, shown.until_s if _after_gap(frame, activity, segment, shown) else frame.time_s
            )
            segment = None
        if segment is None:
            segment = self._open[frame.source_id] = _Segment(frame, activity.state)
        segment.last_file = frame.file
        segment.confidence += activity.confidence
        segment.frames += 1
        shown.add(frame.time_s, frame.lasts_s)

    def close(self) -> None:
        try:
            for source_id in list(self._open):
                self._finish(source_id, self._shown[source_id].until_s)
        finally:
            self._table.close()

    def _finish(self, source_id: str, end_s: float) -> None:
        """Writes the row of a segment."""
        segment = self._open.pop(source_id)
        start_s, end_s = round(segment.start_s, 3), round(end_s, 3)  # so that the rows' seconds add up
        times = (start_s, end_s, end_s - start_s)
        confidence = segment.confidence / segment.frames
        self._table.write((segment.source, segment.label, *(f"{time_s:.3f}" for time_s in times), f"{confidence:.4f}"))


class PredictionTable(Sink):
    """Writes `time_s,source,label,confidence,p_<class>...`, a row a classified frame.

    The label is smoothed, "unsure" below the threshold and "nobody" where nobody is; p_<class> are the frame's own
    probabilities, unsmoothed. Of a folder, `source` names the picture: "photos/a.jpg".
    """

    name = "predictions"

    def __init__(self, path: Path, labels: Sequence[str]) -> None:
        """Writes the header.

        Args:
            path: the CSV file; an old one is replaced.
            labels: the model's classes.

        Raises:
            OutputError: the file cannot be written.
        """
        self._table = _Table(path, ("time_s", "source", "label", "confidence", *(f"p_{label}" for label in labels)))

    def write(self, frame: Frame, activity: Activity) -> None:
        if not activity.probs:
            return
        probs = (f"{prob:.6f}" for prob in activity.probs)
        self._table.write((f"{frame.time_s:.3f}", _name(frame), activity.state, f"{activity.confidence:.4f}", *probs))

    def close(self) -> None:
        self._table.close()


class _Segment:
    """A stretch of one label that has not ended."""

    def __init__(self, first: Frame, label: str) -> None:
        self.label, self.start_s, self.connection = label, first.time_s, first.connection
        self._first_name, self._first_file = _name(first), first.file
        self.last_file = first.file
        self.confidence = 0.0  # the sum over its frames
        self.frames = 0

    @property
    def source(self) -> str:
        return self._first_name if self.last_file == self._first_file else f"{self._first_name} ... {self.last_file}"

    def holds(self, frame: Frame, activity: Activity, shown: Shown) -> bool:
        """Tells whether the next frame belongs to it; a picture that is judged alone has a row of its own."""
        if self.label != activity.state:
            return False
        alone = frame.is_picture or frame.connection != self.connection
        return not activity.restarted or not (alone or _after_gap(frame, activity, self, shown))


def _after_gap(frame: Frame, activity: Activity, before: _Segment, shown: Shown) -> bool:
    """Tells whether a live source was away before a frame; a file shows each image until the next."""
    if not activity.restarted or frame.lasts_s is not None:
        return False
    return frame.connection != before.connection or not shown.reaches(frame.time_s)


def _name(frame: Frame) -> str:
    return frame.source_id if frame.file is None else str(Path(frame.source_id) / frame.file)


class _Table:
    """A CSV file whose rows are on disk as soon as they are written."""

    def __init__(self, path: Path, header: Sequence[str]) -> None:
        self._path = path
        try:
            # backslashreplace: the name of a source may hold bytes that are not UTF-8
            self._file: io.TextIOWrapper | None = path.open("w", 1, "utf-8", "backslashreplace", newline="")
        except OSError as error:
            raise OutputError(f"{path}: cannot be written ({error.strerror}); choose another place") from None
        self._rows = csv.writer(self._file)
        try:
            self.write(header)
        except OutputError:
            with contextlib.suppress(OutputError):
                self.close()
            raise

    def write(self, row: Sequence[object]) -> None:
        try:
            self._rows.writerow(row)
        except OSError as error:
            raise self._failure(error) from None

    def close(self) -> None:
        if self._file is None:
            return
        file, self._file = self._file, None
        try:
            file.close()  # tries again to write what a full disk did not take
        except OSError as error:
            raise self._failure(error) from None

    def _failure(self, error: OSError) -> OutputError:
        return OutputError(f"{self._path}: cannot be written any more ({error.strerror}); make room")
