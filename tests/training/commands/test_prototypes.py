from pathlib import Path

import pytest

from training.__main__ import main
from training.onnx_files import add_exemplars as work


def test_the_flags_reach_the_work(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    calls: list[tuple[Path, Path, Path, int, Path | None]] = []
    monkeypatch.setattr(work, "add_exemplars", lambda *given: calls.append(given))
    arguments = ["prototypes", "m.onnx", "--split", "split.csv", "--data-root", str(tmp_path)]
    assert main(arguments) == 0 and main([*arguments, "--count", "7"]) == 0
    assert calls == [(Path("m.onnx"), Path("split.csv"), tmp_path, count, None) for count in (40, 7)]


def test_a_mistake_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["prototypes", str(tmp_path / "gone.onnx"), "--split", "s.csv", "--data-root", str(tmp_path)]
    for flags, word in (["--count", "0"], "--count"), ([], "gone.onnx"):
        assert main([*arguments, *flags]) == 2
        err = capsys.readouterr().err
        assert err.startswith("error: ") and word in err and err.count("\n") == 1
