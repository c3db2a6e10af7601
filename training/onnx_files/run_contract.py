"""The contract of a finished run's model, which travels in the exported file."""

from typing import Any

import msgspec

from app.model.contract import ModelContract
from training.run_folder import RunConfig


def run_contract(config: RunConfig, metrics: dict[str, Any], mirror: bool = False) -> ModelContract:
    """Gathers labels, geometry, thresholds, and where all of it comes from.

    Args:
        config: what led to the run.
        metrics: what it reached.
        mirror: the model sees mirror images too.
    """
    recipe = config.recipe
    info = {
        "backbone": recipe.backbone,
        "alpha": recipe.alpha,
        "trained_at": config.trained_on,
        "dataset": config.dataset,
        "rights": config.rights,
        "images": metrics["images"],
        "images_per_class": metrics["images_per_class"],
        "scores": {part: {key: metrics[part][key] for key in ("accuracy", "macro_f1")} for part in ("val", "test")},
        "temperature": metrics["temperature"],
        "mirror": mirror,
        "recipe": msgspec.to_builtins(recipe),
        "versions": config.versions,
    }
    return ModelContract(tuple(config.labels), recipe.input_spec, tuple(metrics["thresholds"]), info)
