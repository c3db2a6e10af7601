"""The yardstick of `benchmark`: transfer learning as Keras's guide has it (keras.io/guides/transfer_learning).

Keras decodes and augments the images again in every epoch, and the frozen base runs along in the warm-up. Where the
guide leaves a choice, the faster one is taken: decoding and augmentation run in parallel and ahead of the step.
"""

from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from training.recipe import Recipe


def guide_batches(folder: Path, recipe: Recipe) -> Any:
    """Reads and augments batches without end, with layers of the kind and strength of the preset `light`.

    Args:
        folder: of class folders.
        recipe: gives their size and number.

    Returns:
        A tf.data.Dataset of (float32 (b, S, S, 3), one-hot (b, K)).
    """
    side = (recipe.input_size, recipe.input_size)
    images = keras.utils.image_dataset_from_directory(
        folder, label_mode="categorical", batch_size=recipe.batch_size, image_size=side, verbose=False
    )
    layers = keras.layers
    augment = keras.Sequential(
        [
            layers.RandomFlip("horizontal"),
            layers.RandomRotation(10 / 360),
            layers.RandomZoom((-0.2, 0.05)),
            layers.RandomTranslation(0.05, 0.05),
            layers.RandomBrightness(0.12),
            layers.RandomContrast(0.2),
        ]
    )

    def change(images: Any, targets: Any) -> tuple[Any, Any]:
        return augment(images, training=True), targets

    changed = images.map(change, num_parallel_calls=tf.data.AUTOTUNE)
    # without a last batch that is smaller: each step of the benchmark is to be worth the same
    whole = changed.filter(lambda images, targets: tf.equal(tf.shape(images)[0], recipe.batch_size))
    return whole.repeat().prefetch(tf.data.AUTOTUNE)


def guide_model(recipe: Recipe, classes: int, *, trains_base: bool) -> Any:
    """Builds the guide's MobileNetV2, from random weights, on which speed does not depend.

    The guide's `training=False` is meant to keep batch norm in inference mode; in Keras 3 `fit` overrules it once the
    base is trainable (keras-team/keras issue 20285), and that is what a follower of the guide pays for.

    Args:
        recipe: gives its size and width.
        classes: K.
        trains_base: fine-tuning, else the warm-up of the head.

    Returns:
        A compiled keras.Model.
    """
    side, layers = recipe.input_size, keras.layers
    base = keras.applications.MobileNetV2(
        weights=None, include_top=False, input_shape=(side, side, 3), alpha=recipe.alpha
    )
    base.trainable = trains_base
    inputs = keras.Input((side, side, 3))
    x = base(layers.Rescaling(1 / 127.5, offset=-1)(inputs), training=False)
    x = layers.Dropout(0.2)(layers.GlobalAveragePooling2D()(x))
    model = keras.Model(inputs, layers.Dense(classes)(x))
    model.compile(
        keras.optimizers.AdamW(1e-5 if trains_base else 1e-3),
        keras.losses.CategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    return model
