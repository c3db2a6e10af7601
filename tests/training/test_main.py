import signal
import subprocess
import sys
from pathlib import Path

import pytest

from app.errors import ConfigError
from app.system.interrupts import Interrupted
from tests import toy
from tests.conftest import ROOT
from tests.training import pictures
from tests.training.reports.runs import write_run
from training.__main__ import main

COMMANDS = (
    *("check", "train", "find-rate", "evaluate", "compare", "explain", "export", "import", "prototypes", "general"),
    "benchmark",
)
HEAVY = {"tensorflow", "keras", "numpy", "cv2", "onnx", "onnxruntime", "matplotlib", "scipy", "PIL", "msgspec", "yaml"}


def training(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "training", *map(str, arguments)], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_help_names_the_commands() -> None:
    result = training("--help")
    assert result.returncode == 0
    assert all(command in result.stdout for command in COMMANDS)


def test_help_loads_nothing_heavy() -> None:
    script = f"import sys, training.__main__; assert not {HEAVY} & sys.modules.keys()"
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0 and "--debug" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["train"],
        ["trian"],
        ["evaluate", "m.onnx", "--data", "d", "--part", "x"],
        ["export", "run", "--output", "m.onnx", "--int8", "--fp16"],
    ],
)
def test_a_wrong_command_line_is_one_line(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    err = capsys.readouterr().err
    assert ended.value.code == 2 and err.startswith("error: ") and err.count("\n") == 1 and "--help" in err


def test_a_mistake_is_one_line_in_a_real_process(tmp_path: Path) -> None:
    result = training("train", "--data", tmp_path / "gone", "--run", tmp_path / "run", "--weights", "none")
    assert result.returncode == 2
    assert result.stderr.startswith(f"error: {tmp_path / 'gone'}: ") and result.stderr.count("\n") == 1
    assert result.stdout == "" and not (tmp_path / "run").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="pipes break in another way there")
@pytest.mark.parametrize("buffering", [(), ("-u",)], ids=["at the end", "at once"])
def test_a_reader_that_leaves_ends_a_command_quietly(tmp_path: Path, buffering: tuple[str, ...]) -> None:
    """As behind `| head`: no traceback, neither of the command's own lines nor of Python's flush at its end."""
    run = write_run(tmp_path / "run")
    command = [sys.executable, *buffering, "-W", "error", "-m", "training", "compare", str(run)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdout and running.stderr
        running.stdout.close()
        err = running.stderr.read()
    assert (running.returncode, err) == (141, "")


def test_debug_shows_where_an_error_comes_from(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        main(["compare", str(tmp_path), "--debug"])


def test_a_missing_package_says_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "tf2onnx", None)
    monkeypatch.delitem(sys.modules, "training.onnx_files.convert", raising=False)
    assert main(["export", str(tmp_path), "--output", str(tmp_path / "m.onnx")]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: tf2onnx is not installed") and "make train-env" in error


def test_an_unknown_flag_points_to_the_help_of_its_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["compare", "runs/a", "--bogus"])
    assert ended.value.code == 2
    error = capsys.readouterr().err
    assert "--bogus" in error and "compare --help" in error and error.count("\n") == 1


def test_a_package_of_another_name_is_a_programming_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "training.reports.markdown", None)
    with pytest.raises(ModuleNotFoundError):
        main(["compare", str(tmp_path)])


def test_a_run_that_had_not_begun_promises_no_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted() -> None:
        raise Interrupted(signal.SIGINT)

    monkeypatch.setattr("training.commands.train.import_tensorflow", interrupted)
    arguments = ["train", "--data", str(tmp_path), "--run", str(tmp_path / "run")]
    assert main(arguments) == 130
    assert capsys.readouterr().err == "\ninterrupted; the run had not begun\n"
    (tmp_path / "run").mkdir()
    assert main(arguments) == 130
    assert "--resume" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["find-rate", "--data", "data", "--plot", "mine"],
        ["background", "model.onnx", "--data", "data", "--output", "mine.npz"],
        ["general", "--data", "data", "--output", "mine"],
        ["benchmark", "--data", "data", "--json", "mine"],
        ["evaluate", "model.onnx", "--data", "data", "--json", "mine"],
        ["evaluate", "model.onnx", "--data", "data", "--report", "mine.html"],
        ["compare", "data", "--report", "mine"],
        ["export", "data", "--output", "mine.onnx"],
        ["join", "model.onnx", "--split", "model.onnx", "--data-root", "data", "--output", "mine.onnx"],
        ["import", "model.onnx", "--output", "mine.onnx"],
    ],
    ids=lambda arguments: f"{arguments[0]} {arguments[-2]}",
)
def test_no_command_replaces_a_file_unasked(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    pictures.make_folders(tmp_path / "data", 3)
    toy.write_model(tmp_path / "model.onnx")
    target = tmp_path / arguments[-1]
    target.write_text("mine")
    assert main(arguments) == 2
    err = capsys.readouterr().err
    assert err.startswith(f"error: {target.name}: exists") and "--overwrite" in err and err.count("\n") == 1
    assert target.read_text() == "mine"
