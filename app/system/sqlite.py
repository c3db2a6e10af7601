"""What every SQLite file of the project shares."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def transaction(file: sqlite3.Connection) -> Iterator[None]:
    """Writes everything in the block, or nothing.

    Args:
        file: a connection that begins no transaction by itself (`isolation_level=None`).

    Raises:
        sqlite3.Error: another process holds the file, or it cannot be written.
    """
    file.execute("BEGIN IMMEDIATE")
    with file:
        yield
