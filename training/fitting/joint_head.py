"""Fits a joint head, which corrects a model's own answer by the cues."""

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from app.arrays import Float32s, Float64s, Ints
from app.cues.vector import NAMED
from training.fitting.interruptible import fit
from training.networks.joint_head import JointHead, log_probs, standardise
from training.recipe import Join

_LEAST_SCALE = 0.05  # of a cue; rarer ones would be made too loud
_LOUDNESS = 6.0  # of the scene in training, at which the learning rate suits all sides
_SCENE_DROPOUT = 0.2
_FIRST_TRUST = 0.6  # in the model's own answer, before anything is learned


@dataclass(frozen=True, eq=False)
class JointSamples:
    """What the head learns from.

    Attributes:
        probs: float32 (N, K), the model's own.
        cues: float32 (N, C + S), as `app.cues.vector` makes them.
        truth: (N,), 0..K-1.
        weights: (N,), how much each image counts; their mean is 1.
    """

    probs: Float32s
    cues: Float32s
    truth: Ints
    weights: Float64s


def fit_joint_head(samples: JointSamples, join: Join, seed: int) -> JointHead:
    """Fits the head; its temperature stays 1.

    Args:
        samples: of the training part.
        join: how.
        seed: of the first weights, the order and what is dropped.
    """
    keras.utils.set_random_seed(seed)
    classes = samples.probs.shape[1]
    named = samples.cues[:, :NAMED]
    centre, scale = named.mean(axis=0), named.std(axis=0) + _LEAST_SCALE
    scene = samples.cues[:, NAMED:] * np.float32(_LOUDNESS)
    model = _network(classes, scene.shape[1], join)
    steps = max(1, join.epochs * -(-len(samples.truth) // join.batch_size))
    rate = keras.optimizers.schedules.CosineDecay(join.learning_rate, steps)
    model.compile(
        optimizer=keras.optimizers.AdamW(rate, weight_decay=join.weight_decay),
        loss=keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=join.label_smoothing),
    )
    fit(
        model,
        [log_probs(samples.probs), scene, standardise(named, centre, scale)],
        y=np.eye(classes, dtype=np.float32)[samples.truth],
        sample_weight=samples.weights.astype(np.float32),
        batch_size=join.batch_size,
        epochs=join.epochs,
    )
    weights = {layer.name: layer.get_weights() for layer in model.layers}
    return JointHead(
        own=weights["own"][0],
        scene=weights["scene"][0] * np.float32(_LOUDNESS),
        bias=weights["bias"][0],
        centre=centre,
        scale=scale,
        hidden=weights["hidden"][0],
        hidden_bias=weights["hidden"][1],
        from_hidden=weights["from_hidden"][0],
        direct=weights["direct"][0],
    )


def group_weights(truth: Ints, sources: list[str], join: Join) -> Float64s:
    """Weighs images so that groups, what each class has of each source, count more alike than they are large.

    Args:
        truth: (N,), the classes.
        sources: N names.
        join: `balance` and `source_weights`.

    Returns:
        (N,), their mean is 1.
    """
    keys = [f"{label}/{source}" for label, source in zip(truth, sources, strict=True)]
    _, group, counts = np.unique(keys, return_inverse=True, return_counts=True)
    weights = counts[group].astype(np.float64) ** -join.balance
    weights *= [join.source_weights.get(source, 1.0) for source in sources]
    return np.asarray(weights / weights.mean())


@keras.saving.register_keras_serializable(package="training")
class DropSides(keras.layers.Layer):  # type: ignore[misc]
    """Hides in training how some images look, or their named cues, never both; of more, the model's own answer."""

    def __init__(self, join: Join, **options: object) -> None:
        """Takes the shares of images that lose a side."""
        super().__init__(**options)
        self._join = join

    def call(self, sides: list[Any], training: bool = False) -> list[Any]:
        """Multiplies each side, own, scene and named cues, by 0 or 1, image by image."""
        if not training:
            return sides
        own, scene, named = sides
        drawn, again = (keras.random.uniform((keras.ops.shape(own)[0], 1)) for _ in range(2))
        seen = keras.ops.cast(drawn >= self._join.drop_image, "float32")
        told = keras.ops.cast(drawn <= 1 - self._join.drop_cues, "float32")
        asked = keras.ops.cast(again >= self._join.drop_own, "float32")
        return [own * seen * asked, scene * seen, named * told]


class _Bias(keras.layers.Layer):  # type: ignore[misc]
    """Adds one number for each class, whatever is hidden."""

    def build(self, shape: tuple[int, ...]) -> None:
        self._numbers = self.add_weight(shape=shape[-1:], initializer="zeros")

    def call(self, logits: Any) -> Any:
        return logits + self._numbers


def _network(classes: int, width: int, join: Join) -> keras.Model:
    own, scene, named = (keras.Input((size,)) for size in (classes, width, NAMED))

    def linear(name: str, inputs: Any, first: Any = "zeros") -> Any:
        return keras.layers.Dense(classes, use_bias=False, name=name, kernel_initializer=first)(inputs)

    shown = keras.layers.Dropout(join.dropout / 3)(named)
    inner = keras.layers.Dense(join.hidden, activation="relu", name="hidden")(shown)
    of_hidden = linear("from_hidden", keras.layers.Dropout(join.dropout)(inner), "glorot_uniform")
    of_named = of_hidden + linear("direct", named)
    of_own = linear("own", own, keras.initializers.Identity(_FIRST_TRUST))
    of_scene = linear("scene", keras.layers.Dropout(_SCENE_DROPOUT)(scene))
    logits = keras.layers.Add()(DropSides(join)([of_own, of_scene, of_named]))
    return keras.Model([own, scene, named], _Bias(name="bias")(logits))
