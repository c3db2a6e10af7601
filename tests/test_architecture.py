"""The rooms and the order in which they may know one another: a room imports only from those above it in the list."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

# Lowest first; the rooms of a line do not know one another.
APP_LAYERS = (
    ("app.arrays", "app.file_urls", "app.paths", "app.text"),
    ("app.errors", "app.labels"),
    ("app.outputs", "app.pages", "app.run_stats", "app.system"),
    ("app.command",),
    ("app.config", "app.images"),
    ("app.model",),
    ("app.cues", "app.diary", "app.hooks"),
    ("app.entities", "app.day", "app.service"),
    ("app.sources", "app.overlay"),
    ("app.labelling",),
    ("app.sinks", "app.doctor"),
    ("app.pipeline", "app.teach"),
    ("app.scan",),
    ("app.recogniser", "app.session", "app.benchmark", "app.score"),
    ("app.cli",),
    ("app.__main__",),
)
TRAINING_LAYERS = (
    ("training.process", "training.recipe"),
    ("training.data", "training.run_folder"),
    ("training.augmentation", "training.networks"),
    ("training.onnx_files",),
    ("training.evaluation",),
    ("training.reports",),
    ("training.inspection", "training.fitting"),
    ("training.benchmark",),
    ("training.commands",),
    ("training.__main__",),
)
HEAVY = {"tensorflow", "keras", "tf2onnx", "onnx", "sklearn", "matplotlib", "scipy", "training"}
SECONDARY = ("benchmark", "day", "doctor", "scan", "score", "service", "teach")  # commands beside `run`
NEEDS_ONNX = {f"app/teach/{name}.py" for name in ("general_network", "onnx_graph", "onnx_head", "publish", "teach")}
# What training may take from the app: what both need. Not the live path.
SHARED_WITH_TRAINING = {
    *(
        "app.arrays",
        "app.command",
        "app.config.yaml_file",
        "app.entities",
        "app.errors",
        "app.images",
        "app.labels",
        "app.model",
        "app.pages",
    ),
    *("app.outputs", "app.paths"),
    *("app.system.interrupts", "app.system.process", "app.system.terminal", "app.system.threads"),
    *(
        "app.teach.general_network",
        *("app.teach.background", "app.teach.cross_validation", "app.teach.embed", "app.teach.head"),
        "app.teach.rejection",
        "app.teach.exemplars",
        "app.teach.onnx_graph",
        "app.cues",
        "app.text",
    ),
}
APP_FILES = sorted((ROOT / "app").rglob("*.py"))
TRAINING_FILES = sorted((ROOT / "training").rglob("*.py"))


def imported(path: Path) -> set[str]:
    """Every module that a file imports, anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0 and node.module, f"{path} imports relatively"
            found |= {node.module} | {f"{node.module}.{name.name}" for name in node.names}
    return found


def room(module: str, layers: tuple[tuple[str, ...], ...]) -> str | None:
    """The room of a module; None for one outside the layers."""
    rooms = [name for layer in layers for name in layer]
    return next((name for name in rooms if module == name or module.startswith(f"{name}.")), None)


def loaded(statement: str) -> set[str]:
    """What a fresh Python has loaded after `statement`."""
    code = f"import sys; {statement}; print(*sys.modules)"
    command = [sys.executable, "-c", code]
    return set(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split())


@pytest.mark.parametrize(
    ("path", "layers"),
    [(path, APP_LAYERS) for path in APP_FILES] + [(path, TRAINING_LAYERS) for path in TRAINING_FILES],
    ids=lambda value: value.relative_to(ROOT).as_posix() if isinstance(value, Path) else "",
)
def test_no_arrow_runs_back_up(path: Path, layers: tuple[tuple[str, ...], ...]) -> None:
    module = path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".").removesuffix(".__init__")
    own = room(module, layers)
    if module in ("app", "training"):
        pytest.skip("the public face loads its names late, from every room")
    assert own is not None, f"{module} stands in no layer: move it into a room, or name its layer here"
    rank = {name: number for number, layer in enumerate(layers) for name in layer}
    arrows = {other for name in imported(path) if (other := room(name, layers)) is not None and other != own}
    assert {other for other in arrows if rank[other] >= rank[own]} == set()


def test_starting_the_app_loads_nothing_heavy() -> None:
    modules = loaded("import app.cli, app.session.run")
    assert {"app.session.run", "app.pipeline", "cv2", "onnxruntime"} <= modules
    assert modules & HEAVY == set()


@pytest.mark.parametrize(
    "module",
    ["app", "app.__main__", "app.cli", *(f"app.{name}.__main__" for name in SECONDARY)],
)
def test_help_needs_neither_opencv_nor_onnx_runtime(module: str) -> None:
    assert loaded(f"import {module}") & {"cv2", "onnx", "onnxruntime", "av", "numpy"} == set()


@pytest.mark.parametrize("path", APP_FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_app_imports_nothing_heavy_anywhere(path: Path) -> None:
    allowed = {"onnx"} if path.relative_to(ROOT).as_posix() in NEEDS_ONNX else set()
    assert {name.split(".")[0] for name in imported(path)} & (HEAVY - allowed) == set()


def test_training_takes_from_the_app_only_what_both_need() -> None:
    used = {name for path in TRAINING_FILES for name in imported(path) if name.startswith("app.")}
    assert used
    allowed = tuple(f"{name}." for name in SHARED_WITH_TRAINING)
    assert {name for name in used if not f"{name}.".startswith(allowed)} <= {"app.config", "app.teach"}


def test_what_nobody_asked_for_is_not_loaded() -> None:
    late = {"sqlite3", "platformdirs", "jinja2", "paho", "app.hooks", "app.sinks.hooks", "app.diary", "app.sinks.diary"}
    assert loaded("import app.cli, app.session.run") & late == set()


def test_smoothing_needs_no_opencv() -> None:
    path = ROOT / "app" / "labelling" / "smoothing.py"
    assert "cv2" not in {name.split(".")[0] for name in imported(path)}


def test_the_check_sees_imports_within_functions(tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text("def f():\n    from training.run_folder import x\n    import keras.layers\n")
    assert {name.split(".")[0] for name in imported(path)} == {"training", "keras"}
