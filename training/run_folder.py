"""The run folder: what a training run leaves on disk, and what resume, export and compare read back."""

import csv
import json
import secrets
import shutil
from pathlib import Path
from typing import Any

import msgspec
import yaml

from app.config.yaml_file import load_settings
from app.errors import ConfigError
from training.recipe import Recipe

CONFIG, HISTORY, METRICS, SPLIT = "config.yaml", "history.csv", "metrics.json", "split.csv"
CURVES, CONFUSION, SAMPLES = "curves.png", "confusion.png", "samples.png"
WEIGHTS = "best.weights.h5"
EVENTS = "tensorboard"
_COLUMNS = ("stage", "epoch", "loss", "accuracy", "val_loss", "val_accuracy", "val_nll", "learning_rate", "seconds")
_REQUIRED = {"temperature", "thresholds", "images", "images_per_class", "val", "test"}


class RunConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that led to a run. data_root: where split.csv's paths start. trained_on: ISO date."""

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


def refuse_existing(folder: Path, overwrite: bool) -> None:
    """Raises ConfigError for a folder that exists, unless it is a run or empty and may be overwritten."""
    if folder.exists():
        if not overwrite:
            raise ConfigError(
                f"{folder} exists; choose another name with --run, go on with it with --resume, or replace it with "
                "--overwrite"
            )
        if not folder.is_dir() or (any(folder.iterdir()) and not (folder / CONFIG).is_file()):
            raise ConfigError(f"{folder} is no training run (it has no {CONFIG}); --overwrite leaves it alone")


def create_run(folder: Path, overwrite: bool) -> None:
    """Makes an empty run folder. An existing one is refused with ConfigError, unless `overwrite` empties it."""
    refuse_existing(folder, overwrite)
    try:
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir(parents=True)
    except OSError as error:
        raise ConfigError(f"{folder}: the run folder cannot be made ({error.strerror})") from None


def check_unfinished(folder: Path) -> RunConfig:
    """The config of a run that can go on. Raises ConfigError for a folder that is none and for a finished run."""
    config = read_config(folder)
    if (folder / METRICS).exists():
        raise ConfigError(f"{folder}: this run is finished; nothing to resume (--overwrite trains it anew)")
    return config


def write_config(folder: Path, config: RunConfig) -> None:
    text = yaml.safe_dump(msgspec.to_builtins(config), sort_keys=False, allow_unicode=True)
    _write(folder / CONFIG, text)


def read_config(folder: Path) -> RunConfig:
    """Raises ConfigError when the folder is no run or its config was damaged."""
    if not (folder / CONFIG).is_file():
        raise ConfigError(f"{folder}: no training run here ({CONFIG} is missing); give the folder of a --run")
    return load_settings(RunConfig, folder / CONFIG)


def write_history(folder: Path, rows: list[dict[str, Any]]) -> None:
    """history.csv, a row an epoch, replaced as a whole so that it is never half a line long.

    val_nll: the cross-entropy of the validation part after the temperature that suits it best; of the epochs of the
    warm-up, the last alone has one.
    """
    lines = [",".join(_COLUMNS)]
    lines += [",".join(_text(row[column]) for column in _COLUMNS) for row in rows]
    _write(folder / HISTORY, "\n".join(lines) + "\n")


def read_history(folder: Path) -> list[dict[str, Any]]:
    """The epochs so far: `stage` a str, `epoch` an int, the rest floats; empty when there is none."""
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


def write_metrics(folder: Path, metrics: dict[str, Any]) -> None:
    _write(folder / METRICS, json.dumps(metrics, indent=1, ensure_ascii=False) + "\n")


def read_metrics(folder: Path) -> dict[str, Any]:
    """Raises ConfigError when training did not come to its end."""
    try:
        metrics = json.loads((folder / METRICS).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(
            f"{folder}: training did not finish ({METRICS} is missing); go on with: train --resume"
        ) from None
    except ValueError:
        raise ConfigError(f"{folder / METRICS}: not JSON; train again") from None
    if not isinstance(metrics, dict) or not metrics.keys() >= _REQUIRED:
        raise ConfigError(f"{folder / METRICS}: not the metrics of a finished run; train again")
    return metrics


def save_weights(model: Any, path: Path) -> None:
    """Replaces `path` in one step, so that a kill at any moment leaves the old file or the new one."""
    draft = path.with_name(f".{secrets.token_hex(4)}.weights.h5")
    try:
        model.save_weights(draft)
        draft.replace(path)
    except OSError as error:
        raise ConfigError(
            f"{path}: the weights cannot be saved ({error.strerror or error}); is the disk full?"
        ) from None
    finally:
        draft.unlink(missing_ok=True)


def last_weights(folder: Path, epochs: int) -> Path:
    """The weights and the optimizer's state after so many epochs of fine-tuning; there while a run is unfinished."""
    return folder / f"last-{epochs}.weights.h5"


def remove_last_weights(folder: Path, but: Path | None = None) -> None:
    """Removes what `last_weights` names, except for one file."""
    for path in folder.glob("last-*.weights.h5"):
        if path != but:
            path.unlink(missing_ok=True)


def _write(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}.part")
    try:
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written ({error.strerror}); is the disk full?") from None


def _text(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
