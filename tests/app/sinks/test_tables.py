import csv
import os
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.entities import Activity, Frame
from app.errors import OutputError
from app.sinks.base import Sink
from app.sinks.tables import EventLog, PredictionTable
from tests.app.conftest import Room
from tests.toy import RED, plain

PICTURE = plain(RED, 4, 4)
OLD_HEADER = ["source", "label", "start_s", "end_s", "seconds", "confidence"]  # before 0.2.0
HEADER = [*OLD_HEADER, "wall_clock"]
FULL = Path("/dev/full")


def rows(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def feed(sink: Sink, *steps: Any, source: str = "cam") -> None:
    """steps: (time_s, label) or (time_s, label, confidence) or with restarted as the fourth."""
    for time_s, label, *rest in steps:
        confidence, restarted = (*rest, *(0.9, False)[len(rest) :])
        frame = Frame(PICTURE, 0, time_s, source)
        sink.write(frame, Activity(label, confidence, time_s, probs=(0.25, 0.75), restarted=restarted))


def logged(path: Path, *steps: Any) -> list[list[str]]:
    with EventLog(path) as log:
        feed(log, *steps)
    return rows(path)[1:]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "log.csv"


def test_nothing_seen_is_a_header(path: Path) -> None:
    assert logged(path) == []
    assert rows(path) == [HEADER]


def test_a_segment_ends_where_the_next_begins(path: Path) -> None:
    assert logged(path, (0.0, "a"), (0.1, "a"), (0.2, "b"), (0.3, "b"), (0.4, "a")) == [
        ["cam", "a", "0.000", "0.200", "0.200", "0.9000", ""],
        ["cam", "b", "0.200", "0.400", "0.200", "0.9000", ""],
        ["cam", "a", "0.400", "0.500", "0.100", "0.9000", ""],
    ]


def test_the_last_segment_ends_one_frame_after_its_last(path: Path) -> None:
    assert logged(path, (0.0, "a"), (0.5, "a"), (1.0, "a")) == [["cam", "a", "0.000", "1.500", "1.500", "0.9000", ""]]


def test_a_single_frame_lasts_no_time(path: Path) -> None:
    assert logged(path, (3.0, "a")) == [["cam", "a", "3.000", "3.000", "0.000", "0.9000", ""]]


def lasting(path: Path, *steps: Any, lasts_s: float = 0.04, **more: Any) -> list[list[str]]:
    """The log of a file's frames: (time_s, label) or (time_s, label, connection), each after a pause."""
    with EventLog(path) as log:
        for time_s, label, *connection in steps:
            frame = Frame(PICTURE, 0, time_s, "clip", *connection, lasts_s=lasts_s, **more)
            log.write(frame, Activity(label, 0.9, time_s, restarted=True))
    return [row[:5] for row in rows(path)[1:]]


def test_a_file_shows_each_image_until_the_next(path: Path) -> None:
    assert lasting(path, (0.0, "a"), (10.0, "a"), (20.0, "b"), (30.0, "a")) == [
        ["clip", "a", "0.000", "20.000", "20.000"],
        ["clip", "b", "20.000", "30.000", "10.000"],
        ["clip", "a", "30.000", "30.040", "0.040"],
    ]


def test_a_file_that_begins_again_begins_a_row(path: Path) -> None:
    found = lasting(path, (0.0, "a"), (10.0, "a", 1), (20.0, "a", 1))
    assert [row[2:4] for row in found] == [["0.000", "10.000"], ["10.000", "20.040"]]


def test_the_pictures_of_a_folder_have_names(path: Path) -> None:
    with EventLog(path) as log, PredictionTable(path.with_name("p.csv"), ["a", "b"]) as table:
        for index, label in enumerate("aab"):
            frame = Frame(PICTURE, index, index, "photos", is_picture=True, lasts_s=1.0, file=f"{index}.jpg")
            for sink in (log, table):
                sink.write(frame, Activity(label, 0.9, index, probs=(0.5, 0.5), restarted=index == 0))
    one, two, three = (str(Path("photos", f"{index}.jpg")) for index in range(3))
    assert [row[:5] for row in rows(path)[1:]] == [
        [f"{one} ... 1.jpg", "a", "0.000", "2.000", "2.000"],
        [three, "b", "2.000", "3.000", "1.000"],
    ]
    assert [row[1] for row in rows(path.with_name("p.csv"))[1:]] == [one, two, three]


def test_a_picture_that_is_judged_alone_has_a_row_of_its_own(path: Path) -> None:
    found = lasting(path, (0.0, "a"), (10.0, "a"), lasts_s=10.0, is_picture=True)
    assert [row[2:] for row in found] == [["0.000", "10.000", "10.000"], ["10.000", "20.000", "10.000"]]


def test_a_slow_stream_has_no_gaps(path: Path) -> None:
    """A network camera that sends an image every five seconds, until it is away for a minute."""
    steps = [(time_s, "a", 0.9, True) for time_s in (0.0, 5.0, 10.2, 15.1, 75.0, 80.0)]
    found = [row[2:4] for row in logged(path, *steps)]
    assert found == [["0.000", "0.000"], ["5.000", "20.000"], ["75.000", "85.000"]]


def test_a_gap_before_the_last_frame_is_not_counted_twice(path: Path) -> None:
    steps = (0.0, "a", 0.9, True), (0.1, "a"), (60.0, "a", 0.9, True)
    assert [row[2:4] for row in logged(path, *steps)] == [["0.000", "0.200"], ["60.000", "60.100"]]


def test_the_seconds_add_up_as_they_are_written(path: Path) -> None:
    found = logged(path, *((index / 7, "ab"[index % 2]) for index in range(1000)))
    assert sum(float(row[4]) for row in found) == pytest.approx(float(found[-1][3]), abs=1e-9)


def test_a_gap_is_in_no_segment(path: Path) -> None:
    steps = (0.0, "a", 0.9, True), (0.1, "a"), (9.0, "a", 0.9, True), (9.1, "a")
    assert [row[2:5] for row in logged(path, *steps)] == [["0.000", "0.200", "0.200"], ["9.000", "9.200", "0.200"]]


def test_unsure_is_a_segment_too(path: Path) -> None:
    assert [row[1] for row in logged(path, (0.0, None), (0.1, "a"), (0.2, None))] == ["unsure", "a", "unsure"]


def test_nobody_is_a_segment_of_its_own(path: Path) -> None:
    with EventLog(path) as log:
        for time_s, nobody in ((0.0, False), (1.0, True)):
            log.write(Frame(PICTURE, 0, time_s, "cam"), Activity(None, 0.5, time_s, nobody=nobody))
    assert [row[1] for row in rows(path)[1:]] == ["unsure", "nobody"]


def test_confidence_is_the_mean(path: Path) -> None:
    assert logged(path, (0.0, "a", 0.5), (0.1, "a", 0.6), (0.2, "a", 1.0))[0][5] == "0.7000"


def test_sources_have_their_own_segments(path: Path) -> None:
    with EventLog(path) as log:
        for time_s in (0.0, 0.1, 0.2):
            feed(log, (time_s, "a"), source="one")
            feed(log, (time_s, "b"), source="two")
    assert [row[:4] for row in rows(path)[1:]] == [["one", "a", "0.000", "0.300"], ["two", "b", "0.000", "0.300"]]


def test_segments_cover_the_clip_without_overlap(path: Path) -> None:
    found = logged(path, *((index / 30, "ab"[index // 7 % 2]) for index in range(100)))
    ends = [row[3] for row in found]
    assert [row[2] for row in found] == ["0.000", *ends[:-1]]
    assert ends[-1] == f"{100 / 30:.3f}"


@pytest.mark.parametrize("label", ["a,b", 'say "hi"', "two\nlines", "먹기", "يأكل", "crème", "  spaces ", "=1+1"])
def test_any_label_comes_back(tmp_path: Path, label: str) -> None:
    assert logged(tmp_path / "log.csv", (0.0, label))[0][1] == label
    with PredictionTable(tmp_path / "predictions.csv", [label, "other"]) as table:
        feed(table, (0.0, label))
    header, row = rows(tmp_path / "predictions.csv")
    assert header[4] == f"p_{label}"
    assert row[2] == label


@pytest.mark.parametrize("source", ["clip, 1.mp4", 'C:\\"x".mp4', "http://camera/한국", os.fsdecode(b"caf\xe9.mp4")])
def test_any_source_name_can_be_written(tmp_path: Path, source: str) -> None:
    """The last one is a name of bytes that are no UTF-8, as old file systems hold them."""
    with EventLog(tmp_path / "log.csv") as log, PredictionTable(tmp_path / "predictions.csv", ["a", "b"]) as table:
        feed(log, (0.0, "a"), source=source)
        feed(table, (0.0, "a"), source=source)
    shown = source.encode("utf-8", "backslashreplace").decode()
    assert rows(tmp_path / "log.csv")[1][0] == rows(tmp_path / "predictions.csv")[1][1] == shown


def test_a_row_is_on_disk_as_soon_as_its_segment_closes(path: Path) -> None:
    with EventLog(path) as log:
        assert rows(path) == [HEADER]
        feed(log, (0.0, "a"), (0.1, "b"))
        assert len(rows(path)) == 2
        feed(log, (0.2, "c"))
        assert len(rows(path)) == 3


def test_predictions_have_a_row_a_frame(tmp_path: Path) -> None:
    path = tmp_path / "predictions.csv"
    with PredictionTable(path, ["a", "b"]) as table:
        feed(table, (0.0, "b", 0.87654321), (0.0333333, None, 0.4))
        assert len(rows(path)) == 3, "on disk at once"
    assert rows(path) == [
        ["time_s", "source", "label", "confidence", "p_a", "p_b", "wall_clock"],
        ["0.000", "cam", "b", "0.8765", "0.250000", "0.750000", ""],
        ["0.033", "cam", "unsure", "0.4000", "0.250000", "0.750000", ""],
    ]


def test_an_old_file_is_replaced(path: Path) -> None:
    path.write_text("old\n" * 100)
    assert logged(path) == []


@pytest.mark.parametrize("make", [EventLog, lambda path: PredictionTable(path, ["a"])])
def test_close_may_be_called_twice(path: Path, make: Callable[[Path], Sink]) -> None:
    sink = make(path)
    sink.close()
    sink.close()


@pytest.mark.parametrize("make", [EventLog, lambda path: PredictionTable(path, ["a"])])
def test_a_place_that_cannot_be_written_is_an_error(tmp_path: Path, make: Callable[[Path], Sink]) -> None:
    with pytest.raises(OutputError, match="cannot be written"):
        make(tmp_path / "nowhere" / "log.csv")


@pytest.mark.skipif(not FULL.exists(), reason="no /dev/full here")
@pytest.mark.parametrize("make", [EventLog, lambda path: PredictionTable(path, ["a"])])
def test_a_full_disk_is_an_error_at_the_start(make: Callable[[Path], Sink]) -> None:
    with pytest.raises(OutputError, match="/dev/full: cannot be written any more"):
        make(FULL)


@pytest.mark.parametrize("make", [EventLog, lambda path: PredictionTable(path, ["a"])])
def test_a_disk_that_fills_up_is_one_error(path: Path, room: Room, make: Callable[[Path], Sink]) -> None:
    """Also when closing tries once more to write what did not fit."""
    with room(200), pytest.raises(OutputError, match=r"log\.csv: cannot be written any more"), make(path) as sink:
        for index in range(100):
            feed(sink, (index, "ab"[index % 2]))
    sink.close()
    assert 100 < path.stat().st_size <= 200


def test_a_disk_that_fills_up_at_the_end_is_an_error(path: Path, room: Room) -> None:
    log = EventLog(path)
    feed(log, (0.0, "a"), (1.0, "a"))
    with room(path.stat().st_size), pytest.raises(OutputError, match="cannot be written any more"):
        log.close()


def test_a_frame_that_was_not_classified_has_no_row_and_its_time_counts_for_the_segment(tmp_path: Path) -> None:
    image = plain(RED)
    classified, kept = (Activity("a", 0.9, 0.0, (("a", 0.9),), probs) for probs in ((0.9, 0.1), ()))
    with EventLog(tmp_path / "log.csv") as log, PredictionTable(tmp_path / "predictions.csv", ["a", "b"]) as table:
        for index, activity in enumerate((classified, kept, kept, classified, kept)):
            for sink in (log, table):
                sink.write(Frame(image, index, index / 10, "cam"), activity)
    assert len((tmp_path / "predictions.csv").read_text().splitlines()) == 1 + 2
    assert (tmp_path / "log.csv").read_text().splitlines()[1].startswith("cam,a,0.000,0.500,0.500")


MAKERS = [EventLog, lambda path, **more: PredictionTable(path, ["a", "b"], **more)]


@pytest.mark.parametrize("make", MAKERS, ids=["log", "predictions"])
def test_live_frames_have_a_time_of_day(path: Path, make: Callable[..., Sink]) -> None:
    before = datetime.now().astimezone()
    with make(path, live=["cam"]) as sink:
        feed(sink, (7.0, "a"), (7.25, "b"), (8.0, "a"))
    first, second, third = (datetime.fromisoformat(row[-1]) for row in rows(path)[1:])
    assert timedelta(milliseconds=-1) <= first - before < timedelta(minutes=5)
    assert (second - first, third - first) == (timedelta(seconds=0.25), timedelta(seconds=1))
    assert first.utcoffset() == before.utcoffset()


@pytest.mark.parametrize("make", MAKERS, ids=["log", "predictions"])
def test_a_file_that_is_continued_keeps_its_rows(path: Path, make: Callable[..., Sink]) -> None:
    for label in "ab":
        with make(path, append=True) as sink:
            feed(sink, (0.0, label))
    header, *found = rows(path)
    assert header[-1] == "wall_clock"
    assert [row[header.index("label")] for row in found] == ["a", "b"]


def test_a_log_of_an_older_version_is_continued_in_its_own_columns(path: Path) -> None:
    path.write_text(",".join(OLD_HEADER) + "\r\ncam,a,0.000,1.000,1.000,0.9000\r\n")
    with EventLog(path, live=["cam"], append=True) as log:
        feed(log, (0.0, "b"))
    assert rows(path) == [
        OLD_HEADER,
        ["cam", "a", "0.000", "1.000", "1.000", "0.9000"],
        ["cam", "b", "0.000", "0.000", "0.000", "0.9000"],
    ]


def test_a_line_that_broke_off_spoils_none_that_follow(path: Path) -> None:
    path.write_text(",".join(HEADER) + "\r\ncam,a,0.0")
    with EventLog(path, append=True) as log:
        feed(log, (0.0, "b"))
    assert [row[:2] for row in rows(path)[1:]] == [["cam", "a"], ["cam", "b"]]


@pytest.mark.parametrize("content", ["a,b,c\r\n", "\0\1\2", "x" * 200_000], ids=["other columns", "binary", "long"])
@pytest.mark.parametrize("make", MAKERS, ids=["log", "predictions"])
def test_another_table_is_not_continued(path: Path, make: Callable[..., Sink], content: str) -> None:
    path.write_text(content)
    with pytest.raises(OutputError, match="cannot be continued"):
        make(path, append=True)
    assert path.read_text() == content.replace("\r\n", "\n")
