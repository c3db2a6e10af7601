import json
import signal
import subprocess
import sys

import cv2
import pytest

from app.benchmark.__main__ import main
from app.benchmark.figures import STAGES
from tests import toy
from tests.conftest import ROOT


@pytest.fixture
def clip(tmp_path):
    return toy.colour_clip(tmp_path / "clip.mp4", 1.0, 30, lambda _: toy.RED, width=320, height=240)


def test_it_measures_every_stage_and_holds_the_product_against_them(clip, model, tmp_path, capsys):
    target = tmp_path / "figures.json"
    arguments = [str(clip), "--model", str(model), "--rounds", "2", "--frames", "20", "--json", str(target)]
    assert main(arguments) == 0
    figures = json.loads(target.read_text(encoding="utf-8"))
    stages = {stage for stages in STAGES.values() for stage in stages}
    assert set(figures["costs"]) == stages | set(STAGES)
    for cost in figures["costs"].values():
        assert 0 < cost["wall_ms"]["low"] <= cost["wall_ms"]["median"] <= cost["wall_ms"]["high"]
    for name, bound in figures["bounds"].items():
        longest = max(figures["costs"][stage]["wall_ms"]["high"] for stage in STAGES[name])
        assert bound["bound_ms"]["median"] > 0 and bound["ratio"]["median"] > 0
        assert bound["bound_ms"]["low"] <= max(longest, bound["bound_ms"]["median"])
        assert 0 < bound["cores_ratio"]["median"] <= bound["ratio"]["high"]
    assert set(figures["live"]) == {"30 fps", "60 fps", "four of 30 fps", "30 fps, still, adaptive"}
    assert figures["session"]["first_label_s"] > 0
    out = capsys.readouterr().out
    assert "shared out evenly" in out and "live, 30 fps" in out and "first label after" in out


@pytest.mark.parametrize("clip_name", ["none.mp4", "synthetic", "0", ""])
def test_a_clip_that_is_none(clip_name, model, capsys):
    assert main([clip_name, "--model", str(model)]) == 2
    assert "expected a video file" in capsys.readouterr().err


def test_a_picture_is_no_clip(model, tmp_path, capsys):
    picture = tmp_path / "picture.png"
    picture.write_bytes(cv2.imencode(".png", toy.plain(toy.RED))[1].tobytes())
    assert main([str(picture), "--model", str(model)]) == 2
    assert "two frames or more" in capsys.readouterr().err


def test_figures_that_cannot_be_written_are_no_surprise_at_the_end(clip, model, tmp_path, capsys):
    assert main([str(clip), "--model", str(model), "--json", str(tmp_path / "nowhere" / "out.json")]) == 2
    assert "does not exist" in capsys.readouterr().err


@pytest.mark.parametrize("option", [("--rounds", "0"), ("--rounds", "-1"), ("--frames", "0"), ("--frames", "x")])
def test_numbers_that_make_no_sense(clip, option, capsys):
    with pytest.raises(SystemExit, match="2"):
        main([str(clip), *option])
    assert "expected a whole number above 0" in capsys.readouterr().err


def test_a_folder_is_no_clip(model, tmp_path, capsys):
    assert main([str(tmp_path), "--model", str(model)]) == 2
    assert "a folder; expected a video file" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for another process")
@pytest.mark.timeout(60)
def test_ctrl_c_is_no_traceback(clip, model):
    command = [sys.executable, "-m", "app.benchmark", str(clip), "--model", str(model), "--rounds", "1000"]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        first = process.stderr.readline()
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
    assert first.startswith("round 1 of")
    assert "Traceback" not in rest and rest.endswith("interrupted; nothing was written\n")
    assert process.returncode == 130
