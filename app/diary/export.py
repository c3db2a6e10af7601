"""Writes entries of a diary for other programs."""

import csv
import io
import json
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from app.diary.entry import Entry
from app.diary.store import read_entries
from app.outputs import check_target, write_text

COLUMNS = ("start", "end", "seconds", "label", "confidence", "source", "zone")


def export(folder: Path, path: Path, first: date | None = None, last: date | None = None) -> int:
    """Writes the entries of a diary to a file.

    Args:
        folder: where the diary lies.
        path: a .csv or .json file; an old one is replaced.
        first: the first day; None: from the beginning.
        last: the last day; None: to the end.

    Returns:
        How many entries were written.

    Raises:
        SourceError: there is no diary.
        OutputError: the file cannot be written, or ends in neither.
    """
    check_target(path, ".csv", ".json", overwrite=True)
    entries = read_entries(folder, first, last)
    write_text(path, entries_json(entries) if path.suffix.lower() == ".json" else entries_csv(entries))
    return len(entries)


def entries_csv(entries: Iterable[Entry]) -> str:
    """Returns entries as CSV with COLUMNS; times are RFC 3339, local, with the distance from UTC."""
    text = io.StringIO(newline="")
    rows = csv.DictWriter(text, COLUMNS)
    rows.writeheader()
    rows.writerows(map(_values, entries))
    return text.getvalue()


def entries_json(entries: Iterable[Entry]) -> str:
    """Returns entries as a JSON list of objects with COLUMNS."""
    return json.dumps([_values(entry) for entry in entries], indent=1, ensure_ascii=False) + "\n"


def _values(entry: Entry) -> dict[str, object]:
    start, end = (time.isoformat(timespec="milliseconds") for time in (entry.start, entry.end))
    values = (start, end, entry.seconds, entry.label, entry.confidence, entry.source, entry.zone)
    return dict(zip(COLUMNS, values, strict=True))
