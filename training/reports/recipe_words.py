"""A recipe in a few words, for the cells of a table."""

import re

from training.recipe import Recipe, Schedule

_STRATEGIES = {
    "frozen": "head alone",
    "warmup_then_full": "warm-up, all layers",
    "top_n": "warm-up, last {top_layers} layers",
    "gradual": "gradual from epoch {unfreeze_epoch}",
    "full": "all layers",
}


def architecture(recipe: Recipe) -> str:
    """Describes the network.

    Example:
        >>> architecture(Recipe(alpha=0.35, input_size=96, colour="grey"))
        'mobilenet_v2 x0.35, 96 px, grey'
    """
    width = f" x{recipe.alpha:g}" if recipe.alpha != 1 else ""
    parts = [f"{recipe.backbone}{width}", f"{recipe.input_size} px"]
    parts += ["grey"] if recipe.colour == "grey" else []
    parts += [f"hidden {recipe.hidden_units}"] if recipe.hidden_units else []
    return ", ".join(parts)


def schedule(recipe: Recipe) -> str:
    """Describes what trains when, and at which rate.

    Example:
        >>> schedule(Recipe())
        'warm-up, all layers; adamw 1e-4, cosine'
    """
    if recipe.strategy == "frozen":  # trains as a warm-up does, without a schedule of its own
        return f"{_STRATEGIES['frozen']}; adamw {_rate(recipe.warmup.learning_rate)}"
    strategy = _STRATEGIES[recipe.strategy].format(top_layers=recipe.top_layers, unfreeze_epoch=recipe.unfreeze_epoch)
    optimizer = recipe.optimizer
    parts = [f"{optimizer.name} {_rate(optimizer.learning_rate)}", _rates(recipe.schedule)]
    parts += [f"layer decay {optimizer.layer_decay:g}"] if optimizer.layer_decay != 1 else []
    parts += [f"EMA {optimizer.ema:g}"] if optimizer.ema else []
    return f"{strategy}; {', '.join(parts)}"


def augmentation(recipe: Recipe) -> str:
    """Describes the augmentation.

    Example:
        >>> augmentation(Recipe(augment=("light", "webcam")))
        'light, webcam'
    """
    parts: list[str] = [preset for preset in recipe.augment if preset != "none"]
    parts += [f"mixup {recipe.mix.mixup:g}"] if recipe.mix.mixup else []
    parts += [f"cutmix {recipe.mix.cutmix:g}"] if recipe.mix.cutmix else []
    return ", ".join(parts) or "none"


def _rate(value: float) -> str:
    """0.05, but 1e-4 rather than 0.0001 or 1e-04."""
    return f"{value:g}" if value >= 1e-2 else re.sub(r"(\.?0*)e-0?", "e-", f"{value:.4e}")


def _rates(schedule: Schedule) -> str:
    if schedule.name == "plateau":
        return f"plateau {schedule.factor:g}/{schedule.patience}"
    if schedule.name == "step":
        return f"step {schedule.factor:g}/{schedule.every_epochs}"
    return schedule.name
