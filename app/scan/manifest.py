"""What is known of an archive so far, in a SQLite file: whatever ends the process, what was answered is not lost."""

import os
import sqlite3
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, Self

import msgspec

from app.errors import OutputError
from app.scan.addresses import identity, size_of
from app.scan.looks import Answer, Looks, Piece, Work
from app.scan.tally import Tally
from app.system.sqlite import transaction

_TABLES = """
CREATE TABLE run (job BLOB NOT NULL);
CREATE TABLE files (
    id INTEGER PRIMARY KEY, name BLOB NOT NULL, identity TEXT,
    done INTEGER NOT NULL DEFAULT 0, whole INTEGER NOT NULL DEFAULT 0, end_s REAL, problem TEXT NOT NULL DEFAULT '');
CREATE TABLE pieces (
    file INTEGER NOT NULL, number INTEGER NOT NULL, piece BLOB, looks BLOB, problem TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (file, number));
"""


class Ticket(NamedTuple):
    """Work, and where its answer belongs."""

    file: int
    number: int
    work: Work


class Part(NamedTuple):
    """What came of a piece of a file.

    Attributes:
        start_s: when it begins.
        end_s: when it ends.
        looks: None where it failed.
        problem: why it failed; else "".
    """

    start_s: float
    end_s: float
    looks: Looks | None
    problem: str


class File(NamedTuple):
    """What is known of a file.

    Attributes:
        name: a path or an address.
        end_s: when it ends; None where nobody knows.
        problem: what is wrong with it as a whole, in words; "" where nothing is.
        parts: its pieces, in order.
    """

    name: str
    end_s: float | None
    problem: str
    parts: list[Part]


class Manifest:
    """Gives out work and takes in answers. A context manager that closes the file.

    Attributes:
        tally: how much is done.
    """

    def __init__(self, path: Path, in_turn: bool) -> None:
        """Opens the file, or makes it.

        Args:
            path: the file.
            in_turn: whether a piece needs what the one before it saw.

        Raises:
            OutputError: it cannot be opened or is none of this program.
        """
        self._path, self._in_turn = path, in_turn
        try:
            path.touch(mode=0o600)  # addresses in it may hold passwords
            self._base = sqlite3.connect(path, timeout=1.0, isolation_level=None)
            self._base.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._base.execute("BEGIN IMMEDIATE")
            self._base.execute("COMMIT")
            self._is_new = not self._base.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        except (sqlite3.OperationalError, OSError) as error:
            raise OutputError(f"{path}: cannot be opened ({error}); does another scan write to it?") from None
        except sqlite3.Error as error:
            raise OutputError(f"{path}: is no manifest of a scan ({error}); --overwrite begins again") from None
        self._ready: deque[Ticket] = deque()
        self._next_file = 0
        self._under_way = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._base.close()

    @property
    def is_new(self) -> bool:
        """Whether no run has begun in it."""
        return self._is_new

    def begin(self, job: bytes, files: Sequence[str]) -> None:
        """Writes down what is to be done, all at once.

        Args:
            job: what the table depends on, packed.
            files: paths and addresses.
        """
        with self._whole():
            for statement in _TABLES.split(";"):
                self._base.execute(statement)
            self._base.execute("INSERT INTO run VALUES (?)", (job,))
            rows = ((number, os.fsencode(name), identity(name)) for number, name in enumerate(files))
            self._base.executemany("INSERT INTO files (id, name, identity) VALUES (?, ?, ?)", rows)
        self._is_new = False

    def job(self) -> bytes:
        """Returns what `begin` was given."""
        found: bytes = self._base.execute("SELECT job FROM run").fetchone()[0]
        return found

    def again(self) -> None:
        """Forgets what failed, to try it once more."""
        with self._whole():
            failed = "SELECT id FROM files WHERE done AND end_s IS NULL"
            self._base.execute(f"DELETE FROM pieces WHERE file IN ({failed})")
            self._base.execute("UPDATE files SET done = 0, problem = '' WHERE done AND end_s IS NULL")
            self._base.execute("UPDATE files SET done = 0 WHERE id IN (SELECT file FROM pieces WHERE problem != '')")
            self._base.execute("UPDATE pieces SET problem = '' WHERE problem != ''")

    def measure(self) -> None:
        """Counts what there is and what is done, before the first `take`."""
        rows = self._base.execute("SELECT id, identity, done, end_s FROM files").fetchall()
        self.tally = Tally({number: size_of(told) for number, told, _, _ in rows})
        for number, _, done, end_s in rows:
            if done:
                self.tally.add_file(number, end_s)
        self._ends_s: dict[int, float] = {}
        begun = "SELECT file, piece FROM pieces JOIN files ON file = id WHERE NOT done AND looks IS NOT NULL"
        for file, packed in self._base.execute(begun).fetchall():
            self._count(file, msgspec.msgpack.decode(packed, type=Piece))

    def take(self) -> Ticket | None:
        """Returns the next piece of work; None where there is none, or none yet."""
        while not self._ready:
            row = self._base.execute(
                "SELECT id, name, identity, whole FROM files WHERE id >= ? AND NOT done ORDER BY id LIMIT 1",
                (self._next_file,),
            ).fetchone()
            if row is None:
                return None
            number, name, told, whole = row
            self._next_file = number + 1
            pieces = self._open_pieces(number)
            work = Work(os.fsdecode(name), told, whole=bool(whole))
            if pieces:
                self._offer(number, work, pieces)
            else:
                self._ready.append(Ticket(number, 0, work))
        self._under_way += 1
        return self._ready.popleft()

    @property
    def is_done(self) -> bool:
        """Whether nothing is left and nothing is under way."""
        if self._ready or self._under_way:
            return False
        left = "SELECT count(*) FROM files WHERE NOT done AND id >= ?"
        return not self._base.execute(left, (self._next_file,)).fetchone()[0]

    @property
    def problems(self) -> int:
        """How many files have a problem so far."""
        told = "SELECT count(*) FROM files WHERE problem != '' OR id IN (SELECT file FROM pieces WHERE problem != '')"
        found: int = self._base.execute(told).fetchone()[0]
        return found

    def give(self, ticket: Ticket, answer: Answer) -> float:
        """Takes in an answer, and returns how many seconds of video it is about."""
        self._under_way -= 1
        file, work = ticket.file, ticket.work
        if answer.unlike:
            self._read_whole(file, work)
            return 0.0
        if answer.pieces:
            self._store_pieces(file, answer)
            self._offer(file, work, list(enumerate(answer.pieces)))
            return 0.0
        with self._whole():
            looks = None if answer.looks is None else msgspec.msgpack.encode(answer.looks)
            if work.piece is None:
                end_s, problem = answer.end_s, answer.problem
                self._base.execute(
                    "UPDATE files SET done = 1, end_s = ?, problem = ? WHERE id = ?", (end_s, problem, file)
                )
                self._base.execute("REPLACE INTO pieces (file, number, looks) VALUES (?, 0, ?)", (file, looks))
                seconds = self.tally.add_file(file, end_s)
            else:
                self._base.execute(
                    "UPDATE pieces SET looks = ?, problem = ? WHERE file = ? AND number = ?",
                    (looks, answer.problem, file, ticket.number),
                )
                seconds = self._count(file, work.piece)
                self._finish_if_whole(file)
        if work.piece is not None and self._in_turn:
            self._offer(file, work, self._open_pieces(file))
        return seconds

    def results(self) -> Iterator[File]:
        """Yields every file, in order."""
        for number, name, end_s, problem in self._base.execute(
            "SELECT id, name, end_s, problem FROM files ORDER BY id"
        ):
            yield File(os.fsdecode(name), end_s, problem, list(self._parts(number, end_s)))

    def _parts(self, file: int, end_s: float | None) -> Iterator[Part]:
        rows = self._base.execute("SELECT piece, looks, problem FROM pieces WHERE file = ? ORDER BY number", (file,))
        for packed, looks, problem in rows:
            piece = msgspec.msgpack.decode(packed, type=Piece) if packed else None
            found = msgspec.msgpack.decode(looks, type=Looks) if looks else None
            yield Part(piece.start_s if piece else 0.0, piece.end_s if piece else end_s or 0.0, found, problem)

    def _open_pieces(self, file: int) -> list[tuple[int, Piece]]:
        rows = self._base.execute(
            "SELECT number, piece FROM pieces WHERE file = ? AND looks IS NULL AND problem = '' ORDER BY number",
            (file,),
        )
        return [(number, msgspec.msgpack.decode(packed, type=Piece)) for number, packed in rows]

    def _offer(self, file: int, work: Work, pieces: list[tuple[int, Piece]]) -> None:
        """Makes pieces ready; where they must be done in turn, the first one alone."""
        tickets = []
        for number, piece in pieces[: 1 if self._in_turn else None]:
            seen = self._seen(file, number - 1) if self._in_turn else None
            tickets.append(Ticket(file, number, Work(work.file, work.identity, piece, seen=seen)))
        self._ready.extendleft(reversed(tickets))

    def _seen(self, file: int, number: int) -> bytes | None:
        row = self._base.execute("SELECT looks FROM pieces WHERE file = ? AND number = ?", (file, number)).fetchone()
        return msgspec.msgpack.decode(row[0], type=Looks).seen if row and row[0] else None

    def _store_pieces(self, file: int, answer: Answer) -> None:
        with self._whole():
            self._base.execute(
                "UPDATE files SET end_s = ?, problem = ? WHERE id = ?", (answer.end_s, answer.problem, file)
            )
            rows = ((file, number, msgspec.msgpack.encode(piece)) for number, piece in enumerate(answer.pieces))
            self._base.executemany("INSERT INTO pieces (file, number, piece) VALUES (?, ?, ?)", rows)

    def _read_whole(self, file: int, work: Work) -> None:
        """A piece gives other images than the file promised: the file is begun again, and read as a whole."""
        self._ready = deque(ticket for ticket in self._ready if ticket.file != file)
        if self._base.execute("SELECT whole FROM files WHERE id = ?", (file,)).fetchone()[0]:
            return  # another piece has said so
        with self._whole():
            self._base.execute("DELETE FROM pieces WHERE file = ?", (file,))
            self._base.execute("UPDATE files SET whole = 1, problem = '', end_s = NULL WHERE id = ?", (file,))
        self._ready.appendleft(Ticket(file, 0, Work(work.file, work.identity, whole=True)))

    def _finish_if_whole(self, file: int) -> None:
        open_, whole = (
            "SELECT count(*) FROM pieces WHERE file = ? AND looks IS NULL AND problem = ''",
            "SELECT whole FROM files WHERE id = ?",
        )
        if self._base.execute(whole, (file,)).fetchone()[0]:
            return  # a late piece of a file that is read as a whole now
        if not self._base.execute(open_, (file,)).fetchone()[0]:
            self._base.execute("UPDATE files SET done = 1 WHERE id = ?", (file,))
            self.tally.files_done += 1

    def _count(self, file: int, piece: Piece) -> float:
        """Counts a piece as done, and returns its seconds."""
        return self.tally.add_piece(file, piece.end_s - piece.start_s, self._end_s(file))

    def _end_s(self, file: int) -> float:
        if file not in self._ends_s:
            self._ends_s[file] = (
                self._base.execute("SELECT end_s FROM files WHERE id = ?", (file,)).fetchone()[0] or 0.0
            )
        return self._ends_s[file]

    @contextmanager
    def _whole(self) -> Iterator[None]:
        """Writes everything in its block, or nothing."""
        try:
            with transaction(self._base):
                yield
        except sqlite3.Error as failed:
            raise OutputError(f"{self._path}: cannot be written ({failed}); make room, then --resume") from None
