"""The public names of app and training: complete, lazy, and where they say."""

import ast
import subprocess
import sys

import pytest

import app
from tests.conftest import ROOT


def loaded(program: str) -> set[str]:
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_the_names_stand_in_order_and_each_loads() -> None:
    assert sorted(app.__all__, key=lambda name: (name.islower(), name)) == app.__all__
    assert set(app.__all__) == set(app._HOMES)
    for name in app.__all__:
        value = getattr(app, name)
        assert value is getattr(app, name)
        assert value.__module__.startswith("app."), name
        assert name in dir(app)


def test_importing_app_loads_nothing_and_a_name_only_what_it_needs() -> None:
    heavy = {"cv2", "numpy", "onnxruntime", "av", "msgspec"}
    assert loaded("import sys, app; dir(app); print(*sys.modules)") & heavy == set()
    assert loaded("import sys; from app import AppError; print(*sys.modules)") & heavy == set()
    assert loaded("import sys; from app import load_settings; print(*sys.modules)") & heavy == {"msgspec"}
    assert loaded("import sys; from app import Recogniser; print(*sys.modules)") & heavy == heavy


def test_a_wrong_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'app' has no attribute 'Recognizer'"):
        app.Recognizer  # type: ignore[attr-defined]  # noqa: B018
    with pytest.raises(ImportError, match="Recognizer"):
        from app import Recognizer  # type: ignore[attr-defined]  # noqa: F401


@pytest.mark.parametrize("package", ["app", "training"])
def test_types_travel_with_the_package(package: str) -> None:
    assert (ROOT / package / "py.typed").is_file()


def test_a_type_checker_finds_each_name_where_it_is() -> None:
    """What stands below `if TYPE_CHECKING` is what is loaded."""
    tree = ast.parse((ROOT / "app" / "__init__.py").read_text(encoding="utf-8"))
    (block,) = [node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"]
    imports = [node for node in block.body if isinstance(node, ast.ImportFrom)]
    found = {name.asname or name.name: f"{node.module}.{name.name}" for node in imports for name in node.names}
    assert found == app._HOMES
