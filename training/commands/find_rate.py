"""`find-rate`: runs the learning rate range test, plots it and suggests a rate."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.errors import ConfigError
from app.outputs import check_target, unused_path
from training.commands.command import Command, add_data_flags, add_recipe_flags, import_tensorflow

if TYPE_CHECKING:
    from training.fitting.job import Job
    from training.recipe import Recipe


@dataclass(frozen=True, kw_only=True)
class FindRateOptions:
    """What to test, and where the plot goes.

    Attributes:
        data: a folder of class folders, or a dataset YAML.
        data_root: where the YAML's folders are; None: beside it.
        recipe: an experiment's YAML; None: the default recipe.
        weights: where the base starts: "imagenet", "none", a file or a run.
        overrides: "key=value" texts that go over the recipe.
        runs: the folder in which `train` keeps its runs, the decoded images and the stored split.
        plot: a PNG; None: rates.png, or the next name that is free.
        overwrite: whether that PNG may be replaced.
    """

    data: Path
    data_root: Path | None = None
    recipe: Path | None = None
    weights: str = "imagenet"
    overrides: Sequence[str] = ()
    runs: Path = Path("runs")
    plot: Path | None = None
    overwrite: bool = False


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Adds the flags of `find-rate`."""
    add_data_flags(parser)
    add_recipe_flags(parser)
    parser.add_argument(
        "--runs", type=Path, metavar="DIR", help="where your runs are, whose split and decoded images are used (runs)"
    )
    parser.add_argument("--plot", type=Path, metavar="FILE.png", help="where the plot goes (rates.png)")
    parser.add_argument("--overwrite", action="store_true", help="replace that file if it exists")


def find_rate(options: FindRateOptions) -> None:
    """Runs the test on the training part with a throw-away model, prints a suggestion and writes the plot.

    The head is fitted first where the recipe does so.

    Raises:
        AppError: every mistake of a user.
    """
    import_tensorflow()
    from training.data.layout import folders_read
    from training.fitting.lr_finder import find_lr, smooth, suggest
    from training.fitting.warm_up import warm_up
    from training.recipe import load_recipe
    from training.reports.lr_chart import draw_lr_curve

    no_dropout = "dropout=0"  # dropout would blur the curve, and hardly moves it
    recipe = load_recipe(options.recipe, [*options.overrides, no_dropout])
    if recipe.strategy == "frozen":
        raise ConfigError("strategy frozen never uses optimizer.learning_rate; set one that trains the base, as top_n")
    inputs = [*folders_read(options.data, options.data_root), *([options.recipe] if options.recipe else [])]
    plot = options.plot or unused_path(Path("rates.png"))
    check_target(plot, overwrite=options.overwrite, inputs=inputs)
    job = _job(options, recipe)
    warm_up(job)
    rates, losses = find_lr(job)
    found = suggest(rates, losses)
    marks = {} if found is None else {"steepest": found.steepest, "best rate / 10": found.tenth_of_best}
    draw_lr_curve(rates, losses, smooth(losses), marks, None if found is None else found.rate, plot)
    if found is None:
        print(f"no rate lowered the loss of {losses[0]:.3g}, so none is suggested; plot: {plot}")
        return
    print(f"steepest descent at {found.steepest:.1e}, a tenth of the best rate {found.tenth_of_best:.1e}")
    print(f"suggested: --set optimizer.learning_rate={found.rate:g} (steepest descent); plot: {plot}")


def _job(options: FindRateOptions, recipe: "Recipe") -> "Job":
    """A new model and the images that `train` gives it, of the training part as many as the test can show."""
    from training.data.split_store import read_store, store_path
    from training.fitting.job import Job, class_counts
    from training.fitting.lr_finder import shown_images
    from training.fitting.start import seeded_model
    from training.fitting.training_data import load_trainable, prepare_data

    dataset = load_trainable(options.data, options.data_root)
    model = seeded_model(recipe, len(dataset.labels), options.weights)
    stored = read_store(store_path(options.runs, dataset.name, recipe.seed))
    data = prepare_data(dataset, recipe, options.runs, stored)
    train = data.part("train")
    return Job(
        model=model,
        recipe=recipe,
        train=shown_images(train, recipe),
        val=data.part("val"),
        counts=class_counts(train),
        folder=options.runs,
    )


COMMAND = Command(
    name="find-rate",
    help="plot loss against learning rate and suggest one",
    add_flags=add_flags,
    options=FindRateOptions,
    run=find_rate,
    after_ctrl_c=lambda options: "no plot was written",
)
