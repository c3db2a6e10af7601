"""Marking what is really going on, with real keys in the real window, as far as the score."""

import signal
from pathlib import Path

from app.score.score import score
from app.score.timeline import Timeline, make_timeline
from app.score.truth.read import read_segments
from tests.app import process, screen
from tests.app.live import Live, session

pytestmark = screen.NEEDS_WINDOW


def labels(truth: Path) -> list[str]:
    """The labels of the rows so far."""
    return [one.label for segments in read_segments(truth).values() for one in segments]


def timeline(path: Path) -> Timeline:
    (segments,) = read_segments(path).values()
    return make_timeline(segments)[0]


def marks(live: Live, key: str, truth: Path, expected: list[str]) -> None:
    """Presses a key until its row is in the file, which is when the next frame has come."""
    live.presses_until(key, lambda: labels(truth) == expected, f"the rows {expected}")


def test_what_keys_mark_is_scored(display: str, tmp_path: Path, model: Path) -> None:
    truth, log = tmp_path / "truth.csv", tmp_path / "log.csv"
    with session(display, tmp_path, "--source", "synthetic", "--model", model, "--truth", truth, "--log", log) as live:
        marks(live, "1", truth, ["red"])
        live.presses("g")
        marks(live, "2", truth, ["red", "green"])
        marks(live, "3", truth, ["red", "green", "blue"])
        marks(live, "u", truth, ["red", "green"])
        marks(live, "0", truth, ["red", "green", "nobody"])
        status, err = live.quits()
        assert (status, err) == (0, "")
        assert str(truth) in live.app.out
    assert labels(truth) == ["red", "green", "nobody"]
    marked, shown = (timeline(path) for path in (truth, log))
    assert score(shown, marked).felt.scored > 0


def test_a_program_that_is_killed_leaves_its_marks(display: str, tmp_path: Path, model: Path) -> None:
    truth = tmp_path / "truth.csv"
    with session(display, tmp_path, "--source", "synthetic", "--model", model, "--truth", truth) as live:
        marks(live, "1", truth, ["red"])
        marks(live, "2", truth, ["red", "green"])
        assert live.app.ends(signal.SIGKILL).returncode == -signal.SIGKILL
    assert labels(truth) == ["red", "green"]
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".") and path.suffix == ".csv"]


def test_without_a_window_nothing_can_be_marked(tmp_path: Path, model: Path) -> None:
    arguments = ("--source", "synthetic", "--model", model, "--truth", tmp_path / "truth.csv", "--no-window")
    status, _, err = process.run(*arguments, folder=tmp_path)
    assert status == 2 and "--truth" in err and err.count("\n") == 1
    assert not (tmp_path / "truth.csv").exists()
