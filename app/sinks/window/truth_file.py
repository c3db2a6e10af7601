"""What a person says is really going on, written down while it happens: a truth file for `python -m app.score`."""

import csv
import io
import itertools
import time
from pathlib import Path
from typing import NamedTuple

from app.outputs import write_text

SAVED_S = 2.0  # s of marks that are lost at most when the program is killed
_COLUMNS = ("source", "label", "start_s", "end_s", "seconds")


class Mark(NamedTuple):
    """From when on something goes on; its label is None where nobody says what."""

    start_s: float
    label: str | None


class TruthFile:
    """Marks of every source, in a table like that of --log. The file is whole at every moment."""

    def __init__(self, path: Path) -> None:
        """Writes the header.

        Args:
            path: the CSV file; an old one is replaced.

        Raises:
            OutputError: the file cannot be written.
        """
        self._path = path
        self._marks: dict[str, list[Mark]] = {}
        self._seen_s: dict[str, float] = {}  # source -> time of its newest frame
        self._save()

    def current(self, source_id: str) -> str | None:
        """Returns what is marked as going on now; None for nothing."""
        marks = self._marks.get(source_id)
        return marks[-1].label if marks else None

    def mark(self, source_id: str, label: str | None) -> None:
        """Says what goes on from the newest frame on.

        Args:
            source_id: of the source.
            label: what goes on; None: nobody says.

        Raises:
            OutputError: the file cannot be written; the mark is kept, and written when that works again.
        """
        marks, now_s = self._marks.setdefault(source_id, []), self._seen_s.get(source_id, 0.0)
        if marks and marks[-1].start_s == now_s:
            marks.pop()
        if not marks or marks[-1].label != label:
            marks.append(Mark(now_s, label))
        self._save()

    def has_mark(self, source_id: str) -> bool:
        """Tells whether there is a mark to take back."""
        return bool(self._marks.get(source_id))

    def undo(self, source_id: str) -> None:
        """Takes the last mark back; what was marked before goes on.

        Raises:
            OutputError: as of `mark`.
        """
        self._marks[source_id].pop()
        self._save()

    def see(self, source_id: str, time_s: float) -> None:
        """Takes the time of every frame, to which the newest mark lasts.

        Raises:
            OutputError: as of `mark`.
        """
        self._seen_s[source_id] = time_s
        if self.current(source_id) is not None and time.monotonic() - self._saved_s >= SAVED_S:
            self._save()

    def close(self) -> int:
        """Writes the end of the newest marks.

        Returns:
            The rows in the file.

        Raises:
            OutputError: the file cannot be written.
        """
        return self._save()

    def _save(self) -> int:
        self._saved_s = time.monotonic()
        text = io.StringIO()
        table = csv.writer(text)
        table.writerow(_COLUMNS)
        rows = [
            (source_id, mark.label, *(f"{time_s:.3f}" for time_s in (mark.start_s, end_s, end_s - mark.start_s)))
            for source_id, marks in self._marks.items()
            for mark, end_s in zip(marks, self._ends_s(source_id, marks), strict=True)
            if mark.label is not None and end_s > mark.start_s
        ]
        table.writerows(rows)
        write_text(self._path, text.getvalue(), errors="backslashreplace")  # as the log writes names
        return len(rows)

    def _ends_s(self, source_id: str, marks: list[Mark]) -> list[float]:
        return [*(after.start_s for _, after in itertools.pairwise(marks)), self._seen_s.get(source_id, 0.0)]
