"""CSV files: one row an activity segment, one row a frame."""

import contextlib
import csv
import io
from collections.abc import Collection, Sequence
from pathlib import Path

from app.entities import Activity, Frame
from app.errors import OutputError
from app.sinks.base import Sink
from app.sinks.segments import Segment, Segmenter, frame_name
from app.system.wall_clock import WallClock, iso_time
from app.text import shortened

_WALL_CLOCK = "wall_clock"
LOG_COLUMNS = ("source", "label", "start_s", "end_s", "seconds", "confidence", _WALL_CLOCK)


def prediction_columns(labels: Sequence[str]) -> tuple[str, ...]:
    """Returns the columns of a `PredictionTable` for a model's classes."""
    return ("time_s", "source", "label", "confidence", *(f"p_{label}" for label in labels), _WALL_CLOCK)


def columns_to_continue(path: Path, columns: Sequence[str]) -> int:
    """Finds out whether a table can be continued.

    Args:
        path: the CSV file; it need not exist.
        columns: those of this version.

    Returns:
        How many of them the file has: a table of an older version has no time of day. 0: it has no header yet.

    Raises:
        OutputError: it has other columns, or cannot be read.
    """
    try:
        with path.open(encoding="utf-8", errors="backslashreplace", newline="") as file:
            header = next(csv.reader(file), [])
    except FileNotFoundError:
        return 0
    except (OSError, csv.Error) as error:
        raise OutputError(f"{path}: cannot be continued ({error}); write to another file") from None
    if header not in ([], list(columns), list(columns[:-1])):
        raise OutputError(
            f"{path}: cannot be continued: expected the columns {shortened(columns, 5)}, got "
            f"{shortened(header, 5)}; write to another file"
        )
    return len(header)


class EventLog(Sink):
    """Writes a row a segment, of LOG_COLUMNS, as soon as the segment ends; `Segment` says what they mean.

    `wall_clock` is the time of day at `start_s`, of live sources; a file has none.
    """

    name = "log"

    def __init__(self, path: Path, live: Collection[str] = (), append: bool = False) -> None:
        """Writes the header.

        Args:
            path: the CSV file; an old one is replaced.
            live: the names of the live sources.
            append: an old one is continued instead, in the columns that it has.

        Raises:
            OutputError: the file cannot be written, or not continued.
        """
        self._table = _Table(path, LOG_COLUMNS, append)
        self._segments = Segmenter()
        self._clock, self._live = WallClock(), frozenset(live)
        self._begun: dict[str, str] = {}  # the time of day, by source

    def write(self, frame: Frame, activity: Activity) -> None:
        ended = self._segments.add(frame, activity)
        if ended is not None:
            self._row(ended)
        if frame.source_id not in self._begun:
            self._begun[frame.source_id] = _time_of_day(self._clock, frame) if frame.source_id in self._live else ""

    def close(self) -> None:
        try:
            for running in self._segments.running():
                self._row(self._segments.end(running.source_id))
        finally:
            self._table.close()

    def _row(self, segment: Segment) -> None:
        start_s, end_s = round(segment.start_s, 3), round(segment.end_s, 3)  # so that the rows' seconds add up
        times = [f"{time_s:.3f}" for time_s in (start_s, end_s, end_s - start_s)]
        begun = self._begun.pop(segment.source_id)
        self._table.write((segment.source, segment.label, *times, f"{segment.confidence:.4f}", begun))


class PredictionTable(Sink):
    """Writes `time_s,source,label,confidence,p_<class>...,wall_clock`, a row a classified frame.

    The label is smoothed, "unsure" below the threshold and "nobody" where nobody is; p_<class> are the frame's own
    probabilities, unsmoothed. Of a folder, `source` names the picture: "photos/a.jpg". `wall_clock` is the time of day
    at which a live frame was taken; a file has none.
    """

    name = "predictions"

    def __init__(self, path: Path, labels: Sequence[str], live: Collection[str] = (), append: bool = False) -> None:
        """Writes the header.

        Args:
            path: the CSV file; an old one is replaced.
            labels: the model's classes.
            live: the names of the live sources.
            append: an old one is continued instead, in the columns that it has.

        Raises:
            OutputError: the file cannot be written, or not continued.
        """
        self._table = _Table(path, prediction_columns(labels), append)
        self._clock, self._live = WallClock(), frozenset(live)

    def write(self, frame: Frame, activity: Activity) -> None:
        if not activity.probs:
            return
        probs = (f"{prob:.6f}" for prob in activity.probs)
        row = (f"{frame.time_s:.3f}", frame_name(frame), activity.state, f"{activity.confidence:.4f}", *probs)
        self._table.write((*row, _time_of_day(self._clock, frame) if frame.source_id in self._live else ""))

    def close(self) -> None:
        self._table.close()


def _time_of_day(clock: WallClock, frame: Frame) -> str:
    if clock.has_jumped():
        clock.resync()
    return iso_time(clock.at(frame.source_id, frame.time_s))


class _Table:
    """A CSV file whose rows are on disk as soon as they are written."""

    def __init__(self, path: Path, header: Sequence[str], append: bool = False) -> None:
        self._path = path
        self._columns = columns_to_continue(path, header) if append else 0
        try:
            # backslashreplace: the name of a source may hold bytes that are not UTF-8
            self._file: io.TextIOWrapper | None = path.open(
                "a" if append else "w", 1, "utf-8", "backslashreplace", newline=""
            )
            broken_off = append and _breaks_off(path)
        except OSError as error:
            raise OutputError(f"{path}: cannot be written ({error.strerror}); choose another place") from None
        self._rows = csv.writer(self._file)
        try:
            if broken_off:
                self.write(())  # ends it
            if not self._columns:
                self._columns = len(header)
                self.write(header)
        except OutputError:
            with contextlib.suppress(OutputError):
                self.close()
            raise

    def write(self, row: Sequence[object]) -> None:
        try:
            self._rows.writerow(row[: self._columns])
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


def _breaks_off(path: Path) -> bool:
    """Tells whether the last line of a file has no end, as after a crash."""
    with path.open("rb") as file:
        size = file.seek(0, io.SEEK_END)
        file.seek(max(0, size - 1))
        return file.read(1) not in (b"", b"\n")
