"""The wheel: what it holds, and that its commands work from any folder, where no checkout is near."""

import os
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from collections.abc import Sequence
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

import app
from app.__main__ import COMMANDS
from tests.conftest import ROOT
from tests.fakes import rows

MOST_MB = 20
SCRIPTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check")


def succeeds(command: Sequence[str | Path], folder: Path, **more: str) -> str:
    """What a command prints that ends with status 0, run in `folder`."""
    environment = {key: value for key, value in os.environ.items() if key not in ("DISPLAY", "PYTHONPATH")}
    done = subprocess.run(
        [*map(str, command)], cwd=folder, env=environment | more, capture_output=True, text=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project as a wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    succeeds([*PIP, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, ROOT], folder)
    (path,) = folder.iterdir()
    return path


@pytest.fixture(scope="module")
def programs(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the programs in a virtual environment that has the wheel, and the packages of this one."""
    folder = tmp_path_factory.mktemp("installed")
    succeeds([sys.executable, "-m", "venv", "--without-pip", folder], folder)
    paths = sysconfig.get_paths("venv", vars={"base": str(folder), "platbase": str(folder)})
    python = next(Path(paths["scripts"]).glob("python*"))
    packages = [path for path in sys.path if Path(path).name == "site-packages"]
    (Path(paths["purelib"]) / "test_environment.pth").write_text("\n".join(packages), encoding="utf-8")
    succeeds([*PIP, "--python", python, "install", "--no-deps", "--no-index", wheel], folder)
    return Path(paths["scripts"])


def test_the_wheel_is_small(wheel: Path) -> None:
    assert wheel.stat().st_size <= MOST_MB * 1_000_000


def test_the_wheel_holds_what_the_commands_need_and_nothing_else(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    code = {path.relative_to(ROOT).as_posix() for room in ("app", "training") for path in (ROOT / room).rglob("*.py")}
    data = {"config.yaml", "assets/demo.mp4", "models/daily_activity.onnx", "models/general.onnx", "models/SHA256SUMS"}
    data |= {f"models/helpers/{name}.onnx" for name in ("face_detection", "hand_points", "objects")}
    assert code | {f"app/data/{name}" for name in data} <= names
    assert {"app/py.typed", "app/score/page.html", "training/py.typed", "training/recipes/default.yaml"} <= names
    assert "app/day/templates/day.html" in names
    assert {path.name for path in (ROOT / "training" / "templates").iterdir()} <= {Path(name).name for name in names}
    rooms = {name.split("/")[0] for name in names}
    assert rooms == {"app", "training", f"daily_activity-{app.__version__}.dist-info"}
    assert "app/data/assets/window.png" not in names


def test_only_the_models_that_git_keeps_ship(wheel: Path) -> None:
    kept = subprocess.run(["git", "ls-files", "models"], cwd=ROOT, capture_output=True, text=True)
    if kept.returncode:
        pytest.skip("not a git checkout")
    shipped = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("app/data/models/")}
    left_out = ("models/har15.", "models/stanford40.")  # the app needs neither
    assert shipped == {f"app/data/{name}" for name in kept.stdout.split() if not name.startswith(left_out)}


def test_the_metadata_names_version_python_and_extras(wheel: Path) -> None:
    name = f"daily_activity-{app.__version__}.dist-info/METADATA"
    lines = zipfile.ZipFile(wheel).read(name).decode().splitlines()
    assert {f"Version: {app.__version__}", "Provides-Extra: train", "License-Expression: MIT"} <= set(lines)
    assert any(line.startswith("Requires-Python: ") and ">=3.11" in line for line in lines)


@pytest.mark.parametrize("name", SCRIPTS)
def test_each_script_names_a_function(name: str) -> None:
    assert callable(EntryPoint(name, SCRIPTS[name], "console_scripts").load())


def test_help_lists_the_commands(programs: Path, tmp_path: Path) -> None:
    out = succeeds([programs / "daily-activity", "--help"], tmp_path)
    assert out.startswith("usage: daily-activity ")
    assert all(f"  {command} " in out for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_says_its_own_name(programs: Path, tmp_path: Path, command: str) -> None:
    out = succeeds([programs / "daily-activity", command, "--help"], tmp_path)
    assert out.startswith(f"usage: daily-activity {command} ")


def test_training_says_its_own_name(programs: Path, tmp_path: Path) -> None:
    assert succeeds([programs / "daily-activity-train", "--help"], tmp_path).startswith("usage: daily-activity-train ")


def test_the_demo_runs_from_an_empty_folder_on_the_shipped_model(programs: Path, tmp_path: Path) -> None:
    flags = ("--source", "demo", "--no-window", "--max-seconds", "1", "--log", "x.csv")
    succeeds([programs / "daily-activity", "run", *flags], tmp_path)
    assert {row["source"] for row in rows(tmp_path / "x.csv")} == {"demo"}
    assert {path.name for path in tmp_path.iterdir()} == {"x.csv", "recordings"}, "written where the user is"


def test_flags_alone_are_those_of_run(programs: Path, tmp_path: Path) -> None:
    flags = ("--source", "demo", "--no-window", "--max-seconds", "0.2", "--set", "model=models/daily_activity.onnx")
    succeeds([programs / "daily-activity", *flags, "--stats", "s.json"], tmp_path)
    assert (tmp_path / "s.json").exists()


def test_the_doctor_starts_its_checks_from_any_folder(programs: Path, tmp_path: Path) -> None:
    done = subprocess.run([programs / "daily-activity", "doctor"], cwd=tmp_path, capture_output=True, text=True)
    assert "did not start" not in done.stdout and "failed when asked" not in done.stdout
    assert "daily-activity run" in done.stdout.splitlines()[-1]
