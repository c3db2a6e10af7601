"""One small training run that the tests of training, export and evaluation share."""

from pathlib import Path

import pytest

from tests.training import pictures
from training.__main__ import main

PER_CLASS = 30


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Thirty images each of blue, green and red discs, and one file that only looks like an image."""
    root = pictures.make_folders(tmp_path_factory.mktemp("toy") / "discs", PER_CLASS)
    (root / "red" / "broken.jpg").write_bytes(b"no image")
    return root


@pytest.fixture(scope="session")
def base_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pictures.write_base_weights(tmp_path_factory.mktemp("weights") / "base.weights.h5")


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory, folders: Path, base_weights: Path) -> Path:
    """A finished run on `folders`."""
    run = tmp_path_factory.mktemp("runs") / "toy"
    assert main(train_arguments(folders, run, base_weights)) == 0
    return run


def train_arguments(data: Path, run: Path, weights: Path | str, *settings: str) -> list[str]:
    """`train` with a recipe that learns the discs in seconds; `settings` ("key=value") come on top."""
    recipe = [
        f"input_size={pictures.SIZE}",
        f"alpha={pictures.ALPHA}",
        "batch_size=16",
        "warmup.epochs=6",
        "warmup.learning_rate=0.03",
        "epochs=2",
        "augment=[light]",
        "schedule.warmup_epochs=0",
        *settings,
    ]
    arguments = ["train", "--data", str(data), "--run", str(run), "--weights", str(weights)]
    return arguments + [part for setting in recipe for part in ("--set", setting)]
