from pathlib import Path

import numpy as np
import pytest

from app.paths import GENERAL_MODEL, MODELS
from app.teach.background import probe_frames, read_background
from app.teach.general_network import attach_general_network
from tests.training.pictures import COLOURS, write_image
from training.__main__ import main

MODEL = MODELS / "har15.onnx"  # takes no cues, so that none are sought


def test_each_class_is_a_group_and_frames_that_show_nothing_are_another(tmp_path: Path) -> None:
    for number, colour in enumerate(("red", "green")):
        for image in range(3):
            write_image(tmp_path / "discs" / colour / f"{image}.png", COLOURS[colour], seed=10 * number + image)
    target = tmp_path / "b.npz"
    assert main(["background", str(MODEL), "--output", str(target), "--data", str(tmp_path / "discs")]) == 0
    found = read_background(target, attach_general_network(MODEL, GENERAL_MODEL))
    assert found is not None and found.known.all()
    assert np.bincount(found.groups).tolist() == [len(probe_frames(32)), 3, 3]


def test_a_mistake_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "b.npz"
    assert main(["background", str(tmp_path / "gone.onnx"), "--output", str(target), "--data", str(tmp_path)]) == 2
    err = capsys.readouterr().err
    assert err.startswith("error: ") and "gone.onnx" in err and err.count("\n") == 1
    assert not target.exists()
