"""The public names of app and training: complete, lazy, and where they say."""

import ast
import subprocess
import sys
from types import ModuleType

import pytest

import app
import training
from tests.conftest import ROOT

HEAVY = {"cv2", "numpy", "onnxruntime", "av", "msgspec", "tensorflow", "keras"}


def loaded(program: str) -> set[str]:
    """What a fresh Python has loaded after a program, of what takes time."""
    command = [sys.executable, "-c", f"import sys; {program}; print(*sys.modules)"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.split()) & HEAVY


@pytest.mark.parametrize("package", [app, training], ids=lambda package: package.__name__)
def test_the_names_stand_in_order_each_with_its_home(package: ModuleType) -> None:
    assert sorted(package.__all__, key=lambda name: (name.islower(), name)) == package.__all__
    assert set(package.__all__) == set(package._HOMES) < set(dir(package))
    for home in package._HOMES.values():
        module, _, attribute = home.rpartition(".")
        tree = ast.parse((ROOT / f"{module.replace('.', '/')}.py").read_text(encoding="utf-8"))
        assert attribute in {getattr(node, "name", None) for node in tree.body}, home


@pytest.mark.parametrize("package", [app, training], ids=lambda package: package.__name__)
def test_a_type_checker_finds_each_name_where_it_is(package: ModuleType) -> None:
    """What stands below `if TYPE_CHECKING` is what is loaded."""
    tree = ast.parse((ROOT / package.__name__ / "__init__.py").read_text(encoding="utf-8"))
    (block,) = [node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"]
    imports = [node for node in block.body if isinstance(node, ast.ImportFrom)]
    found = {name.asname or name.name: f"{node.module}.{name.name}" for node in imports for name in node.names}
    assert found == package._HOMES
    assert (ROOT / package.__name__ / "py.typed").is_file()


def test_each_name_of_the_app_loads() -> None:
    for name in app.__all__:
        value = getattr(app, name)
        assert f"{value.__module__}.{value.__qualname__}" == app._HOMES[name]
        assert vars(app)[name] is value, "the next use costs nothing"


def test_importing_a_package_loads_nothing_and_a_name_only_what_it_needs() -> None:
    assert loaded("import app, training; dir(app), dir(training)") == set()
    assert loaded("from app import AppError") == set()
    assert loaded("from app import load_settings") == {"msgspec"}
    assert loaded("from app import Recogniser") == HEAVY - {"tensorflow", "keras"}
    assert "tensorflow" not in loaded("from training import load_dataset, Recipe")


@pytest.mark.parametrize("package", [app, training], ids=lambda package: package.__name__)
def test_a_wrong_name_is_an_attribute_error(package: ModuleType) -> None:
    with pytest.raises(AttributeError, match=f"'{package.__name__}' has no attribute 'Recognizer'"):
        _ = package.Recognizer
