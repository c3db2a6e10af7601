"""Writes a diary in a thread of its own, so that no frame waits for the disk."""

import logging
import sqlite3
import threading
from collections.abc import Callable
from datetime import date, timedelta

from app.diary.entry import Entry
from app.diary.store import Diary
from app.errors import OutputError

RETRY_S = 2.0  # between two tries of a disk that is full, or of a file that others keep busy
MOST_WAITING = 20_000  # entries kept meanwhile: a week of days, some 10 MB

_log = logging.getLogger(__name__)


class DiaryWriter:
    """Takes entries, again whenever one has grown, and writes them within a moment. A context manager."""

    def __init__(self, diary: Diary, keep_days: int | None, today: Callable[[], date] = date.today) -> None:
        """Starts the thread.

        Args:
            diary: the open diary, closed with this.
            keep_days: days that entries stay, today being one; None: for ever.
            today: the local date.
        """
        self._diary, self._keep_days, self._today = diary, keep_days, today
        self._swept: date | None = None
        self._waiting: dict[int, tuple[Entry, bool]] = {}
        self._numbers: dict[int, int] = {}  # of the rows of entries that may still grow
        self._failure: str | None = None
        self._closing = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="diary", daemon=True)
        self._thread.start()

    def put(self, key: int, entry: Entry, final: bool) -> None:
        """Hands an entry over; never waits.

        Args:
            key: the same for every state of an entry.
            entry: its newest state.
            final: whether it has ended.
        """
        with self._changed:
            self._waiting[key] = entry, final
            if len(self._waiting) > MOST_WAITING:
                del self._waiting[next(iter(self._waiting))]
            self._changed.notify()

    def close(self) -> None:
        """Writes what waits and closes the diary. May be called twice.

        Raises:
            OutputError: something could not be written.
        """
        with self._changed:
            if self._closing:
                return
            self._closing = True
            self._changed.notify()
        self._thread.join()
        self._diary.close()
        if self._waiting:
            raise OutputError(
                f"{self._diary.path}: {len(self._waiting)} entries could not be written ({self._failure}); make room"
            )

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._waiting and not self._closing:
                    self._changed.wait()
                if self._failure is not None and not self._closing:
                    self._changed.wait_for(lambda: self._closing, RETRY_S)
                batch, self._waiting = self._waiting, {}
                closing = self._closing
            if not self._written(batch):
                with self._changed:
                    self._waiting = batch | self._waiting  # newer states of the same entries win
            if closing:
                return

    def _written(self, batch: dict[int, tuple[Entry, bool]]) -> bool:
        try:
            numbers = self._diary.write([(self._numbers.get(key), entry) for key, (entry, _) in batch.items()])
            self._sweep()
        except sqlite3.Error as error:
            if self._failure is None:
                _log.warning("%s: cannot be written now (%s); trying again", self._diary.path, error)
            self._failure = str(error)
            return False
        for (key, (_, final)), number in zip(batch.items(), numbers, strict=True):
            self._numbers[key] = number
            if final:
                del self._numbers[key]
        if self._failure is not None:
            _log.warning("%s: written again", self._diary.path)
            self._failure = None
        return True

    def _sweep(self) -> None:
        """Removes what is too old, once a day."""
        today = self._today()
        if self._keep_days is not None and self._swept != today:
            self._diary.forget_before(today - timedelta(days=self._keep_days - 1))
            self._swept = today
