"""A job that takes a second: eight images of noise and the smallest network."""

from pathlib import Path
from typing import Any

import keras
import numpy as np

from training.augmentation.batches import Part
from training.fitting.job import Job
from training.networks.model import build_model
from training.recipe import Recipe

RECIPE = Recipe(backbone="baseline_cnn", input_size=32, strategy="full", epochs=1, batch_size=4, augment=("none",))


def small_job(folder: Path, recipe: Recipe) -> Job:
    """A new model of the recipe, and images of two classes, on which it is validated too."""
    images = np.random.default_rng(0).integers(0, 256, (8, 32, 32, 3), np.uint8)
    part = Part(images, np.arange(8), np.eye(2, dtype=np.float32)[[0, 1] * 4], np.ones(8, np.int64))
    keras.utils.set_random_seed(recipe.seed)  # a network this small may start dead, and then nothing moves
    return Job(model=build_model(recipe, 2), recipe=recipe, train=part, val=part, counts=[4, 4], folder=folder)


def history_row(stage: str, epoch: int, accuracy: float, val_accuracy: float, val_nll: float = 1.0) -> dict[str, Any]:
    """A row of a history that nobody trained."""
    scores = {"loss": 1.0, "accuracy": accuracy, "val_loss": 1.0, "val_accuracy": val_accuracy, "val_nll": val_nll}
    return {"stage": stage, "epoch": epoch, **scores, "learning_rate": 1e-3, "seconds": 1.0}
