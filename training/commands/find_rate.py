"""Which learning rate to train with: runs the range test, plots it and suggests one."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import keras
import msgspec
import numpy as np
from matplotlib.figure import Figure

from app.config.yaml_file import load_settings
from app.errors import ConfigError
from training.augmentation.batches import make_part
from training.commands.train import CACHE
from training.data.cache import load_images
from training.data.dataset import check_classes, load_dataset
from training.data.near_duplicates import near_duplicates
from training.data.split import split
from training.data.split_store import read_store, store_path
from training.fitting.lr_finder import STEPS, Losses, Suggestion, range_test, smooth, suggest
from training.fitting.stages import Job, warm_up
from training.networks.model import build_model
from training.recipe import DEFAULT_RECIPE, Recipe

_RUNS = Path("runs")  # where `train` usually leaves its runs, the decoded pictures and the stored split
_CURVE, _CHOSEN, _QUIET = "#2a6fbb", "#d1495b", "#888888"


@dataclass(frozen=True, kw_only=True)
class FindRateOptions:
    """What the command line asks for. weights, overrides: as in TrainOptions. plot: a PNG, replaced if it exists."""

    data: Path
    data_root: Path | None = None
    recipe: Path | None = None
    weights: str = "imagenet"
    plot: Path = Path("rates.png")
    overrides: Sequence[str] = ()


def find_rate(options: FindRateOptions) -> None:
    """Runs the test on the training part with a throw-away model, prints a suggestion and writes the plot.

    The head is fitted first where the recipe does so. Raises AppError for every user mistake.
    """
    recipe = load_settings(Recipe, options.recipe or DEFAULT_RECIPE, options.overrides)
    recipe = msgspec.structs.replace(recipe, dropout=0.0)  # it would blur the curve, and hardly moves it
    if recipe.strategy == "frozen":
        raise ConfigError("strategy frozen never uses optimizer.learning_rate; set one that trains the base, as top_n")
    if not options.plot.parent.is_dir():
        raise ConfigError(f"{options.plot.parent}: no such folder for the plot; create it or choose another --plot")
    keras.utils.set_random_seed(recipe.seed)
    job = _prepare(options, recipe)
    warm_up(job)
    rates, losses = range_test(job)
    suggestion = suggest(rates, losses)
    draw_rates(rates, losses, suggestion, options.plot)
    if suggestion is None:
        print(f"no rate lowered the loss of {losses[0]:.3g}, so none is suggested; plot: {options.plot}")
        return
    print(f"steepest descent at {suggestion.steepest:.1e}, a tenth of the best rate {suggestion.tenth_of_best:.1e}")
    print(f"suggested: --set optimizer.learning_rate={suggestion.rate:g} (steepest descent); plot: {options.plot}")


def draw_rates(rates: Losses, losses: Losses, suggestion: Suggestion | None, target: Path) -> None:
    """Loss against rate with the suggestions marked, as a PNG. Raises ConfigError when it cannot be written."""
    smoothed = smooth(losses)
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.subplots()
    axes.semilogx(rates, losses, ".", color=_CURVE, alpha=0.35, markersize=5, label="batch")
    axes.semilogx(rates, smoothed, color=_CURVE, linewidth=2, label="smoothed")
    if suggestion is not None:
        height = np.interp(np.log(suggestion.rate), np.log(rates), smoothed)
        for rate, name in ((suggestion.steepest, "steepest"), (suggestion.tenth_of_best, "best rate / 10")):
            axes.axvline(rate, color=_QUIET, linestyle="--", linewidth=1)
            axes.annotate(f" {name}", (rate, 0.02), xycoords=("data", "axes fraction"), color=_QUIET, fontsize=9)
        axes.plot(suggestion.rate, height, "o", color=_CHOSEN, markersize=8, label=f"suggested: {suggestion.rate:g}")
    bottom, top = min(losses.min(), smoothed.min()), max(losses[: len(losses) // 2 + 1].max(), smoothed[0] * 1.5)
    axes.set(ylim=(bottom - 0.08 * (top - bottom), top), xlabel="learning rate", ylabel="loss of the batch")
    axes.set_title("Learning rate range test")
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.25)
    axes.legend(frameon=False, loc="upper left")
    draft = target.with_name(f".{target.name}-{secrets.token_hex(4)}")
    try:
        figure.savefig(draft, dpi=120, format="png")
        draft.replace(target)
    except OSError as error:
        raise ConfigError(f"{target}: the plot cannot be written ({error.strerror}); choose another --plot") from None
    finally:
        draft.unlink(missing_ok=True)


def _prepare(options: FindRateOptions, recipe: Recipe) -> Job:
    """A new model and the pictures that `train` gives it, of the training part as many as the test can show."""
    dataset = load_dataset(options.data, options.data_root)
    check_classes(dataset.labels, dataset.samples)
    model = build_model(recipe, len(dataset.labels), options.weights)
    pictures = load_images(dataset.samples, recipe.input_spec, _RUNS / CACHE)
    check_classes(dataset.labels, pictures.samples)
    clusters = near_duplicates(pictures.hashes).tolist()
    stored = read_store(store_path(_RUNS, dataset.name, recipe.seed))
    parts = split(pictures.samples, recipe.split, recipe.seed, clusters=clusters, stored=stored)
    train, val = (make_part(pictures, parts, part, dataset.labels) for part in ("train", "val"))
    counts = train.targets.sum(axis=0).astype(int).tolist()
    shown = np.random.default_rng(recipe.seed).permutation(len(train.rows))[: STEPS * recipe.batch_size]
    few = replace(train, rows=train.rows[shown], targets=train.targets[shown], repeats=train.repeats[shown])
    return Job(model=model, recipe=recipe, train=few, val=val, counts=counts, folder=options.plot.parent)
