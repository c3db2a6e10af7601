"""The learning rate at any moment of fine-tuning."""

import math
from collections.abc import Sequence

from training.recipe import Recipe

WARMUP_START = 1e-3  # of the peak: a rate of zero would waste the first batch


def rate(recipe: Recipe, epoch: float, val_accuracy: Sequence[float]) -> float:
    """Computes the learning rate at a moment of fine-tuning; a pure function of the history.

    Every schedule starts with a linear warm-up of the rate; cosine (Loshchilov and Hutter 2017) begins where that ends
    and reaches `final_share` of the peak at `recipe.epochs`; step and plateau count from the start.

    Args:
        recipe: names the schedule and its peak.
        epoch: after the warm-up of the head, counted from 0; a fraction within an epoch.
        val_accuracy: of the epochs before it, oldest first; only the plateau schedule uses them.
    """
    settings = recipe.schedule
    share = _warmup_share(epoch, settings.warmup_epochs)
    if settings.name == "cosine":
        share *= _cosine_share(recipe, epoch)
    elif settings.name == "plateau":
        share *= settings.factor ** plateaus(val_accuracy, settings.patience)
    elif settings.name == "step":
        share *= settings.factor ** math.floor(epoch / settings.every_epochs)
    return recipe.optimizer.learning_rate * share


def plateaus(val_accuracy: Sequence[float], patience: int) -> int:
    """Counts how often `patience` epochs passed without a better value since the best one or the last plateau.

    The rule of Keras's ReduceLROnPlateau with `min_delta=0`; a NaN is no better value.

    Args:
        val_accuracy: of each epoch, oldest first.
        patience: epochs, 1 or more.
    """
    best = -math.inf
    waited = found = 0
    for value in val_accuracy:
        if value > best:
            best, waited = value, 0
            continue
        waited += 1
        if waited == patience:
            found, waited = found + 1, 0
    return found


def _warmup_share(epoch: float, warmup_epochs: float) -> float:
    if epoch >= warmup_epochs:
        return 1.0
    return WARMUP_START + (1 - WARMUP_START) * epoch / warmup_epochs


def _cosine_share(recipe: Recipe, epoch: float) -> float:
    settings = recipe.schedule
    length = recipe.epochs - settings.warmup_epochs
    progress = min(max((epoch - settings.warmup_epochs) / length, 0.0), 1.0) if length > 0 else 0.0
    return settings.final_share + (1 - settings.final_share) * (1 + math.cos(math.pi * progress)) / 2
