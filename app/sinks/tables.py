"""CSV files: one row an activity segment, one row a frame."""

import contextlib
import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.entities import Activity, Frame
from app.errors import OutputError
from app.sinks.base import Sink


class EventLog(Sink):
    """Writes `source,label,start_s,end_s,seconds,confidence`, a row a segment, as soon as the segment ends.

    A segment ends where the next begins; before a gap and at the end of the source, one frame after its last. The
    confidence is the mean over its frames, 0..1. Where no class is likely enough the label is "unsure", where nobody is
    "nobody".
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

    def write(self, frame: Frame, activity: Activity) -> None:
        label, time_s = activity.state, frame.time_s
        segment = self._open.get(frame.source_id)
        step_s = 0.0
        if segment is not None and (activity.restarted or segment.label != label):
            self._finish(frame.source_id, None if activity.restarted else time_s)
            step_s, segment = segment.step_s, None
        elif segment is not None:
            step_s = time_s - segment.last_s
        if segment is None:
            segment = self._open[frame.source_id] = _Segment(label, time_s, time_s)
        segment.step_s, segment.last_s = step_s, time_s
        segment.confidence += activity.confidence
        segment.frames += 1

    def close(self) -> None:
        try:
            for source_id in list(self._open):
                self._finish(source_id, None)
        finally:
            self._table.close()

    def _finish(self, source_id: str, end_s: float | None) -> None:
        """Writes the row of a segment. end_s: None: one frame after its last."""
        segment = self._open.pop(source_id)
        end_s = segment.last_s + segment.step_s if end_s is None else end_s
        times = (segment.start_s, end_s, end_s - segment.start_s)
        confidence = segment.confidence / segment.frames
        self._table.write((source_id, segment.label, *(f"{time_s:.3f}" for time_s in times), f"{confidence:.4f}"))


class PredictionTable(Sink):
    """Writes `time_s,source,label,confidence,p_<class>...`, a row a classified frame.

    The label is smoothed, "unsure" below the threshold and "nobody" where nobody is; p_<class> are the frame's own
    probabilities, unsmoothed.
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
            (f"{frame.time_s:.3f}", frame.source_id, activity.state, f"{activity.confidence:.4f}", *probs)
        )

    def close(self) -> None:
        self._table.close()


@dataclass(slots=True)
class _Segment:
    """A stretch of one label that has not ended."""

    label: str
    start_s: float
    last_s: float  # of its newest frame
    step_s: float = 0.0  # between its last two frames
    confidence: float = 0.0  # the sum over its frames
    frames: int = 0


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
