"""`python run_webcam.py` as a process: what is on disk, on the terminal, and the exit status."""

import json
import signal
import subprocess
import time
from pathlib import Path

import av
import numpy as np
import pytest

from tests import toy
from tests.app import process
from tests.conftest import ROOT, SharedClip
from tests.fakes import rows


def decoded(path: Path) -> list[av.VideoFrame]:
    with av.open(str(path)) as container:
        return list(container.decode(video=0))


def duration_s(path: Path) -> float:
    with av.open(str(path)) as container:
        assert container.duration is not None
        return container.duration / 1e6


def test_a_clip_becomes_a_recording_a_log_predictions_and_stats(tmp_path: Path, model: Path, clip: Path) -> None:
    done = process.run(
        *("--source", clip, "--model", model, "--no-window", "--record", "out.mp4", "--log", "log.csv"),
        *("--predictions", "predictions.csv", "--stats", "stats.json"),
        folder=tmp_path,
    )
    assert (done.returncode, done.stderr) == (0, "")

    frames = decoded(tmp_path / "out.mp4")
    assert len(frames) == 60
    assert [frame.time for frame in frames] == pytest.approx([index / 10 for index in range(60)], abs=0.001)
    assert duration_s(tmp_path / "out.mp4") == pytest.approx(6.0, abs=0.01)

    log = rows(tmp_path / "log.csv")
    assert [row["label"] for row in log] == ["red", "unsure", "green", "unsure"]
    assert float(log[0]["start_s"]) == 0
    assert float(log[-1]["end_s"]) == pytest.approx(6.0)
    assert [row["start_s"] for row in log[1:]] == [row["end_s"] for row in log[:-1]]
    assert 2.0 < float(log[2]["start_s"]) < 3.0, "green begins to show at 2 s"
    assert sum(float(row["seconds"]) for row in log) == pytest.approx(6.0, abs=0.01)

    predictions = rows(tmp_path / "predictions.csv")
    probs = [f"p_{label}" for label in toy.LABELS]
    assert list(predictions[0]) == ["time_s", "source", "label", "confidence", *probs, "wall_clock"]
    assert len(predictions) == 60
    raw = np.array([[float(row[f"p_{label}"]) for label in toy.LABELS] for row in predictions])
    assert raw.sum(axis=1) == pytest.approx(1, abs=1e-4)
    assert (raw.argmax(axis=1)[:40] == [0] * 20 + [1] * 20).all(), "raw probabilities change at once"

    stats = json.loads((tmp_path / "stats.json").read_text(encoding="utf-8"))
    assert (stats["frames_read"], stats["frames_processed"], stats["frames_dropped"]) == (60, 60, 0)
    assert set(stats["stages"]) >= {"read", "prepare", "classify", "smooth", "record", "log", "predictions"}
    assert all(stage["median"] <= stage["p95"] for stage in [*stats["stages"].values(), stats["latency_ms"]])
    assert stats["first_label_s"] > 0
    assert stats["provider"] == "CPUExecutionProvider"
    assert stats["model"]["labels"] == list(toy.LABELS)
    assert stats["versions"]["app"]


def test_a_still_picture_is_classified_now_and_then_and_recorded_whole(tmp_path: Path, model: Path) -> None:
    clip = toy.colour_clip(tmp_path / "clip.mp4", 5.0, 20, lambda time_s: toy.RED if time_s < 3 else toy.GREEN)
    done = process.run(
        *("--source", clip, "--model", model, "--no-window", "--set", "inference.adaptive=true", "--record", "out.mp4"),
        *("--predictions", "predictions.csv", "--log", "log.csv", "--stats", "stats.json"),
        folder=tmp_path,
    )
    assert (done.returncode, done.stderr) == (0, "")
    stats = json.loads((tmp_path / "stats.json").read_text(encoding="utf-8"))
    assert stats["frames_processed"] == len(decoded(tmp_path / "out.mp4")) == 100
    assert f" {stats['frames_kept']} reused" in done.stdout
    times = [float(row["time_s"]) for row in rows(tmp_path / "predictions.csv")]
    assert len(times) == 100 - stats["frames_kept"]
    assert sum(1 < time_s < 3 for time_s in times) == 3, "every half a second while nothing changes"
    assert 3.0 in times and sum(3 <= time_s <= 4 for time_s in times) == 21, "all of them after a change"
    assert [row["label"] for row in rows(tmp_path / "log.csv")] == ["red", "unsure", "green"]


def test_the_overlay_is_in_the_recording_unless_told_otherwise(tmp_path: Path, model: Path, clip: Path) -> None:
    for name, wish in (("with.mp4", "true"), ("bare.mp4", "false")):
        done = process.run(
            *("--source", clip, "--model", model, "--record", name, "--set", f"record.overlay={wish}"),
            folder=tmp_path,
        )
        assert done.returncode == 0, done.stderr
    bare = decoded(tmp_path / "bare.mp4")[0].to_ndarray(format="bgr24")
    dressed = decoded(tmp_path / "with.mp4")[0].to_ndarray(format="bgr24")
    assert np.ptp(bare.reshape(-1, 3), axis=0).max() < 12, "one plain colour"
    assert np.ptp(dressed.reshape(-1, 3), axis=0).max() > 150, "white letters on a dark panel"


def test_the_same_file_gives_the_same_predictions_to_the_bit(tmp_path: Path, model: Path, clip: Path) -> None:
    for name in ("a.csv", "b.csv"):
        assert process.run("--source", clip, "--model", model, "--predictions", name, folder=tmp_path).returncode == 0
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_realtime_takes_as_long_as_the_clip(tmp_path: Path, model: Path, clip: Path) -> None:
    started_s = time.monotonic()
    done = process.run(
        "--source", clip, "--model", model, "--realtime", "--max-seconds", 3, "--log", "l.csv", folder=tmp_path
    )
    assert done.returncode == 0
    assert time.monotonic() - started_s > 2.9
    assert float(rows(tmp_path / "l.csv")[-1]["end_s"]) == pytest.approx(3.0, abs=0.25)


def test_a_session_recorded_from_a_live_source_plays_as_long_as_it_lasted(tmp_path: Path, model: Path) -> None:
    done = process.run(
        *("--source", "synthetic", "--model", model, "--max-seconds", 4, "--record", "live.mp4"),
        *(
            "--set",
            "source.camera.fps=7",
            "--set",
            "source.camera.width_px=320",
            "--set",
            "source.camera.height_px=240",
        ),
        folder=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert duration_s(tmp_path / "live.mp4") == pytest.approx(4.0, abs=0.4)


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupted_it_closes_every_file(tmp_path: Path, model: Path, number: signal.Signals, status: int) -> None:
    recording = tmp_path / "cut.mp4"
    files = ("--record", recording, "--log", "cut.csv", "--stats", "cut.json")
    with process.start("--source", "synthetic", "--model", model, *files, folder=tmp_path) as running:
        running.waits_until(lambda: recording.exists() and recording.stat().st_size > 20_000)
        ended = running.ends(number)
    assert (ended.returncode, ended.stderr) == (status, "")
    assert len(decoded(tmp_path / "cut.mp4")) > 5
    assert duration_s(tmp_path / "cut.mp4") > 0.2
    assert len(rows(tmp_path / "cut.csv")) >= 1, "the open segment is written"
    assert json.loads((tmp_path / "cut.json").read_text())["frames_processed"] > 5


def test_a_reader_that_leaves_ends_the_session_quietly(tmp_path: Path, model: Path) -> None:
    """`python run_webcam.py | head -1` once showed two tracebacks."""
    changing = toy.colour_clip(tmp_path / "c.mp4", 20, 10, lambda time_s: (toy.RED, toy.GREEN)[int(time_s / 2) % 2])
    command = [*process.COMMAND, "--source", changing, "--realtime", "--model", model, "--record", "cut.mp4"]
    with subprocess.Popen(
        list(map(str, command)),
        cwd=tmp_path,
        env=process.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdout is not None and running.stderr is not None
        while "Red" not in running.stdout.readline():
            pass
        running.stdout.close()
        err = running.stderr.read()
    assert (running.returncode, err) == (0, "")
    assert 0 < len(decoded(tmp_path / "cut.mp4")) < 150, "it ended when the next label had nobody to go to"


def test_without_camera_and_screen_it_plays_and_records_the_demo(tmp_path: Path, model: Path) -> None:
    if list(Path("/dev").glob("video*")):
        pytest.skip("this machine has a camera")
    done = process.run("--model", model, "--max-seconds", 1, folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "No window: " in done.stdout
    assert "Playing the demo: no camera found" in done.stdout
    assert "--source" in done.stdout
    recording = next(line.split()[1] for line in done.stdout.splitlines() if line.startswith("Recorded "))
    assert len(decoded(tmp_path / recording)) == 25


def test_two_files_at_once_have_their_own_rows_and_recordings(tmp_path: Path, model: Path, clip: Path) -> None:
    other = toy.colour_clip(tmp_path / "blue.mp4", 2, 10, lambda time_s: toy.BLUE)
    done = process.run(
        *("--source", clip, "--source", other, "--model", model, "--log", "log.csv", "--record", "both.mp4"),
        folder=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    labels = {(row["source"], row["label"]) for row in rows(tmp_path / "log.csv")}
    assert (str(other), "blue") in labels
    assert (str(clip), "green") in labels
    assert (len(decoded(tmp_path / "both-1.mp4")), len(decoded(tmp_path / "both-2.mp4"))) == (60, 20)


def test_the_truncated_clip_plays_to_its_last_whole_frame(tmp_path: Path, model: Path, shared_clip: SharedClip) -> None:
    clip = shared_clip("walking_corridor.mp4")
    done = process.run("--source", clip, "--model", model, "--predictions", "p.csv", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert len(rows(tmp_path / "p.csv")) == 1389


@pytest.mark.parametrize("name", ["classroom.gif", "eat.mkv", "generated_clapping.mp4"])
def test_shared_clips_run_through_the_shipped_model(tmp_path: Path, shared_clip: SharedClip, name: str) -> None:
    shipped = ROOT / "models" / "daily_activity.onnx"
    done = process.run(
        "--source", shared_clip(name), "--model", shipped, "--record", "o.mp4", "--stats", "s.json", folder=tmp_path
    )
    assert (done.returncode, done.stderr) == (0, "")
    stats = json.loads((tmp_path / "s.json").read_text())
    assert stats["frames_processed"] == len(decoded(tmp_path / "o.mp4")) > 0
