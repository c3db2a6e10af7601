"""Arrays into tf.data batches: in order for scoring; shuffled, augmented and mixed for training."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from app.arrays import Float32s, Images, Ints
from training.augmentation.augment import make_augment
from training.augmentation.mix import mix_batches
from training.data.cache import DecodedImages
from training.recipe import Recipe

Batch = tuple[Images, Float32s]
_AHEAD = 2  # batches ready for the step, beside those under way
_MOST_THREADS = 8
_ORDER, _IMAGE, _MIX = range(3)  # what a stream of random numbers is for, so that no two are the same


@dataclass(frozen=True, eq=False)
class Part:
    """The images of one part of a split, and what they show.

    Attributes:
        images: RGB uint8 (N, S, S, 3), of all parts; a memory map is read row by row.
        rows: int64 (n,), those of this part.
        targets: float32 (n, K), one-hot or soft.
        repeats: int64 (n,), how often an epoch of training shows each.
    """

    images: Images
    rows: Ints
    targets: Float32s
    repeats: Ints

    @property
    def truth(self) -> Ints:
        """Class numbers (n,)."""
        truth: Ints = self.targets.argmax(axis=1)
        return truth

    def batches(self, batch_size: int) -> Any:
        """Makes a tf.data.Dataset of (uint8 (b, S, S, 3), float32 (b, K)): every row once, in order, as it is."""
        count = len(self.rows)

        def load(number: int) -> Batch:
            chosen = slice(number * batch_size, min(count, (number + 1) * batch_size))
            return np.take(self.images, self.rows[chosen], axis=0), self.targets[chosen]

        return _ahead(_loaded(-(-count // batch_size), load, self.images.shape[1], self.targets.shape[1]))


def make_part(decoded: DecodedImages, parts: Sequence[str], part: str, labels: Sequence[str]) -> Part:
    """Picks the images of one part.

    Args:
        decoded: N images.
        parts: the part of each, N.
        part: the one wanted.
        labels: K classes, in the order of the one-hot targets.
    """
    rows = np.flatnonzero(np.array(parts) == part)
    samples = [decoded.samples[int(row)] for row in rows]
    targets = np.eye(len(labels), dtype=np.float32)[[labels.index(sample.label) for sample in samples]]
    return Part(decoded.images, rows, targets, np.array([sample.repeat for sample in samples], np.int64))


def train_batches(part: Part, recipe: Recipe, epoch: int) -> Any:
    """Makes one epoch of training: shuffled, augmented and mixed.

    The same recipe.seed and epoch give the same batches, whatever the threads do: each image draws from a generator of
    its own. The batches hold at most recipe.batch_size images and differ in size by at most one, as batch norm cannot
    learn from a last batch of a single image.

    Args:
        part: the training part.
        recipe: seed, train_side (S), augment, mix and batch_size count.
        epoch: from 0.

    Returns:
        A tf.data.Dataset of (uint8 (b, S, S, 3), float32 (b, K)).
    """
    size = recipe.train_side
    augment = make_augment(recipe.augment, size)
    shown = np.repeat(np.arange(len(part.rows)), part.repeats)
    order = _rng(recipe, epoch, _ORDER).permutation(len(shown))
    batches = np.array_split(order, max(1, -(-len(order) // recipe.batch_size)))

    def load(number: int) -> Batch:
        images = np.empty((len(batches[number]), size, size, 3), np.uint8)
        for image, place in zip(images, batches[number], strict=True):
            image[...] = augment(part.images[part.rows[shown[place]]], _rng(recipe, epoch, _IMAGE, int(place)))
        return images, part.targets[shown[batches[number]]]

    loaded = _loaded(len(batches), load, size, part.targets.shape[1])
    return _ahead(mix_batches(loaded, recipe.mix, _rng(recipe, epoch, _MIX)))


def _rng(recipe: Recipe, epoch: int, *purpose: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence((recipe.seed, epoch, *purpose)))


def _loaded(count: int, load: Callable[[int], Batch], size: int, classes: int) -> Any:
    """Loads batches 0 to count - 1, several at once, in order; fixed shapes keep Keras from tracing the step again."""

    def batch(number: Any) -> Any:
        images, targets = tf.numpy_function(load, [number], (tf.uint8, tf.float32))
        return tf.ensure_shape(images, (None, size, size, 3)), tf.ensure_shape(targets, (None, classes))

    return tf.data.Dataset.range(count).map(batch, num_parallel_calls=_threads(), deterministic=True)


def _ahead(batches: Any) -> Any:
    """Makes batches while the step runs, on threads that end with the iterator, finished or abandoned.

    OpenCV and NumPy release Python's lock meanwhile. The threads are not TensorFlow's own, which the step needs.
    """
    options = tf.data.Options()
    options.threading.private_threadpool_size = _threads()
    return batches.prefetch(_AHEAD).with_options(options)


def _threads() -> int:
    return min(_MOST_THREADS, os.cpu_count() or 1)
