"""The networks that a recipe can name: those of keras.applications, and small ones to train from scratch."""

import warnings
from pathlib import Path
from typing import Any

import keras

from app.errors import ConfigError
from app.text import suggestion
from training.networks.backbones.applications import APPLICATIONS
from training.networks.backbones.backbone import Backbone
from training.networks.backbones.compact_cnn import compact_cnn
from training.networks.backbones.folding import fold_batch_norm
from training.networks.backbones.imagenet import cannot_be_downloaded, stored_weights
from training.networks.backbones.plain_cnn import baseline_cnn, deeper_cnn
from training.networks.backbones.resnet18_small import resnet18_small
from training.recipe import Recipe

__all__ = ["BACKBONES", "Backbone", "adapt_base", "find_backbone", "load_base", "load_exactly"]

_SCRATCH = (compact_cnn, resnet18_small, baseline_cnn, deeper_cnn)
BACKBONES: dict[str, Backbone] = {
    **APPLICATIONS,
    **{
        build.__name__: Backbone(build=build, grey_channels=1, has_alpha=True, imagenet_alphas=()) for build in _SCRATCH
    },
}


def find_backbone(name: str) -> Backbone:
    """Looks up a backbone.

    Raises:
        ConfigError: an unknown name; suggests the nearest.
    """
    if name not in BACKBONES:
        raise ConfigError(f"unknown backbone {name}; {suggestion(name.lower(), list(BACKBONES))}")
    return BACKBONES[name]


def load_base(recipe: Recipe, weights: str) -> Any:
    """Builds the recipe's network without top, as its weights files know it.

    Args:
        recipe: the network and its input.
        weights: "imagenet" (a file of `stored_weights`, else downloaded), "none" or the path of a weights file.

    Returns:
        A keras.Model: scaled images (N, S, S, C) -> (N, h, w, D).

    Raises:
        ConfigError: the weights cannot be had or do not fit, or the network has no form of the recipe's size or width.
    """
    backbone = find_backbone(recipe.backbone)
    _check(recipe, backbone)
    if weights == "imagenet":
        stored = stored_weights() if (recipe.backbone, recipe.alpha) == ("mobilenet_v2", 1) else None
        if stored is None:
            return _download(recipe, backbone)
        weights = str(stored)
    base = _build(recipe, backbone, None)
    if weights != "none":
        network = f"{_described(recipe, backbone)} without top"
        load_exactly(base, Path(weights), network, "--weights takes imagenet, none, a path or a run's folder")
    return base


def adapt_base(base: Any, recipe: Recipe) -> Any:
    """Adapts a base of `load_base` to a model, in which it takes RGB 0..255 * scale + offset, whatever its weights.

    Cuts off built-in input scaling, reverses the first convolution where its weights expect BGR, and folds batch norm
    into the convolutions where the recipe wants it removed.

    Args:
        base: of `load_base`.
        recipe: the same recipe.

    Returns:
        A keras.Model: scaled RGB or grey images (N, S, S, C) -> (N, h, w, D).
    """
    backbone = find_backbone(recipe.backbone)
    if backbone.core:
        base = keras.Model(base.get_layer(backbone.core).input, base.output, name=base.name)
    if backbone.bgr:
        first = next(layer for layer in base.layers if isinstance(layer, keras.layers.Conv2D))
        kernel, *others = first.get_weights()
        first.set_weights([kernel[:, :, ::-1], *others])
    return fold_batch_norm(base) if recipe.batch_norm == "removed" else base


def load_exactly(model: Any, path: Path, of: str, fix: str) -> None:
    """Loads a weights file that fits every layer.

    Args:
        model: the keras.Model that it is for.
        path: the file.
        of: the network whose weights are expected, for the error.
        fix: what to do about a file that is missing or of another network.

    Raises:
        ConfigError: the file is missing, unreadable or of another network.
    """
    if not path.is_file():
        raise ConfigError(f"{path}: no such weights file; {fix}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)  # Keras only warns of layers that it leaves untrained
            model.load_weights(path)
    except (ValueError, OSError, KeyError, UserWarning) as error:
        raise ConfigError(f"{path}: not the weights of {of}; {fix}") from error


def _check(recipe: Recipe, backbone: Backbone) -> None:
    name = recipe.backbone
    for side, size in (("an input_size", recipe.input_size), ("a train_size", recipe.train_side)):
        if size < backbone.min_size:
            raise ConfigError(f"{name} needs {side} of {backbone.min_size} px or more, got {size}")
    if recipe.alpha != 1 and not backbone.has_alpha:
        raise ConfigError(f"{name} comes at one width only; alpha must be 1, got {recipe.alpha:g}")


def _described(recipe: Recipe, backbone: Backbone) -> str:
    return f"{recipe.backbone} at alpha {recipe.alpha:g}" if backbone.has_alpha else recipe.backbone


def _build(recipe: Recipe, backbone: Backbone, weights: str | None) -> Any:
    channels = backbone.grey_channels if recipe.colour == "grey" else 3
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # that the ImageNet weights were trained at another size
        side = recipe.input_size if recipe.train_side == recipe.input_size else None
        return backbone.build(side, channels, recipe.alpha, weights)


def _download(recipe: Recipe, backbone: Backbone) -> Any:
    name = recipe.backbone
    if not backbone.imagenet_alphas:
        raise ConfigError(f"{name} has no ImageNet weights; use --weights none, a run's folder or a weights file")
    if recipe.alpha not in backbone.imagenet_alphas:
        widths = ", ".join(map(str, backbone.imagenet_alphas))
        raise ConfigError(
            f"--weights imagenet exists for alpha {widths}, not {recipe.alpha}; use one or --weights none"
        )
    try:
        return _build(recipe, backbone, "imagenet")
    except Exception as error:  # Keras raises a plain Exception when a download fails
        if "URL fetch failure" not in str(error):
            raise
        raise cannot_be_downloaded() from error
