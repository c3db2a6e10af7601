"""The learning rate range test: a short training whose rate rises until it diverges (Smith 2017)."""

import math
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from app.arrays import Float64s
from app.errors import ConfigError
from training.augmentation.batches import Part, train_batches
from training.fitting.interruptible import evaluate, fit
from training.fitting.job import Job
from training.fitting.losses import class_weights, make_loss
from training.fitting.optimizers import make_optimizer
from training.fitting.training_data import subset
from training.networks.model import unfreeze
from training.recipe import Recipe

# The range of fastai's `lr_find`, its number of steps and when it gives up.
LOWEST_RATE, HIGHEST_RATE, STEPS, DIVERGED = 1e-7, 10.0, 100, 4.0
_WIDTH = 3.0  # steps, standard deviation of the smoothing
_LEAST_FALL = 0.01  # of the first loss; less may be chance


@dataclass(frozen=True)
class Suggestion:
    """The rates that two rules of thumb suggest.

    Attributes:
        steepest: where the loss falls fastest.
        tenth_of_best: a tenth of the rate with the least loss.
    """

    steepest: float
    tenth_of_best: float

    @property
    def rate(self) -> float:
        """The suggestion, to two digits: where the loss falls fastest."""
        return float(f"{self.steepest:.1e}")


def shown_images(train: Part, recipe: Recipe) -> Part:
    """Selects training images at random, no more than the steps of the test can show."""
    chosen = np.random.default_rng(recipe.seed).permutation(len(train.rows))[: STEPS * recipe.batch_size]
    return subset(train, chosen)


def find_lr(job: Job) -> tuple[Float64s, Float64s]:
    """Runs the test; the model is of no use afterwards.

    Trains the layers that the recipe trains in the end, and ends early when the smoothed loss exceeds four times its
    least value or a loss is not a number. Some batches are harder than others, which would hide the curve; so the loss
    of the untrained model on the same batch is subtracted from each loss, and the mean of those losses added.

    Args:
        job: a new model, its head warmed up where the recipe does so, and what to train it on.

    Returns:
        Rates, and the loss of one batch at each: (n,) both, n <= STEPS.

    Raises:
        ConfigError: the first loss is not a number.
    """
    model, recipe, loss = job.model, job.recipe, make_loss(job.recipe, job.counts)
    unfreeze(model, recipe, recipe.top_layers if recipe.strategy == "top_n" else None)
    print(f"range test: {STEPS} steps from a rate of {LOWEST_RATE:g} to {HIGHEST_RATE:g}", flush=True)
    untrained = _InTrainingMode(model)
    untrained.compile(loss=loss, jit_compile=False)
    before = _BatchLosses()
    evaluate(untrained, _batches(job), [before])
    model.compile(make_optimizer(recipe, model), loss, jit_compile=False)
    rising = _RisingRate(np.array(before.losses))
    fit(model, _batches(job), callbacks=[rising], shuffle=False)
    if not rising.losses:
        raise ConfigError("the loss of the first batch is not a number; check the file that --weights names")
    return rising.rates[: len(rising.losses)], rising.compared()


def smooth(losses: Float64s) -> Float64s:
    """Averages neighbouring steps with a Gaussian.

    Args:
        losses: (n,).

    Returns:
        (n,), centred, so that the curve does not lag behind its rates.
    """
    steps = np.arange(len(losses))
    kernel = np.exp(-(((steps[:, None] - steps) / _WIDTH) ** 2) / 2)
    smoothed: Float64s = kernel @ losses / kernel.sum(axis=1)
    return smoothed


def suggest(rates: Float64s, losses: Float64s) -> Suggestion | None:
    """Reads a rate from the curve of `find_lr`.

    Args:
        rates: (n,), rising.
        losses: (n,).

    Returns:
        The suggestion; None when the loss never falls by more than chance.
    """
    if len(losses) < 2:
        return None
    smoothed = smooth(losses)
    best = int(smoothed.argmin())
    if smoothed[best] > (1 - _LEAST_FALL) * smoothed[0]:
        return None
    slope = np.gradient(smoothed, np.log(rates))
    return Suggestion(float(rates[slope[: best + 1].argmin()]), float(rates[best] / 10))


class _InTrainingMode(keras.Model):  # type: ignore[misc]
    """The same model, which behaves in an evaluation as it does in training: trainable batch norm uses the batch."""

    def __init__(self, model: Any) -> None:
        super().__init__(name="untrained")
        self._model = model

    def call(self, frames: Any, training: bool | None = None) -> Any:
        return self._model(frames, training=True)


class _BatchLosses(keras.callbacks.Callback):  # type: ignore[misc]
    """Keeps the loss of each batch of an evaluation; Keras reports the mean over the batches so far."""

    def __init__(self) -> None:
        super().__init__()
        self.losses: list[float] = []

    def on_test_batch_begin(self, batch: int, logs: dict[str, float] | None = None) -> None:
        self.model.reset_metrics()

    def on_test_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        self.losses.append(float((logs or {})["loss"]))


class _RisingRate(keras.callbacks.Callback):  # type: ignore[misc]
    """Raises the rate exponentially from batch to batch; `before`: (STEPS,) losses of the batches without training."""

    rates: Float64s = np.geomspace(LOWEST_RATE, HIGHEST_RATE, STEPS)

    def __init__(self, before: Float64s) -> None:
        super().__init__()
        self.before, self.losses = before, list[float]()

    def compared(self) -> Float64s:
        """The losses as if all batches so far had been equally hard."""
        before = self.before[: len(self.losses)]
        compared: Float64s = np.array(self.losses) - before + self.before.mean()
        return compared

    def on_train_batch_begin(self, batch: int, logs: dict[str, float] | None = None) -> None:
        self.model.optimizer.learning_rate = self.rates[batch]
        self.model.reset_metrics()

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        loss = float((logs or {})["loss"])
        if not math.isfinite(loss):
            self.model.stop_training = True
            return
        self.losses.append(loss)
        smoothed = smooth(np.array(self.losses))  # not those compared, which may fall below 0
        self.model.stop_training = bool(smoothed[-1] > DIVERGED * smoothed.min())


def _batches(job: Job) -> Any:
    """A tf.data.Dataset of STEPS training batches, with sample weights where the recipe balances the classes.

    To be read once: a second pass would mix its images differently, while a second dataset has the same batches.
    """
    batches = train_batches(job.train, job.recipe, 0)
    for epoch in range(1, math.ceil(STEPS / int(batches.cardinality()))):
        batches = batches.concatenate(train_batches(job.train, job.recipe, epoch))
    weights = class_weights(job.recipe, job.counts)
    if weights is not None:
        of_class = np.array([weights[index] for index in range(len(weights))], np.float32)
        batches = batches.map(lambda images, targets: (images, targets, keras.ops.matmul(targets, of_class)))
    return batches.take(STEPS)
