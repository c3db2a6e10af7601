"""The second stage of a run: epochs of the unfrozen network.

Every decision of an epoch (rate, layers, stop) is a function of the recipe and of the history so far, never of a
callback's memory; so a run that was killed goes on as if nothing had happened.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any

import keras

from training.augmentation.batches import train_batches
from training.fitting import interruptible
from training.fitting.early_stopping import nothing_to_gain, stop_reason
from training.fitting.history import calibrated_loss, epoch_row, tuned_rows
from training.fitting.interpolate import interpolates
from training.fitting.job import Job
from training.fitting.losses import class_weights, make_loss
from training.fitting.lr_schedule import rate
from training.fitting.optimizers import averaged, make_optimizer
from training.fitting.progress import EpochProgress, report_epoch, report_kept
from training.networks.model import base_layers, load_exactly, unfreeze, without_optimizer
from training.recipe import Recipe
from training.run_folder import (
    BEFORE,
    FINETUNE,
    WARMUP,
    WEIGHTS,
    kept_row,
    last_weights,
    remove_last_weights,
    save_weights,
    write_history,
)


def fine_tune(job: Job, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Fits the unfrozen network, to the last epoch or an early stop; `job.model` ends with the best weights.

    After each epoch the run's folder holds the best weights (averaged, where the recipe averages), the last ones with
    the optimizer's state, and the history.

    Args:
        job: what to fit.
        rows: the history so far; where it has epochs of fine-tuning, the run goes on after them.

    Returns:
        The whole history.
    """
    recipe, best = job.recipe, job.folder / WEIGHTS
    done = len(tuned_rows(rows))
    layers = _layers(job, done)
    optimizer = _compile(job, layers)
    if done:
        load_exactly(job.model, last_weights(job.folder, done), "this run's network", "train again with --overwrite")
    else:
        save_weights(without_optimizer(job.model), best)
        if interpolates(recipe, rows):
            save_weights(without_optimizer(job.model), job.folder / BEFORE)
    began = time.monotonic()
    for epoch in range(done, _tuned_epochs(recipe)):
        why = stop_reason(recipe.stop, tuned_rows(rows)) or nothing_to_gain(rows, recipe.monitor)
        if why:
            print(f"stopped early: {why}", flush=True)
            break
        if _layers(job, epoch) != layers:
            layers = _layers(job, epoch)
            optimizer = _compile(job, layers)
        row = _run_epoch(job, optimizer, epoch, rows)
        rows = [*rows, row]
        if kept_row(rows, recipe.monitor) is row:
            with averaged(optimizer):
                save_weights(without_optimizer(job.model), best)
        _keep_state(job, epoch + 1, rows)
        seconds_each = (time.monotonic() - began) / (epoch + 1 - done)
        report_epoch(rows, recipe.monitor, epoch + 1, _tuned_epochs(recipe), seconds_each)
    report_kept(rows, recipe.monitor, len(job.val.rows))
    load_exactly(without_optimizer(job.model), best, "this run's network", "train again with --overwrite")
    return rows


def _keep_state(job: Job, epochs: int, rows: list[dict[str, Any]]) -> None:
    """Writes the history last: after a kill before that, a resume repeats the epoch from the weights before it."""
    last = last_weights(job.folder, epochs)
    save_weights(job.model, last)
    write_history(job.folder, rows)
    remove_last_weights(job.folder, but=last)


def _run_epoch(job: Job, optimizer: Any, epoch: int, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    recipe = job.recipe
    accuracies = [row["val_accuracy"] for row in tuned_rows(rows)]
    batches = train_batches(job.train, recipe, epoch)
    steps = int(batches.cardinality())

    def rate_at(step: int) -> float:
        return rate(recipe, epoch + step / steps, accuracies)

    began = time.monotonic()
    _seed_dropout(job.model, recipe.seed, epoch)
    logs = interruptible.fit(
        job.model,
        batches,
        initial_epoch=epoch,
        epochs=epoch + 1,
        class_weight=class_weights(recipe, job.counts),
        callbacks=[_Rate(rate_at), EpochProgress(epoch + 1, _tuned_epochs(recipe), steps)],
        shuffle=False,  # the batches are, already
    ).history
    with averaged(optimizer):
        scores = _validate(job)
    logs = {key: values[-1] for key, values in logs.items()} | scores
    number = sum(row["stage"] == WARMUP for row in rows) + epoch + 1
    return epoch_row(FINETUNE, number, logs, rate_at(steps - 1), time.monotonic() - began)


def _validate(job: Job) -> dict[str, float]:
    logits = interruptible.predict(job.model, job.val.batches(job.recipe.batch_size))
    return {
        "val_loss": float(make_loss(job.recipe, job.counts)(job.val.targets, logits)),
        "val_accuracy": float((logits.argmax(axis=1) == job.val.truth).mean()),
        "val_nll": calibrated_loss(logits, job.val),
    }


def _seed_dropout(model: Any, seed: int, epoch: int) -> None:
    """Makes dropout draw the same after a resume: weights files do not hold the state of random layers."""
    for position, layer in enumerate([*model.layers, *base_layers(model)]):
        if isinstance(layer, keras.layers.Dropout) and layer.rate > 0:
            layer.seed_generator.state.assign([(seed + position) % 2**31, epoch * 2**20])


class _Rate(keras.callbacks.Callback):  # type: ignore[misc]
    """Sets the learning rate before each batch."""

    def __init__(self, rate_at: Callable[[int], float]) -> None:
        super().__init__()
        self._rate_at = rate_at

    def on_train_batch_begin(self, batch: int, logs: dict[str, float] | None = None) -> None:
        self.model.optimizer.learning_rate = self._rate_at(batch)


def _compile(job: Job, layers: int | None) -> Any:
    unfreeze(job.model, job.recipe, layers)
    optimizer = make_optimizer(job.recipe, job.model)
    if optimizer.use_ema:  # on a small set, a long average would never leave the weights that it starts from
        steps = _tuned_epochs(job.recipe) * int(job.train.repeats.sum()) / job.recipe.batch_size
        optimizer.ema_momentum = min(optimizer.ema_momentum, max(0.0, 1 - 3 / max(steps, 1)))
    job.model.compile(optimizer, make_loss(job.recipe, job.counts), metrics=["accuracy"], jit_compile=False)
    return optimizer


def _tuned_epochs(recipe: Recipe) -> int:
    return 0 if recipe.strategy == "frozen" else recipe.epochs


def _layers(job: Job, epoch: int) -> int | None:
    """How many layers of the base train in this epoch, from its top; None: all."""
    if job.recipe.strategy == "top_n":
        return job.recipe.top_layers
    if job.recipe.strategy == "gradual" and epoch < 3:
        return (epoch + 1) * len(base_layers(job.model)) // 4
    return None
