"""A queue on disk: what could not be sent is sent later, by the next session if need be, in its order."""

import os
import sqlite3
from pathlib import Path
from typing import Self

from app.errors import OutputError

MOST_SLOTS = 16  # sessions at once


class DiskQueue:
    """Texts in an SQLite file that one session at a time owns; its end, also a violent one, sets it free."""

    def __init__(self, folder: Path, name: str, most: int) -> None:
        """Takes the first queue of that name that nobody else has.

        Args:
            folder: where the files lie; it is made, for its owner's eyes alone.
            name: what they are called, such as "webhook"; more sessions at once take webhook-2, webhook-3, ...
            most: how many texts it holds; beyond, the oldest ones go.

        Raises:
            OutputError: none can be had.
        """
        self._most = most
        self.dropped = 0
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for slot in range(1, MOST_SLOTS + 1):
                path = folder / (f"{name}.sqlite3" if slot == 1 else f"{name}-{slot}.sqlite3")
                file = _own(path)
                if file is not None:
                    self._file = file
                    return
        except (OSError, sqlite3.Error) as error:
            raise OutputError(f"{folder}: events cannot be kept there ({error}); set hooks.folder") from None
        raise OutputError(f"{folder}: {MOST_SLOTS} sessions keep events there; end one, or set hooks.folder")

    def put(self, texts: list[str]) -> None:
        """Adds texts, in their order."""
        with self._file:
            self._file.executemany("INSERT INTO texts (text) VALUES (?)", [(text,) for text in texts])
            too_many = len(self) - self._most
            if too_many > 0:
                self.dropped += too_many
                oldest = "SELECT id FROM texts ORDER BY id LIMIT ?"
                self._file.execute(f"DELETE FROM texts WHERE id IN ({oldest})", (too_many,))

    def first(self) -> tuple[int, str] | None:
        """Returns the oldest text and its number; None when there is none."""
        found: tuple[int, str] | None = self._file.execute("SELECT id, text FROM texts ORDER BY id LIMIT 1").fetchone()
        return found

    def remove(self, number: int) -> None:
        """Removes a text, which was sent."""
        with self._file:
            self._file.execute("DELETE FROM texts WHERE id = ?", (number,))

    def close(self) -> None:
        """Sets the queue free; what it holds stays on disk."""
        self._file.close()

    def __len__(self) -> int:
        count: int = self._file.execute("SELECT COUNT(*) FROM texts").fetchone()[0]
        return count

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def _own(path: Path) -> sqlite3.Connection | None:
    """Opens a file for this process alone; None where another has it."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    file = sqlite3.connect(path, timeout=0, check_same_thread=False)
    try:
        file.execute("PRAGMA locking_mode=EXCLUSIVE").fetchall()
        file.execute("PRAGMA journal_mode=WAL").fetchall()
        file.execute("PRAGMA synchronous=NORMAL")
        file.execute("PRAGMA secure_delete=ON").fetchall()
        with file:
            file.execute("CREATE TABLE IF NOT EXISTS texts (id INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT NOT NULL)")
            file.execute("DELETE FROM texts WHERE id < 0")  # the lock is taken with the first change, and then kept
    except sqlite3.OperationalError as error:
        file.close()
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
            return None
        raise
    except BaseException:
        file.close()
        raise
    return file
