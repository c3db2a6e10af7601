"""The run folder: what a training run leaves on disk, and what resume, export and compare read back."""

import csv
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import msgspec
import numpy as np
import yaml

from app.config.yaml_file import load_settings
from app.errors import ConfigError, OutputError
from app.outputs import write_text, written_whole
from app.teach.head import Head
from training.recipe import Recipe

CONFIG, HISTORY, METRICS, SPLIT = "config.yaml", "history.csv", "metrics.json", "split.csv"
CURVES, CONFUSION, SAMPLES = "curves.png", "confusion.png", "samples.png"
WEIGHTS = "best.weights.h5"
BEFORE = "before.weights.h5"  # those that fine-tuning started from, in an unfinished run that interpolates
REJECTION = "rejection.npz"
EVENTS = "tensorboard"
CACHE = "cache"  # beside the run folders: the decoded images, which all runs share
WARMUP, FINETUNE = "warmup", "finetune"  # the stages of a run
_COLUMNS = ("stage", "epoch", "loss", "accuracy", "val_loss", "val_accuracy", "val_nll", "learning_rate", "seconds")
_REQUIRED = {"temperature", "thresholds", "images", "images_per_class", "val", "test"}


class RunConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that led to a run.

    Attributes:
        dataset: its name.
        data: what `--data` was.
        data_root: the folder at which the paths in split.csv start.
        weights: where the base started: "imagenet", "none", a file or a run.
        teachers: the runs that it distils from.
        trained_on: the day, as in ISO 8601.
        rights: what the dataset says of the images' rights.
        labels: the classes, in the order of the outputs.
        versions: package -> version.
        recipe: the settings of the experiment.
    """

    dataset: str
    data: str
    data_root: str
    weights: str
    teachers: list[str] = []
    trained_on: str
    rights: str = ""
    labels: list[str]
    versions: dict[str, str]
    recipe: Recipe


def check_unused(folder: Path, overwrite: bool) -> None:
    """Checks that a new run may have this folder.

    Raises:
        ConfigError: it exists, unless it may be overwritten and is a run or empty.
    """
    if not folder.exists():
        return
    if not overwrite:
        raise ConfigError(
            f"{folder} exists; choose another name with --run, continue it with --resume, or replace it with "
            "--overwrite"
        )
    if not folder.is_dir() or (any(folder.iterdir()) and not (folder / CONFIG).is_file()):
        raise ConfigError(
            f"{folder} is not a training run (it has no {CONFIG}), so --overwrite does not replace it; choose another "
            "name with --run"
        )


def create_run(folder: Path, config: RunConfig, overwrite: bool) -> None:
    """Makes a run folder that holds its config alone.

    Args:
        folder: the run's.
        config: everything that led to the run.
        overwrite: a run that is there is replaced.

    Raises:
        ConfigError: as `check_unused` does.
        OutputError: it cannot be made.
    """
    check_unused(folder, overwrite)
    try:
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir(parents=True)
    except OSError as error:
        raise OutputError(f"{folder}: the run folder cannot be made ({error.strerror})") from None
    write_config(folder, config)


def write_config(folder: Path, config: RunConfig) -> None:
    """Writes config.yaml."""
    write_text(folder / CONFIG, yaml.safe_dump(msgspec.to_builtins(config), sort_keys=False, allow_unicode=True))


def read_config(folder: Path) -> RunConfig:
    """Reads config.yaml.

    Raises:
        ConfigError: the folder is not a run, or its config is damaged.
    """
    if not (folder / CONFIG).is_file():
        raise ConfigError(f"{folder}: no training run here ({CONFIG} is missing); give the folder of a --run")
    return load_settings(RunConfig, folder / CONFIG)


def read_unfinished(folder: Path) -> RunConfig:
    """Reads the config of a run that can be resumed.

    Raises:
        ConfigError: the folder is not a run, or the run is finished.
    """
    config = read_config(folder)
    if (folder / METRICS).exists():
        raise ConfigError(f"{folder}: this run is finished; nothing to resume (--overwrite trains it again)")
    return config


def write_history(folder: Path, rows: list[dict[str, Any]]) -> None:
    """Writes history.csv whole, one row an epoch.

    Args:
        folder: the run's.
        rows: the epochs; `val_nll` is the cross-entropy of the validation part after the temperature that suits it
            best, which of the epochs of the warm-up only the last one has (else NaN).
    """
    lines = [",".join(_COLUMNS)]
    lines += [",".join(_text(row[column]) for column in _COLUMNS) for row in rows]
    write_text(folder / HISTORY, "\n".join(lines) + "\n")


def read_history(folder: Path) -> list[dict[str, Any]]:
    """Reads the epochs so far.

    Returns:
        A mapping for each: `stage` a str, `epoch` an int, the rest floats; empty when there is no history yet.

    Raises:
        ConfigError: the file is something else.
    """
    try:
        with (folder / HISTORY).open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        numbers = _COLUMNS[2:]
        return [
            {"stage": row["stage"], "epoch": int(row["epoch"]), **{name: float(row[name]) for name in numbers}}
            for row in rows
        ]
    except FileNotFoundError:
        return []
    except (KeyError, TypeError, ValueError, csv.Error):
        raise ConfigError(f"{folder / HISTORY}: not the history of a run; train again with --overwrite") from None


def kept_row(rows: Sequence[dict[str, Any]], monitor: str) -> dict[str, Any] | None:
    """Selects the epoch whose weights are kept; of equal ones the later, as it was trained longer.

    Args:
        rows: the history; of the warm-up, only the last epoch's weights are there.
        monitor: of the recipe, "loss" or "accuracy".

    Returns:
        The row; None where there is none.
    """
    warmed = sum(row["stage"] == WARMUP for row in rows)
    kept = None
    for row in rows[max(0, warmed - 1) :]:
        if kept is None or _is_as_good(row, kept, monitor):
            kept = row
    return kept


def _is_as_good(row: dict[str, Any], other: dict[str, Any], monitor: str) -> bool:
    if monitor == "loss":
        return bool(row["val_nll"] <= other["val_nll"])
    return bool(row["val_accuracy"] >= other["val_accuracy"])


def write_metrics(folder: Path, metrics: dict[str, Any]) -> None:
    """Writes metrics.json, which makes the run a finished one."""
    write_text(folder / METRICS, json.dumps(metrics, indent=1, ensure_ascii=False) + "\n")


def read_metrics(folder: Path) -> dict[str, Any]:
    """Reads metrics.json.

    Raises:
        ConfigError: the run is not finished, or the file is something else.
    """
    try:
        metrics = json.loads((folder / METRICS).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(
            f"{folder}: training did not finish ({METRICS} is missing); continue it with: train --resume"
        ) from None
    except ValueError:
        raise ConfigError(f"{folder / METRICS}: not JSON; train again") from None
    if not isinstance(metrics, dict) or not metrics.keys() >= _REQUIRED:
        raise ConfigError(f"{folder / METRICS}: not the metrics of a finished run; train again")
    return metrics


def save_weights(model: Any, path: Path) -> None:
    """Saves a Keras model's weights, and its optimizer's state if it has one, whole.

    Raises:
        OutputError: the disk is full, or the file cannot be written.
    """
    with written_whole(path) as draft:
        model.save_weights(draft)


def write_rejection(folder: Path, head: Head) -> None:
    """Writes rejection.npz, the head that tells a run's classes from none of them."""
    with written_whole(folder / REJECTION) as draft, draft.open("wb") as file:
        np.savez(file, weights=head.weights, bias=head.bias)


def read_rejection(folder: Path) -> Head | None:
    """Reads rejection.npz.

    Returns:
        The head; None for a run that rejects nothing.

    Raises:
        ConfigError: the file is something else.
    """
    path = folder / REJECTION
    try:
        with path.open("rb") as file, np.load(file) as found:
            return Head(found["weights"], found["bias"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):
        raise ConfigError(f"{path}: not the rejection of a run; train again with --overwrite") from None


def last_weights(folder: Path, epochs: int) -> Path:
    """Names the file of the weights and the optimizer's state after some epochs of fine-tuning.

    It is there while a run is unfinished.

    Args:
        folder: the run's.
        epochs: how many are done.
    """
    return folder / f"last-{epochs}.weights.h5"


def remove_last_weights(folder: Path, but: Path | None = None) -> None:
    """Removes every file that `last_weights` names, except `but`."""
    for path in folder.glob("last-*.weights.h5"):
        if path != but:
            path.unlink(missing_ok=True)


def _text(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
