"""The run folder: what a training run leaves on disk, and what export reads back."""

import json
import shutil
from pathlib import Path
from typing import Any

import msgspec
import yaml

from app.errors import ConfigError
from app.yamlfile import load_settings
from training.recipe import Recipe

CONFIG, HISTORY, METRICS, SPLIT = "config.yaml", "history.csv", "metrics.json", "split.csv"
CURVES, CONFUSION, WEIGHTS = "curves.png", "confusion.png", "best.weights.h5"


class RunConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that led to a run. data_root: where split.csv's paths start. trained_on: ISO date."""

    dataset: str
    data: str
    data_root: str
    weights: str
    trained_on: str
    rights: str = ""
    labels: list[str]
    versions: dict[str, str]
    recipe: Recipe


def create_run(folder: Path, overwrite: bool) -> None:
    """Makes an empty run folder. An existing one is refused with ConfigError, unless `overwrite` empties it."""
    if folder.exists():
        if not overwrite:
            raise ConfigError(f"{folder} exists; choose another name with --run, or replace it with --overwrite")
        if not folder.is_dir() or (any(folder.iterdir()) and not (folder / CONFIG).is_file()):
            raise ConfigError(f"{folder} is no training run (it has no {CONFIG}); --overwrite leaves it alone")
        shutil.rmtree(folder)
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise ConfigError(f"{folder}: the run folder cannot be made ({error.strerror})") from None


def write_config(folder: Path, config: RunConfig) -> None:
    text = yaml.safe_dump(msgspec.to_builtins(config), sort_keys=False, allow_unicode=True)
    (folder / CONFIG).write_text(text, encoding="utf-8")


def read_config(folder: Path) -> RunConfig:
    """Raises ConfigError when the folder is no run or its config was damaged."""
    if not (folder / CONFIG).is_file():
        raise ConfigError(f"{folder}: no training run here ({CONFIG} is missing); give the folder of a --run")
    return load_settings(RunConfig, folder / CONFIG)


def write_metrics(folder: Path, metrics: dict[str, Any]) -> None:
    (folder / METRICS).write_text(json.dumps(metrics, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read_metrics(folder: Path) -> dict[str, Any]:
    """Raises ConfigError when training did not come to its end."""
    try:
        metrics = json.loads((folder / METRICS).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{folder}: training did not finish ({METRICS} is missing); train again") from None
    except ValueError:
        raise ConfigError(f"{folder / METRICS}: not JSON; train again") from None
    if not isinstance(metrics, dict) or not {"temperature", "threshold", "val", "test"} <= metrics.keys():
        raise ConfigError(f"{folder / METRICS}: not the metrics of a finished run; train again")
    return metrics
