"""The diary of simulated days, read back from its file."""

import sqlite3
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.diary.entry import Entry
from app.diary.store import read_entries
from app.entities import Activity, Frame
from tests.app.days import IMAGE, day, time_zone

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the time zone of a process is set on Unix only")
NOON = datetime(2026, 11, 27, 12, 0)


@pytest.fixture(autouse=True)
def berlin() -> Iterator[None]:
    with time_zone("Europe/Berlin"):
        yield


def told(entries: list[Entry]) -> list[tuple[str, str, float]]:
    return [(entry.label, entry.start.isoformat(timespec="milliseconds"), entry.seconds) for entry in entries]


def test_entries_meet_and_have_the_local_time(tmp_path: Path) -> None:
    with day(tmp_path, NOON) as camera:
        camera.follows([("reading", 60), (None, 1), ("texting", 30)])
        camera.sees(None, 9, nobody=True)
    entries = read_entries(tmp_path)
    assert told(entries) == [
        ("reading", "2026-11-27T12:00:00.000+01:00", 60.0),
        ("unsure", "2026-11-27T12:01:00.000+01:00", 1.0),
        ("texting", "2026-11-27T12:01:01.000+01:00", 30.0),
        ("nobody", "2026-11-27T12:01:31.000+01:00", 9.0),
    ]
    assert {(entry.source, entry.zone, entry.utc_offset_s) for entry in entries} == {("camera 0", "CET", 3600)}
    assert {entry.confidence for entry in entries} == {0.9}


def test_a_source_that_is_not_live_has_no_time_of_day(tmp_path: Path) -> None:
    with day(tmp_path, NOON) as camera:
        camera.sees("reading", 5, source="clip.mp4")
    assert read_entries(tmp_path) == []


def test_a_gap_is_in_no_entry(tmp_path: Path) -> None:
    with day(tmp_path, NOON) as camera:
        camera.sees("reading", 10)
        camera.sees_nothing(100)
        camera.sees("reading", 10)
    assert told(read_entries(tmp_path)) == [
        ("reading", "2026-11-27T12:00:00.000+01:00", 10.0),
        ("reading", "2026-11-27T12:01:50.000+01:00", 10.0),
    ]


def test_a_running_entry_is_on_disk_within_two_seconds(tmp_path: Path) -> None:
    with day(tmp_path, NOON) as camera:
        camera.sees("reading", 30)
        camera.writer.close()  # what is lost now is what a killed process loses
        (entry,) = read_entries(tmp_path)
    assert 28 <= entry.seconds <= 30


def test_midnight_splits_an_entry_to_the_millisecond(tmp_path: Path) -> None:
    with day(tmp_path, datetime(2026, 11, 27, 23, 59, 50), fps=7) as camera:
        camera.sees("reading", 20)
        camera.sees("texting", 10)
    entries = read_entries(tmp_path)
    assert [(entry.label, entry.day.day, round(entry.seconds, 1)) for entry in entries] == [
        ("reading", 27, 10.0),
        ("reading", 28, 10.0),
        ("texting", 28, 10.0),
    ]
    assert entries[0].end_ms == entries[1].start_ms == datetime(2026, 11, 28).timestamp() * 1000


def test_midnight_without_anybody_there_splits_nothing(tmp_path: Path) -> None:
    with day(tmp_path, datetime(2026, 11, 27, 23, 50)) as camera:
        camera.sees("reading", 10)
        camera.sees_nothing(7200)
        camera.sees("reading", 10)
    assert [(entry.day.day, entry.seconds) for entry in read_entries(tmp_path)] == [(27, 10.0), (28, 10.0)]


@pytest.mark.parametrize(
    ("start", "before", "after"),
    [
        (datetime(2026, 3, 29, 1, 59, 30), ("01:59:30", "CET"), ("03:00:00", "CEST")),
        (datetime(2026, 10, 25, 2, 59, 30), ("02:59:30", "CEST"), ("02:00:00", "CET")),
    ],
    ids=["an hour is left out", "an hour comes twice"],
)
def test_summer_time_changes_the_local_time_and_no_duration(
    tmp_path: Path, start: datetime, before: tuple[str, str], after: tuple[str, str]
) -> None:
    with day(tmp_path, start) as camera:
        camera.sees("reading", 60)
    one, two = read_entries(tmp_path)
    assert (f"{one.start:%H:%M:%S}", one.zone) == before
    assert (f"{two.start:%H:%M:%S}", two.zone) == after
    assert (one.seconds, two.seconds, two.start_ms) == (30.0, 30.0, one.end_ms)


def test_sleep_ends_an_entry_at_its_last_frame(tmp_path: Path) -> None:
    with day(tmp_path, NOON) as camera:
        camera.sees("reading", 10)
        camera.sleeps(3600)
        camera.sees("reading", 10)
    assert told(read_entries(tmp_path)) == [
        ("reading", "2026-11-27T12:00:00.000+01:00", 10.0),
        ("reading", "2026-11-27T13:00:10.000+01:00", 10.0),
    ]


def test_sleep_where_the_monotonic_clock_goes_on(tmp_path: Path) -> None:
    """As on Windows."""
    with day(tmp_path, NOON) as camera:
        camera.sees("reading", 10)
        camera.sees_nothing(3600)
        camera.sees("reading", 10)
    assert sum(entry.seconds for entry in read_entries(tmp_path)) == 20


@pytest.mark.parametrize("seconds", [-86_400 * 400, -3600, -1, 1, 3600, 86_400 * 400])
def test_a_clock_that_is_set_changes_no_sum(tmp_path: Path, seconds: float) -> None:
    with day(tmp_path, NOON) as camera:
        camera.sees("reading", 10)
        camera.clocks.jumps(seconds)
        camera.sees("reading", 10)
    entries = sorted(read_entries(tmp_path), key=lambda entry: entry.start_ms, reverse=seconds < -10)
    assert [entry.seconds for entry in entries] == [10.0, 10.0]
    assert entries[1].start - entries[0].end == timedelta(seconds=seconds)


@settings(max_examples=25)
@given(
    start_s=st.integers(0, 2 * 365 * 86_400),
    plan=st.lists(
        st.tuples(
            st.sampled_from(["sees", "sees", "sees", "jumps", "gap"]), st.sampled_from("ab"), st.integers(1, 4000)
        ),
        min_size=1,
        max_size=12,
    ),
)
def test_whatever_the_clocks_do_the_sums_are_true(tmp_path_factory: pytest.TempPathFactory, start_s, plan) -> None:  # type: ignore[no-untyped-def]
    folder = tmp_path_factory.mktemp("day")
    truth = {"a": 0.0, "b": 0.0}
    with day(folder, datetime(2025, 1, 1, tzinfo=UTC) + timedelta(seconds=start_s), fps=0.5) as camera:
        for kind, label, seconds in plan:
            if kind == "sees":
                camera.sees(label, 2 * seconds)
                truth[label] += 2 * seconds
            elif kind == "jumps":
                camera.clocks.jumps(seconds - 2000.25)
            else:
                camera.sees_nothing(seconds + 10)
        camera.sees("a", 4)  # so that every pause has an end
        truth["a"] += 4
    entries = read_entries(folder)
    for label, seconds in truth.items():
        assert sum(entry.seconds for entry in entries if entry.label == label) == pytest.approx(seconds, abs=0.01)
    for entry in entries:
        assert entry.start.date() == (entry.end - timedelta(milliseconds=1)).date() or not entry.seconds


def test_two_sources_have_entries_of_their_own(tmp_path: Path) -> None:
    with day(tmp_path, NOON) as camera:
        for _ in range(3):
            for source, label in (("camera 0", "reading"), ("clip", "texting")):
                camera.sink.write(Frame(IMAGE, 0, camera.clocks.monotonic_s, source), Activity(label, 1.0, 0.0))
            camera.clocks.passes(1)
    assert [(entry.source, entry.label) for entry in read_entries(tmp_path)] == [("camera 0", "reading")]


def test_only_text_and_numbers_are_kept(tmp_path: Path) -> None:
    """No picture, ever: every byte of the folder is the text that the entries say, or SQLite's own."""
    with day(tmp_path, NOON) as camera:
        camera.follows([("reading", 60), ("texting", 60)] * 20)
    assert [path.name for path in tmp_path.iterdir()] == ["diary.sqlite3"]
    path = tmp_path / "diary.sqlite3"
    content = path.read_bytes()
    for signature in (b"\xff\xd8\xff", b"\x89PNG", b"RIFF", b"GIF8", b"ftyp", b"BM6", b"II*\0", b"MM\0*"):
        assert signature not in content
    with sqlite3.connect(path) as file:
        columns = file.execute("PRAGMA table_info(entries)").fetchall()
        assert {kind for _, _, kind, *_ in columns} == {"INTEGER", "REAL", "TEXT"}
        names = [name for _, name, *_ in columns]
        for name in names:
            kinds = file.execute(f"SELECT DISTINCT typeof({name}) FROM entries").fetchall()
            assert kinds in ([("integer",)], [("real",)], [("text",)]), "and no blob"
        longest = max(len(str(value)) for row in file.execute("SELECT * FROM entries") for value in row)
    assert longest < 40
    assert len(content) < 40_000
