"""The two stages of fine-tuning, on Keras's own training loop and callbacks."""

import csv
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from training.augment import make_augment
from training.batches import make_batches
from training.model import split_model
from training.recipe import Recipe

# Accuracy decides which epoch is kept: the loss may rise through over-confidence alone, which the temperature mends.
MONITOR = "val_accuracy"
_COLUMNS = ("stage", "epoch", "loss", "accuracy", "val_loss", "val_accuracy", "learning_rate", "seconds")


@dataclass(frozen=True, eq=False)
class Part:
    """Rows of `images`, uint8 (N, S, S, 3), that belong to one part, and their one-hot targets float32 (n, K)."""

    images: npt.NDArray[np.uint8]
    rows: npt.NDArray[np.int64]
    targets: npt.NDArray[np.float32]

    @property
    def truth(self) -> npt.NDArray[np.int64]:
        """Class indices (n,)."""
        truth: npt.NDArray[np.int64] = self.targets.argmax(axis=1)
        return truth

    def batches(self, batch_size: int) -> Any:
        """In order, as they are."""
        return make_batches(self.images, self.rows, self.targets, batch_size)


class HistoryFile(keras.callbacks.Callback):  # type: ignore[misc]
    """Appends a line to history.csv after each epoch; Keras's CSVLogger knows neither stage, rate nor seconds."""

    def __init__(self, path: Path, stage: str, first_epoch: int) -> None:
        super().__init__()
        self._path, self._stage, self._first_epoch = path, stage, first_epoch
        self._began = 0.0

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self._began = time.monotonic()

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        values = {key: f"{value:.6g}" for key, value in (logs or {}).items()}
        values |= {"stage": self._stage, "epoch": str(self._first_epoch + epoch)}
        values["learning_rate"] = f"{float(self.model.optimizer.learning_rate):.6g}"
        values["seconds"] = f"{time.monotonic() - self._began:.1f}"
        is_new = not self._path.exists()
        with self._path.open("a", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, _COLUMNS)
            if is_new:
                writer.writeheader()
            writer.writerow(values)


def warm_up(model: Any, recipe: Recipe, train: Part, val: Part, history: Path, verbose: int) -> None:
    """Stage 1: fits the head on the frozen base's features, which are computed once.

    The pictures go in without augmentation: a handful of head-only epochs cannot over-fit to the one view.
    """
    if not recipe.warmup.epochs:
        return
    features, head = split_model(model)
    print(f"warm-up: features of {len(train.rows) + len(val.rows)} images on the frozen base", flush=True)
    pooled = [features.predict(part.batches(recipe.batch_size), verbose=verbose == 1) for part in (train, val)]
    _compile(head, recipe, keras.optimizers.Adam(recipe.warmup.learning_rate))
    head.fit(
        pooled[0],
        train.targets,
        batch_size=recipe.batch_size,
        validation_data=(pooled[1], val.targets),
        epochs=recipe.warmup.epochs,
        class_weight=class_weights(recipe, train),
        callbacks=[HistoryFile(history, "warmup", 1)],
        verbose=verbose,
    )


def fine_tune(model: Any, recipe: Recipe, train: Part, val: Part, history: Path, best: Path, verbose: int) -> None:
    """Stage 2: every trainable layer at a low rate.

    `best` holds the weights of the best epoch so far, the warm-up's included, and `model` ends with them.
    """
    settings = recipe.finetune
    optimizer = keras.optimizers.AdamW(settings.learning_rate, weight_decay=settings.weight_decay)
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    _compile(model, recipe, optimizer)
    val_batches = val.batches(recipe.batch_size)
    start = model.evaluate(val_batches, return_dict=True, verbose=0)["accuracy"]
    print(f"every layer: up to {settings.epochs} epochs from validation accuracy {start:.4f}", flush=True)
    optimizer.build(model.trainable_variables)  # so that the file has the form of those that follow
    model.save_weights(best)
    callbacks = keras.callbacks
    model.fit(
        make_batches(
            train.images,
            train.rows,
            train.targets,
            recipe.batch_size,
            augment=make_augment(recipe.augment, recipe.seed),
            shuffle_seed=recipe.seed,
        ),
        validation_data=val_batches,
        epochs=settings.epochs,
        class_weight=class_weights(recipe, train),
        callbacks=[
            callbacks.ModelCheckpoint(
                best, MONITOR, mode="max", save_best_only=True, save_weights_only=True, initial_value_threshold=start
            ),
            HistoryFile(history, "finetune", recipe.warmup.epochs + 1),
            callbacks.ReduceLROnPlateau(
                MONITOR, settings.plateau_factor, settings.plateau_patience, mode="max", min_delta=0
            ),
            callbacks.EarlyStopping(MONITOR, patience=settings.patience, mode="max"),
        ],
        shuffle=False,  # the batches are, already
        verbose=verbose,
    )
    model.load_weights(best)


def class_weights(recipe: Recipe, train: Part) -> dict[int, float] | None:
    """Class index -> weight, inverse to how often it occurs; None where the recipe wants none."""
    if recipe.class_weights == "none":
        return None
    counts = np.maximum(train.targets.sum(axis=0), 1)
    return {index: float(len(train.targets) / (len(counts) * count)) for index, count in enumerate(counts)}


def _compile(model: Any, recipe: Recipe, optimizer: Any) -> None:
    loss = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=recipe.label_smoothing)
    model.compile(optimizer, loss, metrics=["accuracy"], jit_compile=False)
