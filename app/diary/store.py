"""The diary's file: SQLite, a row an entry. Several sessions may write at once, and others read meanwhile."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Self

from app.diary.entry import Entry
from app.errors import OutputError, SourceError
from app.system.sqlite import transaction

FILE = "diary.sqlite3"
VERSION = 1  # of the table, in SQLite's user_version
_WAIT_S = 5.0  # for another session that writes
_WAL_PAGES = 64  # 256 KB: what is not yet in the file itself
_DAY_MS = 86_400_000
_FURTHEST = timedelta(hours=15)  # of a local time from UTC
_MODE = 0o600  # the owner's alone
_SCHEMA = """
CREATE TABLE IF NOT EXISTS entries (
    id INTEGER PRIMARY KEY,
    start_ms INTEGER NOT NULL,      -- since 1970, UTC
    end_ms INTEGER NOT NULL,
    seconds REAL GENERATED ALWAYS AS ((end_ms - start_ms) / 1000.0) VIRTUAL,
    utc_offset_s INTEGER NOT NULL,  -- local time: add it
    zone TEXT NOT NULL,
    source TEXT NOT NULL,
    label TEXT NOT NULL,
    confidence REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS entries_by_start ON entries (start_ms);
"""
_COLUMNS = "source, label, start_ms, end_ms, utc_offset_s, zone, confidence"


def default_folder() -> Path:
    """Returns the folder of the user's diary, such as ~/.local/share/daily-activity."""
    import platformdirs  # late: whoever gives a folder does not need it

    return platformdirs.user_data_path("daily-activity", appauthor=False)


class Diary:
    """A diary that is open for writing. A context manager."""

    def __init__(self, folder: Path) -> None:
        """Opens the diary of a folder; makes both where there are none, for their owner's eyes alone.

        Args:
            folder: where the file lies.

        Raises:
            OutputError: the folder cannot be made, or what lies there is no diary of this version.
        """
        self.path = folder / FILE
        with self._told():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, _MODE))
            self._file = sqlite3.connect(self.path, timeout=_WAIT_S, isolation_level=None, check_same_thread=False)
        with ExitStack() as opened, self._told():
            opened.callback(self._file.close)
            self._prepare()
            opened.pop_all()

    def write(self, entries: list[tuple[int | None, Entry]]) -> list[int]:
        """Adds entries, or replaces those that have grown; all of them or none.

        Args:
            entries: the row's number, None for a new one, and what it holds.

        Returns:
            The rows' numbers, in the same order.

        Raises:
            sqlite3.Error: the file cannot be written now.
        """
        with transaction(self._file):
            return [self._put(number, entry) for number, entry in entries]

    def forget_before(self, day: date) -> int:
        """Removes what is older than a day, beyond recovery.

        Args:
            day: the first one that stays, in the local time of each entry.

        Returns:
            How many entries were removed.

        Raises:
            sqlite3.Error: the file cannot be written now.
        """
        first_ms = _ms(day)
        with transaction(self._file):
            gone = self._file.execute("DELETE FROM entries WHERE start_ms + utc_offset_s * 1000 < ?", (first_ms,))
        self._file.execute("PRAGMA incremental_vacuum").fetchall()
        return gone.rowcount

    def close(self) -> None:
        """Closes the file; all that was written is in it."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _prepare(self) -> None:
        version = self._file.execute("PRAGMA user_version").fetchone()[0]
        if version > VERSION:
            raise OutputError(f"{self.path}: was written by a newer version of this program; update it")
        if self._file.execute("PRAGMA page_count").fetchone()[0] == 0:
            self._file.execute("PRAGMA auto_vacuum=INCREMENTAL")
        for setting in ("journal_mode=WAL", "synchronous=NORMAL", "secure_delete=ON", "cache_size=-512"):
            self._file.execute(f"PRAGMA {setting}").fetchall()
        self._file.execute(f"PRAGMA wal_autocheckpoint={_WAL_PAGES}")
        self._file.execute(f"PRAGMA journal_size_limit={_WAL_PAGES * 4096}")
        if version < VERSION:
            with transaction(self._file):
                for statement in _SCHEMA.split(";"):
                    self._file.execute(statement)
                self._file.execute(f"PRAGMA user_version={VERSION}")

    def _put(self, number: int | None, entry: Entry) -> int:
        values = (
            *(entry.source.encode("utf-8", "backslashreplace").decode(), entry.label),
            *(entry.start_ms, entry.end_ms, entry.utc_offset_s, entry.zone, round(entry.confidence, 4)),
        )
        done = self._file.execute(
            f"INSERT OR REPLACE INTO entries (id, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (number, *values)
        )
        assert done.lastrowid is not None
        return done.lastrowid

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Says in one line what is wrong with the file."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            raise OutputError(f"{self.path}: cannot be used as a diary ({error}); {_ELSE}") from None
        except OSError as error:
            raise OutputError(f"{self.path}: cannot be written ({error.strerror}); {_ELSE}") from None


_ELSE = "give another folder with --diary FOLDER"


def read_entries(
    folder: Path, first: date | None = None, last: date | None = None, keep: Callable[[Entry], bool] | None = None
) -> list[Entry]:
    """Reads a diary, also while sessions write it.

    Args:
        folder: where the file lies.
        first: the first day; None: from the beginning.
        last: the last day; None: to the end.
        keep: which entries of those days; None: all.

    Returns:
        The entries of those days, each in the local time of then, in the order in which they began.

    Raises:
        SourceError: there is no diary, or it cannot be read.
    """
    path = folder / FILE
    if not path.is_file():
        raise SourceError(f"{path}: no such diary; keep one with --diary, or name its folder with --diary FOLDER")
    try:
        rows = _rows(path, first, last)
    except sqlite3.Error as error:
        raise SourceError(f"{path}: cannot be read as a diary ({error}); name its folder with --diary FOLDER") from None
    entries = [Entry(*row) for row in rows]
    return [
        entry
        for entry in entries
        if (first is None or entry.day >= first)
        and (last is None or entry.day <= last)
        and (keep is None or keep(entry))
    ]


def _rows(path: Path, first: date | None, last: date | None) -> list[tuple[str, str, int, int, int, str, float]]:
    margin_ms = int(_FURTHEST.total_seconds() * 1000)
    low = _ms(first) - margin_ms if first else -(2**62)
    high = _ms(last) + _DAY_MS + margin_ms if last else 2**62
    with suppress(sqlite3.OperationalError):
        return _select(f"{path.absolute().as_uri()}?mode=rw", low, high)
    # where it cannot make its locks, SQLite reads a file only if told that nobody changes it
    return _select(f"{path.absolute().as_uri()}?immutable=1", low, high)


def _select(uri: str, low: int, high: int) -> list[tuple[str, str, int, int, int, str, float]]:
    file = sqlite3.connect(uri, uri=True, timeout=_WAIT_S)
    try:
        query = f"SELECT {_COLUMNS} FROM entries WHERE start_ms BETWEEN ? AND ? ORDER BY start_ms, id"
        return file.execute(query, (low, high)).fetchall()
    finally:
        file.close()


def _ms(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)
