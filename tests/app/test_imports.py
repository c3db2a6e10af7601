"""A laptop installs a light set of packages: the app must not need what training needs."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

HEAVY = ("tensorflow", "keras", "tf2onnx", "onnx", "sklearn", "matplotlib", "scipy", "training")
SHARED = {"app.model.contract", "app.images.read", "app.errors", "app.model.classifier", "app.config.yaml_file"}
SHARED |= {"app.teach.exemplars", "app.teach.embed", "app.model.thresholds"}
LATE = ("beside", "general", "graph", "look", "teach")  # need onnx; nothing imports them before teaching
NEEDS_ONNX = {f"app/teaching/{name}.py" for name in LATE}
MODULES = sorted((ROOT / "app").rglob("*.py"))


def imported(path):
    """Every module that a file imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            found |= {node.module} | {f"{node.module}.{name.name}" for name in node.names}
    return found


def loaded(statement):
    """What a fresh Python has loaded after `statement`."""
    code = f"import sys; {statement}; print(*sys.modules)"
    return set(
        subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout.split()
    )


def test_starting_the_app_loads_nothing_heavy():
    modules = loaded("import app.cli, app.session")
    assert {"app.session", "app.pipeline", "cv2", "onnxruntime"} <= modules
    assert {name for name in HEAVY if name in modules} == set()


def test_help_needs_neither_opencv_nor_onnx_runtime():
    modules = loaded("import app.cli")
    assert modules & {"cv2", "onnxruntime", "av", "numpy"} == set()


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_app_imports_nothing_heavy_anywhere(path):
    allowed = {"onnx"} if path.relative_to(ROOT).as_posix() in NEEDS_ONNX else set()
    assert {name for name in imported(path) if name.split(".")[0] in set(HEAVY) - allowed} == set()


def test_reading_the_flags_of_teaching_loads_no_onnx():
    assert {"onnx", "cv2", "onnxruntime"} & loaded("import app.teach.__main__") == set()


def test_training_takes_from_the_app_only_what_both_need():
    used = {name for path in (ROOT / "training").rglob("*.py") for name in imported(path)}
    used = {name for name in used if name.split(".")[0] == "app"}
    assert used
    assert {name for name in used if not any(name == good or name.startswith(f"{good}.") for good in SHARED)} == set()


def test_smoothing_needs_no_opencv():
    assert "cv2" not in {name.split(".")[0] for name in imported(ROOT / "app" / "smoothing.py")}


def test_the_check_sees_imports_within_functions(tmp_path):
    path = Path(tmp_path / "module.py")
    path.write_text("def f():\n    from training.run_folder import x\n    import keras.layers\n")
    assert {name.split(".")[0] for name in imported(path)} == {"training", "keras"}
