"""A training run from image folders to a run folder; reads from top to bottom."""

import datetime
import importlib.metadata
import platform
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from app.contract import ModelContract
from app.yamlfile import load_settings
from training import calibrate, run
from training.charts import draw_confusion, draw_curves
from training.dataset import Dataset, Sample, check_classes, load_dataset, shorten
from training.images import load_images
from training.metrics import score
from training.model import build_model
from training.recipe import DEFAULT_RECIPE, Recipe
from training.report import format_scores
from training.split import PARTS, missing_parts, split, write_split
from training.stages import Part, fine_tune, warm_up

_VERSIONED = ("tensorflow", "tensorflow-cpu", "keras", "numpy", "opencv-python", "opencv-python-headless")


@dataclass(frozen=True, kw_only=True)
class TrainOptions:
    """What the command line asks for. weights: "imagenet", "none" or a path. overrides: "key=value" texts."""

    data: Path
    run: Path
    data_root: Path | None = None
    recipe: Path | None = None
    weights: str = "imagenet"
    overrides: Sequence[str] = ()
    overwrite: bool = False


def train(options: TrainOptions) -> None:
    """Trains, calibrates, scores, and leaves all of it in the run folder. Raises AppError for every user mistake."""
    recipe = load_settings(Recipe, options.recipe or DEFAULT_RECIPE, options.overrides)
    dataset = load_dataset(options.data, options.data_root)
    check_classes(dataset.labels, dataset.samples)
    contract = ModelContract(dataset.labels, recipe.input_size, recipe.resize, (0.5,) * len(dataset.labels))
    keras.utils.set_random_seed(recipe.seed)
    model = build_model(recipe.input_size, len(dataset.labels), recipe.alpha, recipe.dropout, options.weights)
    run.create_run(options.run, options.overwrite)
    run.write_config(options.run, _run_config(options, recipe, dataset))

    samples, images = load_images(dataset.samples, contract, options.run)
    check_classes(dataset.labels, samples)
    parts = split(samples, recipe.seed)
    write_split(options.run / run.SPLIT, samples, parts)
    for line in [*dataset.warnings, *_unreadable(dataset.samples, samples), *missing_parts(samples, parts)]:
        print(f"warning: {line}", file=sys.stderr)
    counts = Counter(parts)
    print(f"{dataset.name}: {len(dataset.labels)} classes, " + ", ".join(f"{counts[part]} {part}" for part in PARTS))

    data = {part: _part(images, samples, parts, part, dataset.labels) for part in PARTS}
    history, best = options.run / run.HISTORY, options.run / run.WEIGHTS
    verbose = 1 if sys.stdout.isatty() else 2
    warm_up(model, recipe, data["train"], data["val"], history, verbose)
    fine_tune(model, recipe, data["train"], data["val"], history, best, verbose)
    draw_curves(history, options.run / run.CURVES)
    _finish(model, recipe, data, dataset, options.run)


def _finish(model: Any, recipe: Recipe, data: dict[str, Part], dataset: Dataset, folder: Path) -> None:
    """Temperature and threshold from the validation part, then the scores of validation and test."""
    logits = {part: model.predict(data[part].batches(recipe.batch_size), verbose=0) for part in ("val", "test")}
    temperature = calibrate.fit_temperature(logits["val"], data["val"].truth)
    threshold = calibrate.fit_threshold(calibrate.softmax(logits["val"], temperature), data["val"].truth)
    thresholds = (threshold,) * len(dataset.labels)
    scores = {
        part: score(calibrate.softmax(logits[part], temperature), data[part].truth, dataset.labels, thresholds)
        for part in logits
    }
    counts = {part: data[part].targets.sum(axis=0).astype(int).tolist() for part in PARTS}
    run.write_metrics(
        folder,
        {
            "temperature": round(temperature, 4),
            "threshold": threshold,
            "images": {part: len(data[part].rows) for part in PARTS},
            "images_per_class": {
                label: {part: counts[part][index] for part in PARTS} for index, label in enumerate(dataset.labels)
            },
            **{part: scores[part].to_json() for part in scores},
        },
    )
    draw_confusion(scores["test"], folder / run.CONFUSION)
    print(f"validation accuracy {scores['val'].accuracy:.4f}; temperature {temperature:.2f}, threshold {threshold:.2f}")
    print(f"test part: {format_scores(scores['test'])}\nrun folder: {folder}")


def _part(
    images: npt.NDArray[np.uint8], samples: Sequence[Sample], parts: Sequence[str], part: str, labels: Sequence[str]
) -> Part:
    rows = np.flatnonzero(np.array(parts) == part)
    index = {label: number for number, label in enumerate(labels)}
    truth = [index[samples[int(row)].label] for row in rows]
    return Part(images, rows, np.eye(len(labels), dtype=np.float32)[truth])


def _unreadable(wanted: Sequence[Sample], readable: Sequence[Sample]) -> list[str]:
    found = {sample.path for sample in readable}
    lost = [sample.name for sample in wanted if sample.path not in found]
    return [f"{len(lost)} unreadable files skipped: {shorten(lost)}"] if lost else []


def _run_config(options: TrainOptions, recipe: Recipe, dataset: Dataset) -> run.RunConfig:
    versions = {"python": platform.python_version()}
    for name in _VERSIONED:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return run.RunConfig(
        dataset=dataset.name,
        data=options.data.as_posix(),
        data_root=dataset.root.resolve().as_posix(),
        weights=options.weights,
        trained_on=datetime.date.today().isoformat(),
        rights=dataset.rights,
        labels=list(dataset.labels),
        versions=versions,
        recipe=recipe,
    )
