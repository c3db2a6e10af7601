"""What training minimises, and how much a class counts in it."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from app.errors import ConfigError
from training.recipe import Recipe


def make_loss(recipe: Recipe, counts: Sequence[int]) -> Any:
    """A keras.losses.Loss on targets float32 (N, K), one-hot or soft, and logits float32 (N, K).

    counts: training pictures of each class, (K,). Label smoothing applies to every loss.

    cross_entropy: as it is.
    focal (Lin et al. 2017): each class's term of the cross-entropy by (1 - p) ** gamma. Its alpha balances the classes
    as class_balanced does (`beta: 0` turns that off), unless `class_weights` does so already.
    class_balanced (Cui et al. 2019): the cross-entropy of a picture by the weight of its class; a soft target weighs
    the mean of its classes, so that the answer with the least loss remains the target itself.

    Raises ConfigError where class_balanced and `class_weights: balanced` would balance twice.
    """
    settings = recipe.loss
    smoothing = settings.label_smoothing
    if settings.name == "focal":
        alpha = np.ones(len(counts)) if recipe.class_weights == "balanced" else effective_weights(settings.beta, counts)
        return keras.losses.CategoricalFocalCrossentropy(
            alpha.tolist(), settings.gamma, from_logits=True, label_smoothing=smoothing
        )
    if settings.name == "class_balanced":
        if recipe.class_weights == "balanced":
            raise ConfigError(
                "expected loss.name class_balanced or class_weights balanced, got both, which balances the classes "
                "twice; set class_weights to none"
            )
        return ClassBalancedCrossentropy(effective_weights(settings.beta, counts), smoothing)
    return keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=smoothing)


def class_weights(recipe: Recipe, counts: Sequence[int]) -> dict[int, float] | None:
    """Class index -> weight for Keras's `class_weight`, inverse to how often it occurs; None where none is wanted.

    Keras gives a soft target the weight of its largest class.
    """
    if recipe.class_weights == "none":
        return None
    total = sum(counts)
    return {index: total / (len(counts) * max(count, 1)) for index, count in enumerate(counts)}


def effective_weights(beta: float, counts: Sequence[int]) -> npt.NDArray[np.float64]:
    """(K,) weights inverse to each class's effective number of samples (1 - beta**n) / (1 - beta), Cui et al. 2019.

    Scaled to a mean of 1 over the pictures (the paper: over the classes), so that a learning rate found for the plain
    cross-entropy still fits. A class without a picture counts as one with a single picture.
    """
    numbers = np.maximum(np.asarray(counts, np.float64), 1)
    weights = (1 - beta) / (1 - beta**numbers)
    scaled: npt.NDArray[np.float64] = weights * numbers.sum() / (weights @ numbers)
    return scaled


class ClassBalancedCrossentropy(keras.losses.Loss):  # type: ignore[misc]
    """Cross-entropy on logits, each sample weighed by the classes of its target. weights: (K,)."""

    def __init__(self, weights: npt.NDArray[np.float64], label_smoothing: float) -> None:
        super().__init__(name="class_balanced_crossentropy")
        self._weights = weights.astype(np.float32)
        self._label_smoothing = label_smoothing

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Loss of each sample (N,)."""
        cross_entropy = keras.losses.categorical_crossentropy(
            y_true, y_pred, from_logits=True, label_smoothing=self._label_smoothing
        )
        return cross_entropy * keras.ops.sum(y_true * self._weights, axis=-1)
