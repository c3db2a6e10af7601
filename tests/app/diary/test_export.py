import csv
import io
import json
from datetime import date
from pathlib import Path

import pytest

from app.diary.entry import Entry
from app.diary.export import COLUMNS, entries_csv, entries_json, export
from app.diary.store import Diary
from app.errors import OutputError

ENTRIES = [
    Entry('a "cam", 1', "읽기", 0, 1500, 3600, "CET", 0.5),
    Entry("camera 0", "unsure", 86_400_000, 86_401_000, -12600, "NST", 0.25),
]
ROW = {
    "start": "1970-01-01T01:00:00.000+01:00",
    "end": "1970-01-01T01:00:01.500+01:00",
    "seconds": 1.5,
    "label": "읽기",
    "confidence": 0.5,
    "source": 'a "cam", 1',
    "zone": "CET",
}


def test_csv_comes_back() -> None:
    rows = list(csv.DictReader(io.StringIO(entries_csv(ENTRIES))))
    assert rows[0] == {name: str(value) for name, value in ROW.items()}
    assert rows[1]["start"] == "1970-01-01T20:30:00.000-03:30"


def test_json_comes_back() -> None:
    found = json.loads(entries_json(ENTRIES))
    assert found[0] == ROW
    assert [list(row) for row in found] == [list(COLUMNS)] * 2


def test_export_writes_the_days_that_are_asked_for(tmp_path: Path) -> None:
    with Diary(tmp_path) as diary:
        diary.write([(None, entry) for entry in ENTRIES])
    assert export(tmp_path, tmp_path / "all.json") == 2
    assert json.loads((tmp_path / "all.json").read_text(encoding="utf-8"))[0] == ROW
    assert export(tmp_path, tmp_path / "one.csv", date(1970, 1, 1), date(1970, 1, 1)) == 2, "of both the local day"
    assert export(tmp_path, tmp_path / "one.csv", date(1970, 1, 2)) == 0
    with pytest.raises(OutputError, match=r"\.csv or \.json"):
        export(tmp_path, tmp_path / "all.txt")
