import logging
import sqlite3
import threading
import time
from datetime import date
from pathlib import Path

import pytest

from app.diary import writer as module
from app.diary.entry import Entry
from app.diary.store import FILE, Diary, read_entries
from app.diary.writer import DiaryWriter
from app.errors import OutputError

DAY_MS = 86_400_000


def entry(label: str = "reading", seconds: int = 1, day: int = 0) -> Entry:
    return Entry("cam", label, day * DAY_MS, day * DAY_MS + 1000 * seconds, 0, "UTC", 0.5)


def waits_for(folder: Path, expected: list[Entry]) -> None:
    deadline_s = time.monotonic() + 60
    while read_entries(folder) != expected:
        assert time.monotonic() < deadline_s, read_entries(folder)
        time.sleep(0.02)


def test_an_entry_is_written_soon_and_grows(tmp_path: Path) -> None:
    writer = DiaryWriter(Diary(tmp_path), None)
    writer.put(1, entry(seconds=1), final=False)
    waits_for(tmp_path, [entry(seconds=1)])
    writer.put(1, entry(seconds=2), final=True)
    waits_for(tmp_path, [entry(seconds=2)])
    writer.close()
    writer.close()


def test_nobody_waits_for_another_that_writes_and_nothing_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("app.diary.store._WAIT_S", 0.05)
    monkeypatch.setattr(module, "RETRY_S", 0.05)
    writer = DiaryWriter(Diary(tmp_path), None)
    other = sqlite3.connect(tmp_path / FILE, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with caplog.at_level(logging.WARNING):
        for seconds in range(1, 1000):
            writer.put(1, entry(seconds=seconds), final=False)
        writer.put(2, entry("texting", 5), final=True)
        deadline_s = time.monotonic() + 60
        while not caplog.records:
            assert time.monotonic() < deadline_s
            time.sleep(0.02)
        other.execute("ROLLBACK")
        other.close()
        waits_for(tmp_path, [entry(seconds=999), entry("texting", 5)])
    writer.close()
    assert len(caplog.records) == 2, "once that it cannot be written, and once that it can again"


def test_what_cannot_be_written_at_the_end_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.diary.store._WAIT_S", 0.05)
    writer = DiaryWriter(Diary(tmp_path), None)
    other = sqlite3.connect(tmp_path / FILE, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    writer.put(1, entry(), final=True)
    with pytest.raises(OutputError, match="1 entries could not be written"):
        writer.close()
    other.close()
    assert "diary" not in {thread.name for thread in threading.enumerate()}


def test_old_days_are_forgotten_today_being_one_that_stays(tmp_path: Path) -> None:
    with Diary(tmp_path) as diary:
        diary.write([(None, entry(str(day), day=day)) for day in range(10)])
    today = [date(1970, 1, 9)]
    writer = DiaryWriter(Diary(tmp_path), 3, lambda: today[0])
    writer.put(1, entry("now", day=9), final=True)
    expected = [entry(str(day), day=day) for day in (6, 7, 8, 9)]
    waits_for(tmp_path, [*expected, entry("now", day=9)])
    today[0] = date(1970, 1, 10)
    writer.put(2, entry("then", day=9), final=True)
    writer.close()
    assert [one.label for one in read_entries(tmp_path)] == ["7", "8", "9", "now", "then"]
