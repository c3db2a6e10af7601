"""Every example in a docstring is run, and every name of the public face has one."""

import doctest
import importlib
import inspect
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from types import ModuleType

import cv2
import pytest

import app
from app.sources.open import open_source
from tests.conftest import ROOT

PUBLIC = {f"app.{name}": getattr(app, name) for name in app.__all__}
HOMES = tuple(f"{value.__module__}.{value.__qualname__}" for value in PUBLIC.values())
PHOTOS = (
    "photo.jpg",
    *(f"{name}/{number}.jpg" for name in ("photos", "labelled/one", "labelled/two") for number in "12"),
)
TEXTING = 30  # the frame of the demo that is photo.jpg in the examples


def modules(package: str) -> Iterator[str]:
    """The modules below a package that hold an example."""
    for path in sorted((ROOT / package).rglob("*.py")):
        if ">>> " in path.read_text(encoding="utf-8"):
            yield ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def methods(value: object) -> Iterator[tuple[str, object]]:
    """The public methods and properties that a class defines itself."""
    for name, member in vars(value).items() if inspect.isclass(value) else ():
        if not name.startswith("_") and isinstance(member, property | classmethod | staticmethod | type(methods)):
            yield name, member


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the examples find where they run: models/, photo.jpg, a folder of photos and one of labelled images."""
    path = tmp_path_factory.mktemp("examples")
    (path / "models").symlink_to(ROOT / "models")
    with open_source("demo") as source:
        frame = next(islice(source, TEXTING, None))
    photo = cv2.imencode(".jpg", frame.image)[1].tobytes()
    for number, name in enumerate(PHOTOS):
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(photo + bytes(number))  # no two files are the same
    return path


def examples_of(module: ModuleType) -> list[doctest.DocTest]:
    found = doctest.DocTestFinder().find(module, module.__name__)
    return [example for example in found if example.examples]


@pytest.mark.parametrize("name", [*modules("app"), *modules("training")])
def test_examples_do_what_they_say(
    name: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    examples = examples_of(importlib.import_module(name))
    assert examples, f"{name} holds '>>>' that doctest does not see"
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    for example in examples:
        if example.name.startswith(HOMES):  # imports what it needs, so that it can be copied
            example.globs = {}
        runner.run(example)
    assert runner.failures == 0, capsys.readouterr().out


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_has_an_example(name: str) -> None:
    value = PUBLIC[name]
    without = [f"{name}.{part}" for part, member in methods(value) if ">>> " not in (inspect.getdoc(member) or "")]
    assert ">>> " in (inspect.getdoc(value) or ""), name
    assert without == []


def test_examples_use_public_names_alone() -> None:
    """But for the modules below the public face, which explain themselves."""
    for value in PUBLIC.values():
        texts = [inspect.getdoc(value) or "", *(inspect.getdoc(member) or "" for _, member in methods(value))]
        assert not re.search(r">>> (from|import) app\.", "\n".join(texts)), value
