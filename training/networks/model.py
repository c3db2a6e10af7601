"""A backbone with a new head, scaling included: uint8 images in, logits out."""

from pathlib import Path
from typing import Any

import keras

from app.errors import ConfigError
from app.model.contract import EMBEDDING_NAME, INPUT_NAME
from training.networks.backbones import adapt_base, find_backbone, load_base, load_exactly
from training.networks.backbones.folding import fold_batch_norm
from training.recipe import Recipe
from training.run_folder import CONFIG, WEIGHTS, RunConfig, read_config

__all__ = [
    "LOGITS_NAME",
    "base_layers",
    "build_model",
    "load_exactly",
    "load_run",
    "parameters",
    "split_model",
    "unfreeze",
    "without_optimizer",
    "without_xla",
]

LOGITS_NAME = "logits"
POOLED_NAME = "pooled"
MOMENTUM = 0.9  # of batch norm; the 0.99 or 0.999 of Keras's networks take thousands of steps to learn new statistics
_LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601, as OpenCV turns images grey


def build_model(recipe: Recipe, classes: int, weights: str = "none", *, pretrained: bool | None = None) -> Any:
    """Builds the model of a recipe; every layer is trainable except for batch norm as in `unfreeze`.

    The layers and their shapes depend on the recipe and `classes` alone, so that a run's weights load into the model of
    its recipe. The layer `embedding`, (N, D), is what the last layer sees: the pooled features, or the hidden layer
    where the recipe has one.

    Args:
        recipe: the network, its input and its head.
        classes: K.
        weights: "imagenet" (downloaded), "none", the path of a weights file of the backbone without top, or a run's
            folder (or the weights in it), whose head is copied too when it fits.
        pretrained: whether the base counts as such in `unfreeze`; None: when `weights` is not "none".

    Returns:
        A keras.Model from uint8 RGB (N, S, S, 3) named `frames` to float32 logits (N, K); S is free with a train_size.

    Raises:
        ConfigError: an unknown backbone, weights that cannot be had, or those of another network.
    """
    folder = _run_folder(weights)
    if folder is not None:
        _check_same_network(recipe, read_config(folder).recipe, folder)
    base = adapt_base(load_base(recipe, weights if folder is None else "none"), recipe)
    model = _assemble(base, recipe, classes)
    if folder is not None:
        _take_over(model, recipe, folder)
    model.pretrained = weights != "none" if pretrained is None else pretrained
    unfreeze(model, recipe, None)
    return model


def load_run(folder: Path) -> tuple[RunConfig, Any]:
    """Loads the config and the model of a run, with its best weights.

    Raises:
        ConfigError: they are missing, or of another network.
    """
    config = read_config(folder)
    model = build_model(config.recipe, len(config.labels), pretrained=config.weights != "none")
    load_exactly(model, folder / WEIGHTS, "this run's network", "train again")
    return config, model


def unfreeze(model: Any, recipe: Recipe, layers: int | None) -> None:
    """Makes the head and the last layers of the base trainable and no other; compile afterwards.

    Batch norm that the recipe wants frozen stays in inference mode, its scale and offset included, on a pre-trained
    base: the first steps would destroy its statistics, and training is 1.5 times faster on a CPU without it (its
    gradients sum over every activation). Without pre-training it is trained: it has no statistics to keep.

    Args:
        model: of `build_model`, changed in place.
        recipe: its recipe.
        layers: how many layers of the base; None: all of them.
    """
    freezes_norm = recipe.batch_norm == "frozen" and model.pretrained
    base = base_layers(model)
    first = 0 if layers is None else max(0, len(base) - layers)
    for position, layer in enumerate(base):
        is_norm = isinstance(layer, keras.layers.BatchNormalization)
        layer.trainable = position >= first and not (is_norm and freezes_norm)


def base_layers(model: Any) -> list[Any]:
    """Lists the layers of the backbone in forward order, its input, activations and batch norms included."""
    layers: list[Any] = _base(model).layers
    return layers


def split_model(model: Any) -> tuple[Any, Any]:
    """Makes two models that share the layers of `model`: frames -> pooled features, and these -> logits."""
    names = [layer.name for layer in model.layers]
    pooling = POOLED_NAME if POOLED_NAME in names else EMBEDDING_NAME
    pooled = model.get_layer(pooling).output
    features = without_xla(keras.Model(model.input, pooled, name="features"))
    x = inputs = keras.Input(pooled.shape[1:], name="features")
    for layer in model.layers[names.index(pooling) + 1 :]:
        x = layer(x)
    return features, without_xla(keras.Model(inputs, x, name="head"))


def parameters(model: Any) -> int:
    """Counts the numbers that the model consists of, the running statistics of batch norm included."""
    return int(model.count_params())


def without_optimizer(model: Any) -> Any:
    """Returns a model of the same layers without an optimizer, whose state would triple a file of weights."""
    return keras.Model(model.input, model.output, name=model.name)


def without_xla(model: Any) -> Any:
    """Returns the same model without XLA, which Keras would pick: on a CPU, oneDNN is several times faster."""
    model.jit_compile = False
    return model


def _assemble(base: Any, recipe: Recipe, classes: int) -> Any:
    layers = keras.layers
    for layer in base.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.momentum = MOMENTUM
    backbone = find_backbone(recipe.backbone)
    side = recipe.input_size if recipe.train_side == recipe.input_size else None
    frames = keras.Input((side, side, 3), dtype="uint8", name=INPUT_NAME)
    x = _grey(frames, backbone.grey_channels) if recipe.colour == "grey" else frames
    x = base(layers.Rescaling(backbone.scale, offset=backbone.offset, name="scale")(x))
    x = layers.GlobalAveragePooling2D(name=POOLED_NAME if recipe.hidden_units else EMBEDDING_NAME)(x)
    x = layers.Dropout(recipe.dropout, name="dropout")(x)
    if recipe.hidden_units:
        x = layers.Dense(recipe.hidden_units, activation="relu", name=EMBEDDING_NAME)(x)
        x = layers.Dropout(recipe.dropout, name="hidden_dropout")(x)
    logits = layers.Dense(classes, name=LOGITS_NAME)(x)
    return without_xla(keras.Model(frames, logits, name="activity"))


def _grey(frames: Any, channels: int) -> Any:
    """uint8 RGB (N, S, S, 3) -> float32 (N, S, S, channels), 0..255, all channels equal."""
    weighted = keras.layers.Rescaling(_LUMA, name="luma")(frames)
    grey = keras.ops.sum(weighted, axis=-1, keepdims=True)
    return grey if channels == 1 else keras.layers.Concatenate(name="grey")([grey] * channels)


def _base(model: Any) -> Any:
    return next(layer for layer in model.layers if isinstance(layer, keras.Model))


def _run_folder(weights: str) -> Path | None:
    """The run that `weights` names, itself or by its file of weights; None when they are something else."""
    if weights in ("imagenet", "none"):
        return None
    path = Path(weights)
    if path.is_dir():
        return path
    return path.parent if path.name == WEIGHTS and (path.parent / CONFIG).is_file() else None


def _take_over(model: Any, recipe: Recipe, folder: Path) -> None:
    """Copies the base of a run into `model`, and the head when it has the same layers."""
    config, donor = load_run(folder)
    base = _base(donor)
    if recipe.batch_norm == "removed" and config.recipe.batch_norm != "removed":
        base = fold_batch_norm(base)
    _base(model).set_weights(base.get_weights())
    heads = [split_model(whole)[1] for whole in (donor, model)]
    old, new = ([weight.shape for weight in head.weights] for head in heads)
    if old == new:
        heads[1].set_weights(heads[0].get_weights())


def _check_same_network(recipe: Recipe, other: Recipe, folder: Path) -> None:
    for key in ("backbone", "alpha", "colour"):
        here, there = getattr(recipe, key), getattr(other, key)
        if here != there and (key != "colour" or find_backbone(recipe.backbone).grey_channels == 1):
            raise ConfigError(f"{folder}: that run's {key} is {there}, this recipe's {here}; they must be the same")
    if other.batch_norm == "removed" and recipe.batch_norm != "removed":
        raise ConfigError(f"{folder}: that run has no batch norm to start from; set batch_norm to removed")
