"""How fast training is on this machine, against the plain Keras guide on the same images.

Both contestants take turns in one process, a few steps at a time, so that a machine that slows down or is busy slows
each of them; a ratio is the median of the ratios of each turn.
"""

import dataclasses
import os
import platform
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import keras
import numpy as np
import tensorflow as tf

from app.arrays import Float64s
from app.errors import ConfigError
from app.images.read import read_image
from app.system.interrupts import interrupts
from training.augmentation.batches import Part, train_batches
from training.benchmark.keras_guide import guide_batches, guide_model
from training.data.dataset import Dataset, Sample
from training.data.decode import prepared_chunks
from training.fitting.interruptible import fit, predict
from training.fitting.job import class_counts
from training.fitting.losses import make_loss
from training.fitting.optimizers import make_optimizer
from training.networks.model import build_model, split_model
from training.recipe import Recipe

HERE, GUIDE = "here", "guide"
_QUALITY = 90  # of JPEG
_ENDLESS = 10_000  # epochs in one, so that no turn pays for the beginning of an epoch
Turn = Callable[[], float]  # seconds an image


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How much to measure.

    Attributes:
        recipe: what both train.
        images: at most so many of the data.
        rounds: turns of each contestant.
        steps: timed ones a turn.
        untimed: those before them, which fill the queues.
    """

    recipe: Recipe
    images: int = 384
    rounds: int = 5
    steps: int = 12
    untimed: int = 3


DEFAULT_PLAN = Plan(recipe=Recipe(augment=("light",)))


def measure(dataset: Dataset, weights: str, plan: Plan) -> dict[str, Any]:
    """Measures images a second of each contestant in each stage.

    The stages are `all_layers`, an epoch of fine-tuning; `warmup_epoch`, an epoch of the head, here on features that
    are computed once; and `warmup`, all its epochs, with that computation and the decoding.

    Args:
        dataset: images to train on.
        weights: where the base starts: "imagenet", "none", a file or a run.
        plan: how much to measure.

    Returns:
        What was measured on, and for each stage [lowest, median, highest] of `here`, of the `guide` and of their
        `ratio`.

    Raises:
        ConfigError: too few images.
    """
    with interrupts.deferred(), tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        samples = _copy(dataset, plan, Path(folder))
        turns = _turns(dataset, samples, weights, plan, Path(folder))
        seconds: dict[str, list[float]] = {name: [] for name in turns}
        for number in range(plan.rounds):
            print(f"round {number + 1} of {plan.rounds}", flush=True)
            for name, turn in turns.items():
                seconds[name].append(turn())
    took = {name: np.array(values) for name, values in seconds.items()}
    epochs = plan.recipe.warmup.epochs
    took[f"warmup/{HERE}"] = took[f"warmup_epoch/{HERE}"] * epochs + took.pop("features")
    took[f"warmup/{GUIDE}"] = took[f"warmup_epoch/{GUIDE}"] * epochs
    return {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, TensorFlow {tf.__version__}",
        "images": len(samples),
        "size_px": plan.recipe.input_size,
        "batch_size": plan.recipe.batch_size,
        "warmup_epochs": epochs,
        **{stage: _compare(took, stage) for stage in ("all_layers", "warmup_epoch", "warmup")},
    }


def _compare(took: dict[str, Float64s], stage: str) -> dict[str, Any]:
    """[lowest, median, highest] images/s of both contestants, and of their ratio."""
    here, guide = took[f"{stage}/{HERE}"], took[f"{stage}/{GUIDE}"]
    return {HERE: _range(1 / here), GUIDE: _range(1 / guide), "ratio": _range(guide / here)}


def _range(values: Float64s) -> list[float]:
    return [round(float(value), 3) for value in (values.min(), np.median(values), values.max())]


def _copy(dataset: Dataset, plan: Plan, folder: Path) -> list[Sample]:
    """Whole batches of readable images, spread over the data, as JPEG files in a numbered folder for each class.

    Keras reads neither WebP nor TIFF, and a label is no safe file name. Both contestants read these copies.
    """
    batch, copies = plan.recipe.batch_size, list[Sample]()
    for index in range(len(dataset.labels)):
        (folder / f"{index:04}").mkdir()
    for place in np.random.default_rng(plan.recipe.seed).permutation(len(dataset.samples)):
        sample = dataset.samples[place]
        image = read_image(sample.path) if len(copies) < plan.images // batch * batch else None
        if image is not None:
            path = folder / f"{dataset.labels.index(sample.label):04}" / f"{len(copies):05}.jpg"
            path.write_bytes(cv2.imencode(".jpg", image, (cv2.IMWRITE_JPEG_QUALITY, _QUALITY))[1].tobytes())
            copies.append(dataclasses.replace(sample, path=path))
    if len(copies) < batch:
        raise ConfigError(f"{dataset.name}: expected {batch} readable images at least, found {len(copies)}")
    return copies[: len(copies) // batch * batch]


def _turns(dataset: Dataset, samples: Sequence[Sample], weights: str, plan: Plan, folder: Path) -> dict[str, Turn]:
    """Every contestant of a round by "stage/name", and "features": decoding and the frozen base, once an image."""
    recipe, labels = plan.recipe, dataset.labels
    part = _decode(samples, labels, recipe)
    # "pretrained": as slow as a run from ImageNet's weights, whatever these are
    model = build_model(recipe, len(labels), weights, pretrained=True)
    features, head = split_model(model)
    pooled = predict(features, part.batches(recipe.batch_size))
    # as many rows as all the data have, because the start of an epoch costs time that a short one would overrate
    rows = np.resize(np.arange(len(pooled)), len(dataset.samples))

    def pass_once() -> float:
        began = time.perf_counter()
        predict(features, _decode(samples, labels, recipe).batches(recipe.batch_size))
        return (time.perf_counter() - began) / len(samples)

    turns: dict[str, Turn] = {f"all_layers/{HERE}": _here(model, part, plan)}
    batches = iter(guide_batches(folder, recipe))
    for stage, trains_base in (("all_layers", True), ("warmup_epoch", False)):
        turns[f"{stage}/{GUIDE}"] = _steps(guide_model(recipe, len(labels), trains_base=trains_base), batches, plan)
    turns[f"warmup_epoch/{HERE}"] = _head(head, pooled[rows], part.targets[rows], recipe)
    return turns | {"features": pass_once}


def _here(model: Any, part: Part, plan: Plan) -> Turn:
    optimizer, loss = make_optimizer(plan.recipe, model), make_loss(plan.recipe, class_counts(part))
    model.compile(optimizer, loss, metrics=["accuracy"], jit_compile=False)
    endless = dataclasses.replace(part, repeats=np.full(len(part.rows), _ENDLESS))
    return _steps(model, iter(train_batches(endless, plan.recipe, 0)), plan)


def _steps(model: Any, batches: Iterator[Any], plan: Plan) -> Turn:
    def step() -> None:
        model.train_on_batch(*next(batches))
        interrupts.check()

    def turn() -> float:
        for _ in range(plan.untimed):
            step()
        began = time.perf_counter()
        for _ in range(plan.steps):
            step()
        return (time.perf_counter() - began) / (plan.steps * plan.recipe.batch_size)

    return turn


def _head(head: Any, pooled: Any, targets: Any, recipe: Recipe) -> Turn:
    optimizer = keras.optimizers.AdamW(recipe.warmup.learning_rate, weight_decay=recipe.warmup.weight_decay)
    head.compile(optimizer, make_loss(recipe, targets.sum(axis=0).astype(int).tolist()), metrics=["accuracy"])
    head.jit_compile = False

    def turn() -> float:
        began = time.perf_counter()
        fit(head, pooled, y=targets, batch_size=recipe.batch_size, epochs=recipe.warmup.epochs)
        return (time.perf_counter() - began) / (len(pooled) * recipe.warmup.epochs)

    turn()  # the first one traces
    return turn


def _decode(samples: Sequence[Sample], labels: Sequence[str], recipe: Recipe) -> Part:
    images = np.concatenate([images for _, images in prepared_chunks(samples, recipe.input_spec)])
    targets = np.eye(len(labels), dtype=np.float32)[[labels.index(sample.label) for sample in samples]]
    return Part(images, np.arange(len(images)), targets, np.ones(len(images), np.int64))
