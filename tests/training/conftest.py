"""One small training run that the tests of training and export share, in whichever worker they run."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.training import pictures
from training.__main__ import main

PER_CLASS = 30


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Thirty images each of blue, green and red discs, and one file that only looks like an image."""

    def make(root: Path) -> None:
        pictures.make_folders(root, PER_CLASS)
        (root / "red" / "broken.jpg").write_bytes(b"no image")

    return made_once(tmp_path_factory, "discs", make)


@pytest.fixture(scope="session")
def base_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_once(tmp_path_factory, "base.weights.h5", pictures.write_base_weights)


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory, folders: Path) -> Path:
    """A finished run on `folders`."""

    def make(run: Path) -> None:
        assert main(train_arguments(folders, run)) == 0

    return made_once(tmp_path_factory, "toy", make)


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """A file or folder that the first worker makes in a folder of all workers, while the others wait."""
    own = factory.getbasetemp()
    root = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / f"shared-{name}"
    with locked(root.with_suffix(".lock")):
        if not root.exists():
            draft = root.with_suffix(".draft")
            draft.mkdir()
            make(draft / name)
            draft.rename(root)
    return root / name


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Held by whoever could make the folder."""
    while True:
        try:
            folder.mkdir()
        except FileExistsError:
            time.sleep(0.1)
        else:
            break
    try:
        yield
    finally:
        folder.rmdir()


def train_arguments(data: Path, run: Path, *settings: str, weights: Path | str = "none") -> list[str]:
    """`train` with a recipe that learns the discs in seconds; `settings` ("key=value") come on top.

    The network is a small one: TensorFlow takes half a minute to trace MobileNetV2 and to export it.
    """
    recipe = [
        f"input_size={pictures.SIZE}",
        "backbone=baseline_cnn",
        "batch_norm=removed",
        "batch_size=16",
        "warmup.epochs=12",
        "warmup.learning_rate=0.1",
        "epochs=2",
        "augment=[light]",
        "schedule.warmup_epochs=0",
        *settings,
    ]
    arguments = ["train", "--data", str(data), "--run", str(run), "--weights", str(weights)]
    return arguments + [part for setting in recipe for part in ("--set", setting)]
