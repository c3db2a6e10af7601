"""Where the project's files are found, in a checkout and in a package."""

import runpy
import shutil
from pathlib import Path

import pytest

from app import paths
from tests.conftest import ROOT


def test_in_a_checkout_they_lie_beside_the_code() -> None:
    assert paths.PROJECT == ROOT
    assert not paths.INSTALLED


def test_installed_they_lie_within_the_package(tmp_path: Path) -> None:
    (tmp_path / "app" / "data").mkdir(parents=True)
    copy = shutil.copy(paths.__file__, tmp_path / "app")
    found = runpy.run_path(copy)
    assert found["INSTALLED"]
    assert found["CONFIG"] == tmp_path / "app" / "data" / "config.yaml"


@pytest.mark.parametrize("path", [paths.CONFIG, paths.GENERAL_MODEL, paths.DEMO_CLIP], ids=lambda path: path.name)
def test_each_is_there(path: Path) -> None:
    assert path.is_file()
