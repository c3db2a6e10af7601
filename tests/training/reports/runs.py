"""Run folders as training leaves them, without any training."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from training.recipe import Recipe
from training.run_folder import SPLIT, RunConfig, create_run, write_history, write_metrics

LABELS = ["cooking", "reading"]


def write_run(
    folder: Path,
    recipe: Recipe | None = None,
    accuracies: Sequence[float] = (0.5, 0.6, 0.7),
    test: int | None = 70,
    warmup: int = 1,
    images: str = "p",
) -> Path:
    """Writes a run folder.

    Args:
        folder: the run's.
        recipe: of the run; None: the defaults.
        accuracies: of validation, one an epoch.
        test: how many of 100 test images are right; None: the run is unfinished.
        warmup: how many of the epochs are of the warm-up.
        images: tells the test images of one run from those of another.
    """
    create_run(folder, config(recipe or Recipe()), overwrite=False)
    write_epochs(folder, accuracies, warmup)
    with (folder / SPLIT).open("w", newline="", encoding="utf-8") as file:
        rows = ([f"{images}{n}.png", f"{images}{n}", "cooking", "test"] for n in range(3))
        csv.writer(file).writerows([["path", "sha256", "label", "part"], *rows])
    if test is not None:
        write_metrics(folder, metrics(test))
    return folder


def config(recipe: Recipe) -> RunConfig:
    """The config of a run that nobody made."""
    return RunConfig(
        dataset="toy",
        data="toy",
        data_root="/toy",
        weights="imagenet",
        trained_on="2026-11-20",
        labels=LABELS,
        versions={},
        recipe=recipe,
    )


def write_epochs(folder: Path, accuracies: Sequence[float], warmup: int = 1) -> None:
    """Writes history.csv; an epoch takes half a minute, and training is ahead of validation by 0.1."""
    rows = []
    for number, accuracy in enumerate(accuracies, 1):
        figures = {"loss": 2 / number, "accuracy": accuracy + 0.1, "val_loss": 2.5 / number, "val_accuracy": accuracy}
        figures["val_nll"] = figures["val_loss"]
        stage = "warmup" if number <= warmup else "finetune"
        rows.append({"stage": stage, "epoch": number, **figures, "learning_rate": 1e-4, "seconds": 30.0})
    write_history(folder, rows)


def metrics(right: int) -> dict[str, Any]:
    """The metrics of a run that has so many of 100 test images right."""
    return {
        "temperature": 1.0,
        "thresholds": [0.5, 0.5],
        "parameters": 2_260_546,
        "minutes": 12.34,
        "images": {"train": 800, "val": 100, "test": 100},
        "images_per_class": {},
        "train": {"accuracy": 0.95},
        "val": {"accuracy": 0.71},
        "test": {"images": 100, "accuracy": right / 100, "macro_f1": 0.5, "confusion": [[right, 100 - right], [0, 0]]},
    }
