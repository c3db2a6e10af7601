"""The tables that a scan writes, as CSV or Parquet by the file's ending; written whole."""

import csv
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app.errors import OutputError
from app.outputs import written_whole

SUFFIXES = (".csv", ".parquet")
_GROUP = 100_000  # rows that Parquet stores together
_DIGITS = {"start_s": 3, "end_s": 3, "seconds": 3, "time_s": 3, "confidence": 4}  # others: 6
_TEXTS = frozenset(("file", "label", "problem"))


class Table(ABC):
    """Takes rows."""

    @abstractmethod
    def write(self, row: Sequence[str | float | None]) -> None:
        """Adds a row; None: nothing is known there."""


def check_parquet(path: Path) -> None:
    """Checks that a table can be written in the form that its name asks for.

    Raises:
        OutputError: Parquet, and pyarrow is missing.
    """
    if path.suffix.lower() == ".parquet":
        try:
            import pyarrow.parquet  # noqa: F401 (an extra)
        except ImportError:
            raise OutputError(
                f"{path}: Parquet needs pyarrow; install it (pip install 'daily-activity[parquet]') or write .csv"
            ) from None


@contextmanager
def open_table(path: Path, columns: Sequence[str]) -> Iterator[Table]:
    """Begins a table, which takes its place when the block ends without an error.

    Args:
        path: a file of one of SUFFIXES; an old one is replaced.
        columns: their names.

    Yields:
        What takes the rows.

    Raises:
        OutputError: it cannot be written.
    """
    make = _parquet if path.suffix.lower() == ".parquet" else _csv
    with written_whole(path) as draft, make(draft, columns) as table:
        yield table


class _Csv(Table):
    def __init__(self, file: Any, columns: Sequence[str]) -> None:
        self._rows = csv.writer(file)
        self._rows.writerow(columns)
        self._formats = [_format(name) for name in columns]

    def write(self, row: Sequence[str | float | None]) -> None:
        self._rows.writerow(
            ["" if value is None else format_.format(value) for format_, value in zip(self._formats, row, strict=True)]
        )


@contextmanager
def _csv(path: Path, columns: Sequence[str]) -> Iterator[Table]:
    # backslashreplace: names of files may hold bytes that are not UTF-8
    with path.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        yield _Csv(file, columns)


class _Parquet(Table):
    def __init__(self, writer: Any, columns: Sequence[str]) -> None:
        self._writer, self._columns = writer, columns
        self._rows: list[Sequence[str | float | None]] = []

    def write(self, row: Sequence[str | float | None]) -> None:
        self._rows.append(row)
        if len(self._rows) == _GROUP:
            self.flush()

    def flush(self) -> None:
        import pyarrow as pa

        if not self._rows:
            return
        values = [[_storable(value) for value in column] for column in zip(*self._rows, strict=True)]
        self._writer.write_table(pa.table(values, schema=self._writer.schema), row_group_size=_GROUP)
        self._rows.clear()


@contextmanager
def _parquet(path: Path, columns: Sequence[str]) -> Iterator[Table]:
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter

    schema = pa.schema([(name, pa.string() if name in _TEXTS else pa.float64()) for name in columns])
    with ParquetWriter(path, schema, compression="zstd") as writer:
        table = _Parquet(writer, columns)
        yield table
        table.flush()


def _format(column: str) -> str:
    return "{}" if column in _TEXTS else f"{{:.{_DIGITS.get(column, 6)}f}}"


def _storable(value: str | float | None) -> str | float | None:
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value
