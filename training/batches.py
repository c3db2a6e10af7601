"""Arrays into tf.data batches."""

from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from training.augment import Augment


def make_batches(
    images: npt.NDArray[np.uint8],
    rows: npt.NDArray[np.int64],
    targets: npt.NDArray[np.float32],
    batch_size: int,
    *,
    augment: Augment | None = None,
    shuffle_seed: int | None = None,
) -> Any:
    """A tf.data.Dataset of (uint8 (n, S, S, 3), float32 (n, K)) over `rows` of `images`, `targets` in the same order.

    Only the rows of the batch at hand are read, so `images` may be a memory map. With `shuffle_seed` the order changes
    every epoch, with `augment` the pictures do.
    """
    shape, classes = images.shape[1:], targets.shape[1]

    def read(positions: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
        return images[rows[positions]] if augment is None else augment(images[rows[positions]])

    def batch(positions: Any) -> Any:
        pictures = tf.numpy_function(read, [positions], tf.uint8)
        return tf.ensure_shape(pictures, (None, *shape)), tf.ensure_shape(
            tf.gather(targets, positions), (None, classes)
        )

    batches = tf.data.Dataset.range(len(rows))
    if shuffle_seed is not None:
        batches = batches.shuffle(len(rows), seed=shuffle_seed)
    return batches.batch(batch_size).map(batch).prefetch(2)
