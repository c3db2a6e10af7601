"""A run in the terms in which runs are compared, read from its folder, finished or not."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec

from app.errors import ConfigError
from app.text import printable
from training.data.folders import sha256
from training.data.split_file import read_split
from training.evaluation.intervals import Interval, wilson
from training.reports.recipe_words import architecture, augmentation, schedule
from training.run_folder import METRICS, SPLIT, WARMUP, WEIGHTS, kept_row, read_config, read_history, read_metrics


@dataclass(frozen=True)
class Epoch:
    """A line of history.csv.

    Attributes:
        is_warmup: of the head alone.
        number: counted from 1, through both stages.
        loss: of training.
        accuracy: of training, 0..1, measured while learning, under augmentation.
        val_loss: of validation.
        val_accuracy: of validation, 0..1.
        seconds: how long it took.
    """

    is_warmup: bool
    number: int
    loss: float
    accuracy: float
    val_loss: float
    val_accuracy: float
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Summary:
    """One run; what an unfinished one does not know yet is None.

    Attributes:
        name: of its folder.
        is_finished: it has its metrics.
        architecture: in words.
        schedule: in words.
        augmentation: in words.
        parameters: how many numbers the model has.
        train: accuracy 0..1; of an unfinished run that of the epoch that is kept so far.
        validation: the same.
        test: accuracy 0..1.
        test_interval: 95 % interval of `test`.
        minutes: how long training took.
        history: its epochs.
        kept: the epoch whose weights are kept; None without an epoch.
        test_images: their SHA-256; None where no split is stored.
        weights: the SHA-256 of the file of its best weights; None without one.
        settings: every key of the recipe and the starting weights, dotted -> text.
    """

    name: str
    is_finished: bool
    architecture: str
    schedule: str
    augmentation: str
    parameters: int | None = None
    train: float | None = None
    validation: float | None = None
    test: float | None = None
    test_interval: Interval = (0.0, 1.0)
    minutes: float | None = None
    history: tuple[Epoch, ...] = ()
    kept: Epoch | None = None
    test_images: frozenset[str] | None = None
    weights: str | None = None
    settings: dict[str, str]

    @property
    def gap(self) -> float | None:
        """Training accuracy minus test accuracy."""
        return None if self.train is None or self.test is None else self.train - self.test

    @property
    def warmup_epochs(self) -> int:
        """How many epochs the head was fitted alone."""
        return sum(epoch.is_warmup for epoch in self.history)


class _Part(msgspec.Struct, frozen=True):
    accuracy: float | None = None
    images: int = 0
    intervals: dict[str, Interval] = {}

    @property
    def interval(self) -> Interval:
        """Of the accuracy; Wilson's where the file has none."""
        return self.intervals.get("accuracy") or wilson(round((self.accuracy or 0) * self.images), self.images)


class _Metrics(msgspec.Struct, frozen=True):
    """The keys of metrics.json that are compared; an older run may lack some."""

    train: _Part = _Part()
    val: _Part = _Part()
    test: _Part = _Part()
    parameters: int | None = None
    minutes: float | None = None


def summarise_all(folders: Sequence[Path]) -> list[Summary]:
    """Reads run folders; runs of the same name are called by their path as given.

    Raises:
        ConfigError: one is not a run, or one of its files is damaged.
    """
    summaries = [summarise(folder) for folder in folders]
    counts = Counter(summary.name for summary in summaries)
    return [
        summary if counts[summary.name] == 1 else replace(summary, name=printable(folder.as_posix()))
        for summary, folder in zip(summaries, folders, strict=True)
    ]


def summarise(folder: Path) -> Summary:
    """Reads a run folder.

    Raises:
        ConfigError: it is not a run, or one of its files is damaged.
    """
    config = read_config(folder)
    rows = read_history(folder)
    history = tuple(_epoch(row) for row in rows)
    kept = kept_row(rows, config.recipe.monitor)
    is_finished = (folder / METRICS).is_file()
    metrics = _read_metrics(folder) if is_finished else _metrics_so_far(history, kept)
    split = folder / SPLIT
    return Summary(
        name=printable(folder.resolve().name),
        is_finished=is_finished,
        architecture=architecture(config.recipe),
        schedule=schedule(config.recipe),
        augmentation=augmentation(config.recipe),
        parameters=metrics.parameters,
        train=metrics.train.accuracy,
        validation=metrics.val.accuracy,
        test=metrics.test.accuracy,
        test_interval=metrics.test.interval,
        minutes=metrics.minutes,
        history=history,
        kept=None if kept is None else _epoch(kept),
        test_images=frozenset(read_split(split, "test").values()) if is_finished and split.is_file() else None,
        weights=sha256(folder / WEIGHTS),
        settings={"weights": config.weights, **_flat(msgspec.to_builtins(config.recipe))},
    )


def _epoch(row: dict[str, Any]) -> Epoch:
    figures = (row[name] for name in ("loss", "accuracy", "val_loss", "val_accuracy", "seconds"))
    return Epoch(row["stage"] == WARMUP, row["epoch"], *figures)


def _read_metrics(folder: Path) -> _Metrics:
    try:
        return msgspec.convert(read_metrics(folder), _Metrics)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{folder / METRICS}: {error}; train again") from None


def _metrics_so_far(history: Sequence[Epoch], kept: dict[str, Any] | None) -> _Metrics:
    if kept is None:
        return _Metrics()
    minutes = sum(epoch.seconds for epoch in history) / 60
    return _Metrics(train=_Part(kept["accuracy"]), val=_Part(kept["val_accuracy"]), minutes=minutes)


def _flat(values: dict[str, Any], key: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for name, value in values.items():
        flat |= _flat(value, f"{key}{name}.") if isinstance(value, dict) else {f"{key}{name}": _text(value)}
    return flat


def _text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(_text, value))
    return f"{value:g}" if isinstance(value, float) and math.isfinite(value) else str(value)
