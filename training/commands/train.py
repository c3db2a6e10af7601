"""A training run from image folders to a run folder; reads from top to bottom."""

import datetime
import importlib.metadata
import importlib.util
import platform
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras

from app.config.yaml_file import load_settings
from app.errors import ConfigError
from app.text import counted, shortened
from training import run_folder as run
from training.augmentation.batches import make_part
from training.augmentation.samples import draw_samples
from training.data.cache import DecodedImages, load_images
from training.data.dataset import Dataset, check_classes, load_dataset
from training.data.near_duplicates import near_duplicates
from training.data.split import missing_parts, small_parts, split
from training.data.split_file import PARTS, read_parts, write_split
from training.data.split_store import read_store, store_path, write_store
from training.fitting.calibrate_and_score import finish
from training.fitting.distill import check_teachers, soften
from training.fitting.stages import Job, fine_tune, warm_up
from training.networks.model import build_model
from training.recipe import DEFAULT_RECIPE, Recipe
from training.reports.charts import draw_curves

CACHE = "cache"
DEFAULT_WEIGHTS = "imagenet"
_VERSIONED = ("tensorflow", "tensorflow-cpu", "keras", "numpy", "opencv-python", "opencv-python-headless")


@dataclass(frozen=True, kw_only=True)
class TrainOptions:
    """What the command line asks for. weights: "imagenet", "none", a file or a run. overrides: "key=value" texts.

    split: a stored split.csv whose parts to keep. teacher: finished runs to distil from.
    """

    data: Path
    run: Path
    data_root: Path | None = None
    recipe: Path | None = None
    weights: str = DEFAULT_WEIGHTS
    split: Path | None = None
    teacher: Sequence[Path] = ()
    overrides: Sequence[str] = ()
    overwrite: bool = False
    resume: bool = False
    tensorboard: bool = False


def train(options: TrainOptions) -> None:
    """Trains, calibrates, scores, and leaves all of it in the run folder. Raises AppError for every user mistake."""
    if options.tensorboard and importlib.util.find_spec("tensorboard") is None:
        raise ConfigError("--tensorboard needs a package that is not installed: pip install tensorboard")
    resumed = run.check_unfinished(options.run) if options.resume else None
    recipe = resumed.recipe if resumed else load_settings(Recipe, options.recipe or DEFAULT_RECIPE, options.overrides)
    if not resumed:
        run.refuse_existing(options.run, options.overwrite)  # before a download and minutes of decoding
    dataset = load_dataset(options.data, options.data_root)
    check_classes(dataset.labels, dataset.samples)
    _check_resumed(resumed, options, dataset)
    teachers = [Path(path) for path in resumed.teachers] if resumed else list(options.teacher)
    check_teachers(teachers, dataset.labels)
    keras.utils.set_random_seed(recipe.seed)
    model = build_model(recipe, len(dataset.labels), resumed.weights if resumed else options.weights)
    if not resumed:
        run.create_run(options.run, options.overwrite)
        run.write_config(options.run, _run_config(options, recipe, dataset))

    cache = options.run.parent / CACHE
    pictures = load_images(dataset.samples, recipe.input_spec, cache)
    check_classes(dataset.labels, pictures.samples)
    parts = _split(options, recipe, dataset, pictures)
    _warn([*dataset.warnings, *_unreadable(pictures), *missing_parts(pictures.samples, parts), *small_parts(parts)])
    counts = Counter(parts)
    print(f"{dataset.name}: {len(dataset.labels)} classes, " + ", ".join(f"{counts[part]:,} {part}" for part in PARTS))

    data = {part: make_part(pictures, parts, part, dataset.labels) for part in PARTS}
    draw_samples(data["train"], recipe, dataset.labels, options.run / run.SAMPLES)
    job = Job(
        model=model,
        recipe=recipe,
        train=soften(data["train"], teachers, dataset.samples, cache, recipe.distill) if teachers else data["train"],
        val=data["val"],
        counts=data["train"].targets.sum(axis=0).astype(int).tolist(),
        folder=options.run,
    )
    history = run.read_history(options.run)
    if not any(row["stage"] == "finetune" for row in history):
        history = warm_up(job)
        run.write_history(options.run, history)
    history = fine_tune(job, history)
    if options.tensorboard:
        from training.fitting.tensorboard import write_events

        write_events(history, options.run / run.EVENTS)
    draw_curves(options.run / run.HISTORY, options.run / run.CURVES)
    finish(model, recipe, data, dataset.labels, history, options.run)


def _check_resumed(resumed: run.RunConfig | None, options: TrainOptions, dataset: Dataset) -> None:
    if resumed is None:
        return
    if options.overwrite:
        raise ConfigError("--resume goes on with a run, --overwrite replaces it; give one of them")
    if options.recipe or options.overrides:
        raise ConfigError(f"--resume takes the recipe of {options.run / run.CONFIG}; leave out --recipe and --set")
    if options.weights not in (DEFAULT_WEIGHTS, resumed.weights) or options.split or options.teacher:
        raise ConfigError(
            "--resume keeps the run's start, split and teachers; leave out --weights, --split and --teacher"
        )
    if resumed.labels != list(dataset.labels):
        raise ConfigError(f"{options.data}: not the classes of {options.run}, which has {', '.join(resumed.labels)}")


def _split(options: TrainOptions, recipe: Recipe, dataset: Dataset, pictures: DecodedImages) -> list[str]:
    """The part of each picture. Those that an earlier run has seen, or that --split names, keep theirs."""
    store = store_path(options.run.parent, dataset.name, recipe.seed)
    own = options.run / run.SPLIT
    if options.resume and own.is_file():
        stored = read_parts(own)
    else:
        stored = read_store(store) if options.split is None else read_parts(options.split)
    clusters = near_duplicates(pictures.hashes).tolist()
    parts = split(pictures.samples, recipe.split, recipe.seed, clusters=clusters, stored={**stored, **dataset.pinned})
    write_split(own, pictures.samples, parts)
    if options.split is None and not options.resume:
        write_store(store, pictures.samples, parts)
    return parts


def _unreadable(pictures: DecodedImages) -> list[str]:
    names = [sample.name for sample in pictures.unreadable]
    return [f"{counted(len(names), 'unreadable file')} skipped: {shortened(names)}"] if names else []


def _warn(lines: Sequence[str]) -> None:
    for line in lines:
        print(f"warning: {line}", file=sys.stderr)


def _run_config(options: TrainOptions, recipe: Recipe, dataset: Dataset) -> run.RunConfig:
    return run.RunConfig(
        dataset=dataset.name,
        data=options.data.as_posix(),
        data_root=dataset.root.resolve().as_posix(),
        weights=options.weights,
        teachers=[path.as_posix() for path in options.teacher],
        trained_on=datetime.date.today().isoformat(),
        rights=dataset.rights,
        labels=list(dataset.labels),
        versions=dict(_versions()),
        recipe=recipe,
    )


def _versions() -> Any:
    yield "python", platform.python_version()
    for name in _VERSIONED:
        try:
            yield name, importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
