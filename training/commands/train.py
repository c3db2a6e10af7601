"""`train`: from image folders to a run folder; reads from top to bottom."""

import argparse
import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.errors import ConfigError
from app.system.terminal import warn
from training.commands.command import Command, add_data_flags, add_recipe_flags, import_tensorflow

if TYPE_CHECKING:
    from training.fitting.start import Run

_DEFAULT_WEIGHTS = "imagenet"


@dataclass(frozen=True, kw_only=True)
class TrainOptions:
    """What to train on, how, and into which folder.

    Attributes:
        data: a folder of class folders, or a dataset YAML.
        data_root: where the YAML's folders are; None: beside it.
        run: folder for all that the run leaves.
        recipe: an experiment's YAML; None: the default recipe.
        weights: where the base starts: "imagenet", "none", a file or a run.
        overrides: "key=value" texts that go over the recipe.
        split: a stored split.csv whose parts to keep; None: those of earlier runs on this dataset.
        teacher: finished runs to distil from.
        resume: the run of this name is continued.
        overwrite: a run of the same name is replaced.
        tensorboard: TensorBoard events are written too.
    """

    data: Path
    data_root: Path | None = None
    run: Path
    recipe: Path | None = None
    weights: str = _DEFAULT_WEIGHTS
    overrides: Sequence[str] = ()
    split: Path | None = None
    teacher: Sequence[Path] = ()
    resume: bool = False
    overwrite: bool = False
    tensorboard: bool = False


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Adds the flags of `train`."""
    add_data_flags(parser)
    parser.add_argument("--run", type=Path, required=True, metavar="runs/NAME", help="folder for all the run leaves")
    add_recipe_flags(parser)
    parser.add_argument("--split", type=Path, metavar="FILE", help="keep the parts of a stored split.csv")
    parser.add_argument(
        "--teacher", type=Path, action="append", metavar="runs/NAME", help="distil from it (repeatable)"
    )
    parser.add_argument("--resume", action="store_true", help="continue an interrupted run of this name")
    parser.add_argument("--overwrite", action="store_true", help="replace a run of the same name")
    parser.add_argument(
        "--tensorboard", action="store_true", help="also write TensorBoard events into the run's folder"
    )


def train(options: TrainOptions) -> None:
    """Trains, calibrates and scores; leaves all of it in the run folder.

    Raises:
        AppError: every mistake of a user.
    """
    if options.tensorboard and importlib.util.find_spec("tensorboard") is None:
        raise ConfigError("--tensorboard needs a package that is not installed: pip install tensorboard")
    import_tensorflow()
    from training.augmentation.samples import draw_samples
    from training.data.split_file import PARTS
    from training.fitting.calibrate_and_score import calibrate_and_score
    from training.fitting.distill import soften
    from training.fitting.job import Job, class_counts
    from training.fitting.stages import fit
    from training.fitting.training_data import prepare_data
    from training.reports.charts import draw_curves
    from training.run_folder import CACHE, CURVES, EVENTS, HISTORY, SAMPLES

    run = _resumed(options) if options.resume else _begun(options)
    recipe, labels, runs = run.config.recipe, run.dataset.labels, run.folder.parent

    data = prepare_data(run.dataset, recipe, runs, run.stored)
    run.keep_split(data)
    for line in data.warnings():
        warn(line)
    print(data)
    parts = {name: data.part(name) for name in PARTS}
    draw_samples(parts["train"], recipe, labels, run.folder / SAMPLES)

    job = Job(
        model=run.model,
        recipe=recipe,
        train=soften(parts["train"], run.teachers, run.dataset.samples, runs / CACHE, recipe.distill),
        val=parts["val"],
        counts=class_counts(parts["train"]),
        folder=run.folder,
    )
    history, tuned_share = fit(job)

    if options.tensorboard:
        from training.fitting.tensorboard import write_events

        write_events(history, run.folder / EVENTS)
    draw_curves(run.folder / HISTORY, run.folder / CURVES)
    calibrate_and_score(run.model, recipe, parts, labels, history, run.folder, tuned_share)


def _begun(options: TrainOptions) -> "Run":
    from training.fitting.start import begin
    from training.recipe import load_recipe

    return begin(
        options.run,
        load_recipe(options.recipe, options.overrides),
        data=options.data,
        data_root=options.data_root,
        weights=options.weights,
        split=options.split,
        teachers=options.teacher,
        overwrite=options.overwrite,
    )


def _resumed(options: TrainOptions) -> "Run":
    """The run as it was interrupted; what would change it is refused."""
    from training.fitting.start import resume
    from training.run_folder import CONFIG, read_unfinished

    config = read_unfinished(options.run)
    if options.overwrite:
        raise ConfigError("--resume continues a run, --overwrite replaces it; give one of them")
    if options.recipe or options.overrides:
        raise ConfigError(f"--resume takes the recipe of {options.run / CONFIG}; leave out --recipe and --set")
    if options.weights not in (_DEFAULT_WEIGHTS, config.weights) or options.split or options.teacher:
        raise ConfigError(
            "--resume keeps the run's start, split and teachers; leave out --weights, --split and --teacher"
        )
    return resume(options.run, config, data=options.data, data_root=options.data_root)


def _after_ctrl_c(options: TrainOptions) -> str:
    if not options.run.is_dir():
        return "the run had not begun"
    return "the best weights and the history so far are kept; continue with --resume"


COMMAND = Command(
    name="train",
    help="fine-tune on image folders",
    add_flags=add_flags,
    options=TrainOptions,
    run=train,
    after_ctrl_c=_after_ctrl_c,
)
