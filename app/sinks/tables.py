"""CSV files: one row an activity segment, one row a frame."""

import contextlib
import csv
import io
from collections.abc import Sequence
from pathlib import Path

from app.entities import Activity, Frame
from app.errors import OutputError
from app.sinks.base import Sink
from app.sinks.segments import Segment, Segments, frame_name


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
        self._segments: dict[str, Segments] = {}  # by source

    def write(self, frame: Frame, activity: Activity) -> None:
        if segment := self._segments.setdefault(frame.source_id, Segments()).add(frame, activity):
            self._write(segment)

    def close(self) -> None:
        try:
            for segments in self._segments.values():
                if segment := segments.end():
                    self._write(segment)
            self._segments.clear()
        finally:
            self._table.close()

    def _write(self, segment: Segment) -> None:
        times = (f"{time_s:.3f}" for time_s in (segment.start_s, segment.end_s, segment.seconds))
        self._table.write((segment.source, segment.label, *times, f"{segment.confidence:.4f}"))


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
        self._table.write(
            (f"{frame.time_s:.3f}", frame_name(frame), activity.state, f"{activity.confidence:.4f}", *probs)
        )

    def close(self) -> None:
        self._table.close()


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
