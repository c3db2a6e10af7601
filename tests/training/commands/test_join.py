from pathlib import Path
from typing import Any

import pytest

from training.__main__ import main
from training.fitting import join as work


class _Scores:
    accuracy = 0.5


def test_the_flags_reach_the_work(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    calls: list[Any] = []

    def join(*given: Any) -> Any:
        calls.append(given)
        given[1].write_bytes(b"model")
        return {"val": _Scores(), "test": _Scores()}

    monkeypatch.setattr(work, "join", join)
    monkeypatch.setattr("training.reports.score_text.format_scores", lambda scores: "scores")
    output = tmp_path / "new.onnx"
    arguments = ["join", "m.onnx", "--output", str(output), "--split", "runs/a/split.csv", "--data-root", str(tmp_path)]
    assert main(arguments) == 0
    assert main([*arguments, "--cues", "c.npz", "--set", "join.hidden=9", "--overwrite"]) == 0
    (first, second) = calls
    assert first[:5] == (Path("m.onnx"), output, Path("runs/a/split.csv"), tmp_path, Path("runs/a/cues.npz"))
    assert (second[4], second[5].join.hidden) == (Path("c.npz"), 9)


def test_a_file_that_is_there_stays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "old.onnx"
    output.write_bytes(b"old")
    arguments = ["join", "m.onnx", "--output", str(output), "--split", "s.csv", "--data-root", str(tmp_path)]
    assert main(arguments) == 2
    assert "--overwrite" in capsys.readouterr().err and output.read_bytes() == b"old"
