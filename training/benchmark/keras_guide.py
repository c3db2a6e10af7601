"""The yardstick of `benchmark`: transfer learning as Keras's guide has it (keras.io/guides/transfer_learning).

Pictures are decoded and augmented by Keras anew in every epoch and the frozen base runs along in the warm-up. Where the
guide leaves a choice, the faster one: decoding and augmentation run in parallel and ahead of the step.
"""

from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from training.recipe import Recipe


def guide_batches(folder: Path, recipe: Recipe) -> Any:
    """A tf.data.Dataset without end: (float32 (b, S, S, 3), one-hot (b, K)) from a folder of class folders.

    The layers are of the kind and strength of the preset `light`.
    """
    side = (recipe.input_size, recipe.input_size)
    pictures = keras.utils.image_dataset_from_directory(
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

    changed = pictures.map(change, num_parallel_calls=tf.data.AUTOTUNE)
    # pictures without a whole last batch: each step of the benchmark is to be worth the same
    whole = changed.filter(lambda images, targets: tf.equal(tf.shape(images)[0], recipe.batch_size))
    return whole.repeat().prefetch(tf.data.AUTOTUNE)


def guide_model(recipe: Recipe, classes: int, *, trains_base: bool) -> Any:
    """A compiled keras.Model with a MobileNetV2 that starts from random weights: speed does not depend on them.

    trains_base: fine-tuning, else the warm-up of the head. The guide's `training=False` is meant to keep batch norm in
    inference mode; in Keras 3 `fit` overrules it once the base is trainable (keras-team/keras issue 20285), and that is
    what a follower of the guide pays for.
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
