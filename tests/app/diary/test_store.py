import os
import sqlite3
import stat
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from app.diary import store
from app.diary.entry import Entry
from app.diary.store import FILE, Diary, default_folder, read_entries
from app.errors import OutputError, SourceError
from tests.conftest import ROOT

DAY_MS = 86_400_000


def entry(
    start_ms: int = 0, seconds: float = 1, label: str = "reading", offset_s: int = 0, source: str = "cam"
) -> Entry:
    return Entry(source, label, start_ms, start_ms + round(1000 * seconds), offset_s, "X", 0.5)


def test_what_is_written_is_read_in_the_order_of_time(tmp_path: Path) -> None:
    later, sooner = entry(5000, label="b"), entry(1000, label="a")
    with Diary(tmp_path) as diary:
        assert len(set(diary.write([(None, later), (None, sooner)]))) == 2
    assert read_entries(tmp_path) == [sooner, later]


def test_an_entry_grows(tmp_path: Path) -> None:
    with Diary(tmp_path) as diary:
        (number,) = diary.write([(None, entry(seconds=1))])
        assert diary.write([(number, entry(seconds=2))]) == [number]
        assert read_entries(tmp_path) == [entry(seconds=2)], "read while it is open"


def test_a_day_is_that_of_the_local_time_of_then(tmp_path: Path) -> None:
    """An hour before midnight in UTC is tomorrow in Berlin, and today in New York."""
    start_ms = DAY_MS - 3_600_000
    with Diary(tmp_path) as diary:
        diary.write([(None, entry(start_ms, offset_s=offset_s, label=str(offset_s))) for offset_s in (7200, 0, -18000)])
    first, second = date(1970, 1, 1), date(1970, 1, 2)
    assert [one.label for one in read_entries(tmp_path, second, second)] == ["7200"]
    assert {one.label for one in read_entries(tmp_path, first, first)} == {"0", "-18000"}
    assert len(read_entries(tmp_path, first)) == len(read_entries(tmp_path, None, second)) == 3


def test_it_is_for_its_owner_alone(tmp_path: Path) -> None:
    if sys.platform == "win32":
        pytest.skip("permissions of Unix")
    with Diary(tmp_path / "new") as diary:
        diary.write([(None, entry())])
        for path in (tmp_path / "new").iterdir():
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700


def test_what_is_too_old_is_forgotten_beyond_recovery(tmp_path: Path) -> None:
    with Diary(tmp_path) as diary:
        diary.write([(None, entry(day * DAY_MS, label=f"secret-{day}")) for day in range(5)])
        assert diary.forget_before(date(1970, 1, 4)) == 3
    assert [one.label for one in read_entries(tmp_path)] == ["secret-3", "secret-4"]
    assert b"secret-2" not in (tmp_path / FILE).read_bytes()


def test_a_name_of_no_utf8_is_escaped(tmp_path: Path) -> None:
    with Diary(tmp_path) as diary:
        diary.write([(None, entry(source=os.fsdecode(b"caf\xe9")))])
    assert read_entries(tmp_path)[0].source == "caf\\udce9"


def test_another_file_is_no_diary(tmp_path: Path) -> None:
    content = b"no database at all" * 100
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(OutputError, match="cannot be used as a diary"):
        Diary(tmp_path)
    with pytest.raises(SourceError, match="cannot be read as a diary"):
        read_entries(tmp_path)
    assert (tmp_path / FILE).read_bytes() == content


def test_a_diary_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / FILE) as file:
        file.execute("PRAGMA user_version=99")
    with pytest.raises(OutputError, match="newer version"):
        Diary(tmp_path)


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot be written"):
        Diary(tmp_path / "file" / "diary")


def test_where_there_is_none_the_error_says_how_to_keep_one(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="--diary"):
        read_entries(tmp_path)


def test_the_users_own_folder_is_that_of_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "/data")
    assert default_folder().name == "daily-activity"
    if sys.platform == "linux":
        assert default_folder() == Path("/data/daily-activity")


def test_a_reader_never_makes_a_file(tmp_path: Path) -> None:
    with pytest.raises(SourceError):
        read_entries(tmp_path)
    assert list(tmp_path.iterdir()) == []


WRITE = """
import sys
from pathlib import Path
from app.diary.entry import Entry
from app.diary.store import Diary
with Diary(Path(sys.argv[1])) as diary:
    for number in range(50):
        entry = Entry("cam", sys.argv[2], 1000 * number, 1000 * number + 1000, 0, "X", 0.5)
        rows = diary.write([(None, entry)])
        diary.write([(rows[0], entry)])
"""


def test_several_processes_write_one_diary_from_its_very_beginning(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WRITE, str(tmp_path)]
    running = [subprocess.Popen([*command, str(number)], cwd=ROOT, stderr=subprocess.PIPE) for number in range(4)]
    assert [process.communicate()[1].decode() for process in running] == [""] * 4
    entries = read_entries(tmp_path)
    assert sorted({one.label for one in entries}) == ["0", "1", "2", "3"]
    assert len(entries) == 200


def test_a_file_on_a_disk_that_cannot_be_written_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Diary(tmp_path) as diary:
        diary.write([(None, entry())])
    assert read_entries(tmp_path) == [entry()]
    assert [path.name for path in tmp_path.iterdir()] == [FILE], "reading leaves nothing behind"
    connect = sqlite3.connect

    def refuses(name: str, **more: object) -> sqlite3.Connection:
        if "mode=rw" in name:
            raise sqlite3.OperationalError("unable to open database file")
        return connect(name, **more)  # type: ignore[call-overload, no-any-return]

    monkeypatch.setattr(store.sqlite3, "connect", refuses)
    assert read_entries(tmp_path) == [entry()]


def test_a_session_that_writes_holds_up_no_reader(tmp_path: Path) -> None:
    with Diary(tmp_path) as diary:
        diary.write([(None, entry())])
        other = sqlite3.connect(tmp_path / FILE, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        assert read_entries(tmp_path) == [entry()]
        other.execute("ROLLBACK")
        other.close()
