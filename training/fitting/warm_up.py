"""The first stage of a run: the head alone, on features of the frozen base."""

import time
from typing import Any

import keras

from training.fitting import interruptible
from training.fitting.history import calibrated_loss, epoch_row
from training.fitting.job import Job
from training.fitting.losses import class_weights, make_loss
from training.networks.model import split_model
from training.recipe import Recipe
from training.run_folder import WARMUP

_HEAD_BATCH = 64


def warm_up(job: Job) -> list[dict[str, Any]]:
    """Fits the head on the frozen base's features, which are computed once.

    The images go in without augmentation: the head alone hardly over-fits, and features cost a pass each.

    Returns:
        Its rows of the history; none where the recipe has no warm-up.
    """
    epochs = _head_epochs(job.recipe)
    if not epochs:
        return []
    settings = job.recipe.warmup
    features, head = split_model(job.model)
    print(f"warm-up: features of {len(job.train.rows) + len(job.val.rows):,} images on the frozen base", flush=True)
    pooled = [interruptible.predict(features, part.batches(job.recipe.batch_size)) for part in (job.train, job.val)]
    steps = epochs * -(-len(job.train.rows) // _HEAD_BATCH)
    schedule = keras.optimizers.schedules.CosineDecay(settings.learning_rate, steps)
    optimizer = keras.optimizers.AdamW(schedule, weight_decay=settings.weight_decay)
    head.compile(optimizer, make_loss(job.recipe, job.counts), metrics=["accuracy"], jit_compile=False)
    began = time.monotonic()
    fitted = interruptible.fit(
        head,
        pooled[0],
        y=job.train.targets,
        batch_size=_HEAD_BATCH,
        validation_data=(pooled[1], job.val.targets),
        epochs=epochs,
        class_weight=class_weights(job.recipe, job.counts),
    )
    seconds = (time.monotonic() - began) / epochs
    rows = [
        epoch_row(WARMUP, epoch, scores, settings.learning_rate, seconds) for epoch, scores in _epochs(fitted.history)
    ]
    rows[-1]["val_nll"] = calibrated_loss(interruptible.predict(head, pooled[1]), job.val)
    print(f"warm-up: validation accuracy {rows[-1]['val_accuracy']:.4f} after {epochs} epochs of the head", flush=True)
    return rows


def _head_epochs(recipe: Recipe) -> int:
    if recipe.strategy == "full":
        return 0
    if recipe.strategy == "frozen":
        return recipe.epochs
    return recipe.unfreeze_epoch if recipe.strategy == "gradual" else recipe.warmup.epochs


def _epochs(history: dict[str, list[float]]) -> list[tuple[int, dict[str, float]]]:
    count = len(next(iter(history.values())))
    return [(index + 1, {key: values[index] for key, values in history.items()}) for index in range(count)]
