"""The last line of a session, and the JSON file of --stats."""

import json
import time
from pathlib import Path

import pytest

from app.errors import OutputError
from app.model.classifier import Classifier
from app.run_stats import RunStats
from app.session.figures import report


@pytest.fixture
def classifier(model: Path) -> Classifier:
    return Classifier(model)


def ran(frames: int, reused: int = 0) -> RunStats:
    stats = RunStats(frames_read=frames + 1, frames_dropped=1, frames_reused=reused)
    for _ in range(frames):
        stats.labelled(time.perf_counter())
    return stats


@pytest.mark.parametrize(
    ("frames", "reused", "expected"),
    [(1, 0, ["1 frame,"]), (2, 0, ["2 frames,"]), (1200, 1000, ["1,200 frames,", "1,000 "])],
)
def test_the_line_counts_frames(
    classifier: Classifier, capsys: pytest.CaptureFixture[str], frames: int, reused: int, expected: list[str]
) -> None:
    report(ran(frames, reused), classifier, 0.0, None)
    (line,) = capsys.readouterr().out.splitlines()
    assert all(part in line for part in expected)


def test_a_session_without_a_frame_says_nothing(
    classifier: Classifier, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    report(RunStats(), classifier, 0.0, tmp_path / "s.json")
    assert capsys.readouterr().out == ""
    figures = json.loads((tmp_path / "s.json").read_text(encoding="utf-8"))
    assert (figures["frames_processed"], figures["first_label_s"], figures["latency_ms"]) == (0, None, None)


def test_the_file_has_the_keys_that_it_always_had(classifier: Classifier, tmp_path: Path) -> None:
    started_s = time.perf_counter()
    stats = ran(3, reused=2)
    with stats.stages.time("classify"):
        pass
    report(stats, classifier, started_s, tmp_path / "s.json")
    figures = json.loads((tmp_path / "s.json").read_text(encoding="utf-8"))
    assert list(figures) == [
        *("frames_read", "frames_processed", "frames_dropped", "frames_kept", "fps", "latency_ms", "stages"),
        *("memory_mb", "first_label_s", "model", "provider", "versions"),
    ]
    assert (figures["frames_read"], figures["frames_dropped"], figures["frames_kept"]) == (4, 1, 2)
    assert set(figures["stages"]) == {"classify"}
    assert set(figures["latency_ms"]) == {"median", "p95"}
    assert 0 <= figures["first_label_s"] < 60
    assert figures["model"]["file"] == str(classifier.path)
    assert {"app", "python", "onnxruntime", "numpy", "av"} <= set(figures["versions"])


def test_a_file_that_cannot_be_written_is_an_error(classifier: Classifier, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"s\.json"):
        report(RunStats(), classifier, 0.0, tmp_path / "gone" / "s.json")
