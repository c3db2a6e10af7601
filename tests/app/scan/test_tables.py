import csv
import sys
from pathlib import Path

import pytest

from app.errors import OutputError
from app.scan.tables import check_parquet, open_table

COLUMNS = ("file", "start_s", "label", "confidence", "p_a")
ROWS = [("a.mp4", 0.5, "x", 0.12345, 1e-7), ("caf\udce9.mp4", None, "", None, None)]


def write(path: Path) -> bytes:
    with open_table(path, COLUMNS) as table:
        for row in ROWS:
            table.write(row)
    return path.read_bytes()


def test_csv(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    write(path)
    with path.open(newline="", encoding="utf-8") as file:
        assert list(csv.reader(file)) == [
            [*COLUMNS],
            ["a.mp4", "0.500", "x", "0.1235", "0.000000"],
            ["caf\\udce9.mp4", "", "", "", ""],
        ]


def test_parquet_holds_the_same_and_is_the_same_each_time(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
    assert write(tmp_path / "one.parquet") == write(tmp_path / "two.parquet")
    found = parquet.read_table(tmp_path / "one.parquet").to_pylist()
    assert found[0] == dict(zip(COLUMNS, ROWS[0], strict=True))
    assert found[1]["file"] == "caf\\udce9.mp4"
    assert found[1]["start_s"] is None


def test_parquet_without_pyarrow_is_refused_at_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(OutputError, match=r"daily-activity\[parquet\]"):
        check_parquet(tmp_path / "t.parquet")


def test_a_table_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), open_table(tmp_path / "t.csv", COLUMNS) as table:
        table.write(ROWS[0])
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []
