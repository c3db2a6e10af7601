"""The command, on a clip of a second; the figures themselves are in test_figures."""

import json
import os
import signal
import sys
from pathlib import Path

import cv2
import pytest

from app.benchmark import figures
from app.benchmark.__main__ import main
from app.benchmark.figures import STAGES
from app.sinks.recording.encoder import Encoder
from tests import toy
from tests.app.process import Running
from tests.conftest import ROOT

SESSION = {"first_label_s": 1.0, "memory_mb": 100.0}
no_signals = pytest.mark.skipif(sys.platform == "win32", reason="sends signals")
Capsys = pytest.CaptureFixture[str]


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return toy.colour_clip(tmp_path / "clip.mp4", 1.0, 30, lambda _: toy.RED, width=320, height=240)


def test_it_measures_every_stage_and_holds_the_product_against_them(
    clip: Path, model: Path, tmp_path: Path, capsys: Capsys
) -> None:
    target = tmp_path / "figures.json"
    assert main([str(clip), "--model", str(model), "--rounds", "1", "--frames", "12", "--json", str(target)]) == 0
    found = json.loads(target.read_text(encoding="utf-8"))
    assert set(found["costs"]) == {stage for stages in STAGES.values() for stage in stages} | set(STAGES)
    assert all(cost["wall_ms"]["low"] > 0 for cost in found["costs"].values())
    assert all(bound["ratio"]["low"] > 0 for bound in found["bounds"].values())
    assert set(found["live"]) == {"30 fps", "60 fps", "four of 30 fps", "30 fps, still, adaptive"}
    assert found["session"]["first_label_s"] > 0
    out = capsys.readouterr().out
    assert all(name.replace("_", " ") in out for name in [*found["costs"], *found["live"]])


@pytest.mark.parametrize("given", ["none.mp4", "synthetic", "0", "", "a folder"])
def test_a_clip_that_is_none(
    given: str, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capsys
) -> None:
    (tmp_path / "a folder").mkdir()
    monkeypatch.chdir(tmp_path)
    assert main([given, "--model", str(model)]) == 2
    assert capsys.readouterr().err.startswith(f"error: {given}: ")


def test_a_picture_is_no_clip(model: Path, tmp_path: Path, capsys: Capsys) -> None:
    picture = tmp_path / "picture.png"
    picture.write_bytes(cv2.imencode(".png", toy.plain(toy.RED))[1].tobytes())
    assert main([str(picture), "--model", str(model)]) == 2
    assert capsys.readouterr().err.startswith(f"error: {picture}: ")


def test_figures_that_cannot_be_written_are_no_surprise_at_the_end(
    clip: Path, model: Path, tmp_path: Path, capsys: Capsys
) -> None:
    nowhere = tmp_path / "nowhere"
    assert main([str(clip), "--model", str(model), "--json", str(nowhere / "out.json")]) == 2
    assert str(nowhere) in capsys.readouterr().err


def test_figures_replace_a_file_only_with_overwrite(clip: Path, model: Path, tmp_path: Path, capsys: Capsys) -> None:
    (tmp_path / "mine.json").write_text("mine")
    assert main([str(clip), "--model", str(model), "--json", str(tmp_path / "mine.json")]) == 2
    assert "exists" in capsys.readouterr().err and (tmp_path / "mine.json").read_text() == "mine"


@pytest.mark.parametrize(
    ("flag", "value"), [("--rounds", "0"), ("--rounds", "-1"), ("--frames", "0"), ("--frames", "x")]
)
def test_numbers_that_make_no_sense(clip: Path, flag: str, value: str, capsys: Capsys) -> None:
    with pytest.raises(SystemExit, match="2"):
        main([str(clip), flag, value])
    err = capsys.readouterr().err
    assert flag in err and repr(value) in err


@no_signals
def test_ctrl_c_is_no_traceback(clip: Path, model: Path) -> None:
    command = [sys.executable, "-m", "app.benchmark", clip, "--model", model, "--rounds", "1000"]
    with Running(command, folder=ROOT) as benchmark:
        benchmark.waits_until(lambda: benchmark.err)
        ended = benchmark.ends(signal.SIGINT)
    first, *_, last = ended.stderr.splitlines()
    assert first.startswith("round 1 of 1000") and "Traceback" not in ended.stderr
    assert last == "interrupted; nothing was written"
    assert ended.returncode == 130


@no_signals
@pytest.mark.timeout(120)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_amid_its_threads_ends_it(
    clip: Path, model: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capsys, number: int
) -> None:
    """While frames are decoded, classified and encoded: it crashed there once in thirty times."""
    written = []
    write = Encoder.write

    def interrupted(self: Encoder, *arguments: object) -> None:
        written.append(1)
        if len(written) == 5:
            os.kill(os.getpid(), number)
        write(self, *arguments)

    monkeypatch.setattr(Encoder, "write", interrupted)
    monkeypatch.setattr(figures, "session", lambda *_: SESSION)
    assert main([str(clip), "--model", str(model), "--rounds", "1000", "--frames", "30"]) == 128 + number
    lines = capsys.readouterr().err.splitlines()
    assert "recorded" in lines[-2] and lines[-1].startswith("interrupted")
    assert 5 <= len(written) < 30
