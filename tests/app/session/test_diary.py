"""`--diary` and `--append` of the real program: what is in the files, also when it is killed."""

import signal
import sys
import time
from datetime import datetime
from pathlib import Path

import pytest

from app.diary.store import read_entries
from tests import toy
from tests.app import process
from tests.fakes import rows


def test_a_session_keeps_what_its_log_says(tmp_path: Path, model: Path, clip: Path) -> None:
    before = datetime.now().astimezone()
    done = process.run(
        *("--source", clip, "--realtime", "--model", model, "--no-window", "--log", "l.csv", "--diary", "d"),
        folder=tmp_path,
    )
    after = datetime.now().astimezone()
    assert (done.returncode, done.stderr) == (0, "")
    assert str(Path("d", "diary.sqlite3")) in done.stdout
    log, entries = rows(tmp_path / "l.csv"), read_entries(tmp_path / "d")
    assert [row["label"] for row in log] == [entry.label for entry in entries]
    for row, entry in zip(log, entries, strict=True):
        assert float(row["seconds"]) == pytest.approx(entry.seconds, abs=0.002)
        assert abs(datetime.fromisoformat(row["wall_clock"]) - entry.start).total_seconds() < 5
        assert before <= entry.start <= entry.end <= after
    assert {path.name for path in (tmp_path / "d").iterdir()} == {"diary.sqlite3"}


def test_the_settings_keep_one_too_and_a_file_has_no_time_of_day(tmp_path: Path, model: Path, clip: Path) -> None:
    settings = f"diary: {{use: on, folder: {tmp_path / 'd'}}}\n"
    (tmp_path / "app.yaml").write_text(settings)
    done = process.run("--source", clip, "--model", model, "--config", "app.yaml", "--log", "l.csv", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "--realtime" in done.stdout
    assert read_entries(tmp_path / "d") == []
    assert {row["wall_clock"] for row in rows(tmp_path / "l.csv")} == {""}


def test_the_demo_that_nobody_asked_for_is_nobodys_day(tmp_path: Path, model: Path) -> None:
    with process.start(
        *("--model", model, "--no-window", "--realtime", "--max-seconds", 1, "--diary", "d"),
        folder=tmp_path,
    ) as running:
        done = running.ends()
    if "Playing the demo" not in done.stdout:
        pytest.skip("this machine has a camera")
    assert done.returncode == 0, done.stderr
    assert read_entries(tmp_path / "d") == []


def test_a_killed_session_loses_two_seconds_at_most(tmp_path: Path, model: Path) -> None:
    still = toy.colour_clip(tmp_path / "still.mp4", 60, 10, lambda time_s: toy.RED)
    with process.start(
        *("--source", still, "--realtime", "--model", model, "--no-window", "--predictions", "p.csv", "--diary", "d"),
        folder=tmp_path,
    ) as running:
        running.waits_until(lambda: (tmp_path / "p.csv").exists() and len(rows(tmp_path / "p.csv")) > 60)
        running.gets(signal.SIGKILL if sys.platform != "win32" else signal.SIGTERM)
        running.ends()
    seen = rows(tmp_path / "p.csv")
    (entry,) = read_entries(tmp_path / "d")
    lost_s = float(seen[-1]["time_s"]) - float(seen[0]["time_s"]) - entry.seconds
    assert lost_s <= 2.0
    assert entry.label == "red" and entry.seconds > 3


def test_two_sessions_keep_one_diary_at_once(tmp_path: Path, model: Path) -> None:
    for name in ("one", "two"):
        toy.colour_clip(tmp_path / f"{name}.mp4", 4, 10, lambda time_s: toy.GREEN)
    flags = ("--realtime", "--model", model, "--no-window", "--diary", "d", "--log", "l.csv", "--append")
    with (
        process.start("--source", "one.mp4", *flags, folder=tmp_path) as first,
        process.start("--source", "two.mp4", *flags, folder=tmp_path) as second,
    ):
        assert [one.ends().returncode for one in (first, second)] == [0, 0]
    assert sorted(entry.source for entry in read_entries(tmp_path / "d")) == ["one.mp4", "two.mp4"]
    assert sorted(row["source"] for row in rows(tmp_path / "l.csv")) == ["one.mp4", "two.mp4"]


def test_a_diary_that_cannot_be_kept_is_told_before_the_camera_opens(tmp_path: Path, model: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "diary.sqlite3").write_text("precious " * 100)
    started_s = time.monotonic()
    done = process.run("--source", 77, "--model", model, "--diary", "d", folder=tmp_path)
    assert done.returncode == 2 and time.monotonic() - started_s < process.PATIENCE_S
    assert len(done.stderr.splitlines()) == 1 and "diary" in done.stderr
    assert (tmp_path / "d" / "diary.sqlite3").read_text() == "precious " * 100


def test_a_log_and_predictions_are_continued(tmp_path: Path, model: Path, clip: Path) -> None:
    flags = ("--source", clip, "--model", model, "--log", "l.csv", "--predictions", "p.csv", "--max-seconds", 1)
    for _ in range(2):
        done = process.run(*flags, "--append", folder=tmp_path)
        assert done.returncode == 0, done.stderr
    assert [row["label"] for row in rows(tmp_path / "l.csv")] == ["red", "red"]
    assert len(rows(tmp_path / "p.csv")) == 20
    other = toy.write_model(tmp_path / "other.onnx", labels=("rot", "gruen", "blau"))
    done = process.run(*flags, "--append", "--model", other, folder=tmp_path)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1), done.stderr
    assert "p.csv" in done.stderr and len(rows(tmp_path / "p.csv")) == 20
