import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.errors import ConfigError
from tests.conftest import ROOT
from training.__main__ import main


def training(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "training", *map(str, arguments)], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_help_names_the_commands_and_is_quick() -> None:
    began = time.monotonic()
    result = training("--help")
    assert result.returncode == 0 and time.monotonic() - began < 5
    assert all(command in result.stdout for command in ("train", "export", "evaluate"))
    script = "import sys, training.__main__; assert not {'tensorflow', 'numpy', 'cv2'} & sys.modules.keys()"
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True)


@pytest.mark.parametrize("arguments", [[], ["train"], ["trian"], ["evaluate", "m.onnx", "--data", "d", "--part", "x"]])
def test_a_wrong_command_line_is_a_usage_error(arguments: list[str]) -> None:
    result = training(*arguments)
    assert result.returncode == 2 and result.stderr.startswith("usage: ") and "Traceback" not in result.stderr


def test_a_mistake_is_one_line_in_a_real_process(tmp_path: Path) -> None:
    result = training("train", "--data", tmp_path / "gone", "--run", tmp_path / "run", "--weights", "none")
    assert result.returncode == 2
    assert result.stderr == (
        f"error: {tmp_path / 'gone'}: no such folder; give a folder with one subfolder per class, or a dataset YAML\n"
    )
    assert result.stdout == "" and not (tmp_path / "run").exists()


def test_debug_shows_where_an_error_comes_from(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        main(["export", str(tmp_path), "--output", str(tmp_path / "m.onnx"), "--debug"])


def test_a_missing_package_says_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "tf2onnx", None)
    monkeypatch.delitem(sys.modules, "training.commands.export", raising=False)
    assert main(["export", str(tmp_path), "--output", str(tmp_path / "m.onnx")]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: tf2onnx is not installed") and "'.[train]'" in error


def test_a_run_that_had_not_begun_promises_no_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("training.__main__._train", interrupted)
    assert main(["train", "--data", str(tmp_path), "--run", str(tmp_path / "run")]) == 130
    assert capsys.readouterr().err.strip() == "interrupted; the run had not begun"
    (tmp_path / "run").mkdir()
    assert main(["train", "--data", str(tmp_path), "--run", str(tmp_path / "run")]) == 130
    assert "go on with --resume" in capsys.readouterr().err
