"""What the stages of a run, and the search for a learning rate, work on."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.augmentation.batches import Part
from training.recipe import Recipe


@dataclass(frozen=True, eq=False, kw_only=True)
class Job:
    """A model to fit.

    Attributes:
        model: a keras.Model of training.networks.model, changed in place.
        recipe: how to fit it.
        train: what it learns from.
        val: what it is validated on.
        counts: training images of each class, (K,), by their labels.
        folder: where weights and history go.
    """

    model: Any
    recipe: Recipe
    train: Part
    val: Part
    counts: Sequence[int]
    folder: Path


def class_counts(part: Part) -> list[int]:
    """Returns how many images of a part belong to each class, (K,); its targets must be one-hot."""
    counts: list[int] = part.targets.sum(axis=0).astype(int).tolist()
    return counts
