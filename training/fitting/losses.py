"""What training minimises, and how much a class counts in it."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from app.arrays import Float64s
from app.errors import ConfigError
from training.recipe import Recipe


def make_loss(recipe: Recipe, counts: Sequence[int]) -> Any:
    """Makes the loss of a recipe, with its label smoothing.

    cross_entropy is as it is. focal (Lin et al. 2017) multiplies each class's term of it by (1 - p) ** gamma; its alpha
    balances the classes as class_balanced does (`beta: 0` turns that off), unless `class_weights` does so already.
    class_balanced (Cui et al. 2019) multiplies the cross-entropy of an image by the weight of its class; a soft target
    weighs the mean of its classes, so that the answer with the least loss remains the target itself.

    Args:
        recipe: names the loss and its settings.
        counts: training images of each class, (K,).

    Returns:
        A keras.losses.Loss on targets float32 (N, K), one-hot or soft, and logits float32 (N, K).

    Raises:
        ConfigError: class_balanced and `class_weights: balanced` would balance twice.
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
                "loss.name class_balanced and class_weights balanced would both balance the classes; set class_weights "
                "to none"
            )
        return ClassBalancedCrossentropy(effective_weights(settings.beta, counts), smoothing)
    return keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=smoothing)


def class_weights(recipe: Recipe, counts: Sequence[int]) -> dict[int, float] | None:
    """Computes the weights for Keras's `class_weight`; a soft target has the weight of its largest class there.

    Args:
        recipe: says whether to balance.
        counts: training images of each class, (K,).

    Returns:
        Class number -> weight, inverse to how often it occurs; None where the recipe does not balance.
    """
    if recipe.class_weights == "none":
        return None
    total = sum(counts)
    return {index: total / (len(counts) * max(count, 1)) for index, count in enumerate(counts)}


def effective_weights(beta: float, counts: Sequence[int]) -> Float64s:
    """Computes weights inverse to each class's effective number of samples (1 - beta**n) / (1 - beta), Cui et al. 2019.

    Args:
        beta: 0 weighs all classes alike, close to 1 inversely to their counts.
        counts: training images of each class, (K,); a class without an image counts as one with a single image.

    Returns:
        (K,), of mean 1 over the images (the paper: over the classes), so that a learning rate found for the plain
        cross-entropy still fits.
    """
    numbers = np.maximum(np.asarray(counts, np.float64), 1)
    weights = (1 - beta) / (1 - beta**numbers)
    scaled: Float64s = weights * numbers.sum() / (weights @ numbers)
    return scaled


class ClassBalancedCrossentropy(keras.losses.Loss):  # type: ignore[misc]
    """Cross-entropy on logits, each sample weighted by the classes of its target."""

    def __init__(self, weights: Float64s, label_smoothing: float) -> None:
        """Takes the weights (K,) and the share of label smoothing."""
        super().__init__(name="class_balanced_crossentropy")
        self._weights = weights.astype(np.float32)
        self._label_smoothing = label_smoothing

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Returns the loss of each sample, (N,)."""
        cross_entropy = keras.losses.categorical_crossentropy(
            y_true, y_pred, from_logits=True, label_smoothing=self._label_smoothing
        )
        return cross_entropy * keras.ops.sum(y_true * self._weights, axis=-1)
