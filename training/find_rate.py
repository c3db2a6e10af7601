"""The learning rate range test: a short training whose rate rises until it diverges (Smith 2017)."""

import math
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import msgspec
import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from app.contract import ModelContract
from app.errors import ConfigError
from app.yamlfile import load_settings
from training.augmentation.batches import Part, train_batches
from training.data.cache import Pictures, load_images
from training.data.dataset import check_classes, load_dataset
from training.data.similar import near_duplicates
from training.data.split import split
from training.data.split_store import read_store, store_path
from training.networks.model import build_model, unfreeze
from training.optimisation.losses import class_weights, make_loss
from training.optimisation.optimizers import make_optimizer
from training.recipe import DEFAULT_RECIPE, Recipe
from training.stages import Job, warm_up
from training.train import CACHE

# The range of fastai's `lr_find`, its number of steps and when it gives up.
LOWEST_RATE, HIGHEST_RATE, STEPS, DIVERGED = 1e-7, 10.0, 100, 4.0
_RUNS = Path("runs")  # where `train` usually leaves its runs, the decoded pictures and the stored split
_WIDTH = 3.0  # steps, standard deviation of the smoothing
_LEAST_FALL = 0.01  # of the first loss; less may be chance
_CURVE, _CHOSEN, _QUIET = "#2a6fbb", "#d1495b", "#888888"
Losses = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class FindRateOptions:
    """What the command line asks for. weights, overrides: as in TrainOptions. plot: a PNG, replaced if it exists."""

    data: Path
    data_root: Path | None = None
    recipe: Path | None = None
    weights: str = "imagenet"
    plot: Path = Path("rates.png")
    overrides: Sequence[str] = ()


@dataclass(frozen=True)
class Suggestion:
    """Two rates of thumb: where the loss falls fastest, and a tenth of the rate with the least loss."""

    steepest: float
    tenth_of_best: float

    @property
    def rate(self) -> float:
        """The suggestion, to two digits: where the loss falls fastest."""
        return float(f"{self.steepest:.1e}")


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


def range_test(job: Job) -> tuple[Losses, Losses]:
    """Rates and the loss of one batch at each, (n,) both, n <= STEPS; the model is of no use afterwards.

    Trains the layers that the recipe trains in the end. A batch's loss is mostly chance: some are harder than others.
    What the model as it came loses on the same batch shows by how much, and is subtracted, its mean excepted. Ends
    early when the smoothed loss exceeds four times its least value or a loss is no number. Raises ConfigError when
    the first one is none.
    """
    model, recipe, loss = job.model, job.recipe, make_loss(job.recipe, job.counts)
    unfreeze(model, recipe, recipe.top_layers if recipe.strategy == "top_n" else None)
    print(f"range test: {STEPS} steps from a rate of {LOWEST_RATE:g} to {HIGHEST_RATE:g}", flush=True)
    untrained = _InTrainingMode(model)
    untrained.compile(loss=loss, jit_compile=False)
    before = _BatchLosses()
    untrained.evaluate(_batches(job), callbacks=[before], verbose=0)
    model.compile(make_optimizer(recipe, model), loss, jit_compile=False)
    rising = _RisingRate(np.array(before.losses))
    model.fit(_batches(job), callbacks=[rising], shuffle=False, verbose=0)
    if not rising.losses:
        raise ConfigError("expected a loss before any training, got no number; are the --weights sound?")
    return rising.rates[: len(rising.losses)], rising.compared()


class _InTrainingMode(keras.Model):  # type: ignore[misc]
    """The same model, whose batch norm goes by the batch in an evaluation too, as far as it does in training."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self._model = model

    def call(self, frames: Any, training: bool | None = None) -> Any:
        return self._model(frames, training=True)


class _BatchLosses(keras.callbacks.Callback):  # type: ignore[misc]
    """Keeps the loss of each batch of an evaluation; Keras reports the mean over the batches so far."""

    def __init__(self) -> None:
        super().__init__()
        self.losses: list[float] = []

    def on_test_batch_begin(self, batch: int, logs: dict[str, float] | None = None) -> None:
        self.model.reset_metrics()

    def on_test_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        self.losses.append(float((logs or {})["loss"]))


class _RisingRate(keras.callbacks.Callback):  # type: ignore[misc]
    """Raises the rate exponentially from batch to batch. before: (STEPS,) losses of the batches without training."""

    rates: Losses = np.geomspace(LOWEST_RATE, HIGHEST_RATE, STEPS)

    def __init__(self, before: Losses) -> None:
        super().__init__()
        self.before, self.losses = before, list[float]()

    def compared(self) -> Losses:
        """The losses as if all batches so far had been equally hard."""
        before = self.before[: len(self.losses)]
        compared: Losses = np.array(self.losses) - before + self.before.mean()
        return compared

    def on_train_batch_begin(self, batch: int, logs: dict[str, float] | None = None) -> None:
        self.model.optimizer.learning_rate = self.rates[batch]
        self.model.reset_metrics()

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        loss = float((logs or {})["loss"])
        if not math.isfinite(loss):
            self.model.stop_training = True
            return
        self.losses.append(loss)
        smoothed = smooth(np.array(self.losses))  # those compared may fall below 0
        self.model.stop_training = bool(smoothed[-1] > DIVERGED * smoothed.min())


def smooth(losses: Losses) -> Losses:
    """Gaussian mean over neighbouring steps, (n,) -> (n,); centred, so that the curve does not lag behind its rates."""
    steps = np.arange(len(losses))
    kernel = np.exp(-(((steps[:, None] - steps) / _WIDTH) ** 2) / 2)
    smoothed: Losses = kernel @ losses / kernel.sum(axis=1)
    return smoothed


def suggest(rates: Losses, losses: Losses) -> Suggestion | None:
    """From the curve of `range_test`; None when the loss never falls by more than chance."""
    if len(losses) < 2:
        return None
    smoothed = smooth(losses)
    best = int(smoothed.argmin())
    if smoothed[best] > (1 - _LEAST_FALL) * smoothed[0]:
        return None
    slope = np.gradient(smoothed, np.log(rates))
    return Suggestion(float(rates[slope[: best + 1].argmin()]), float(rates[best] / 10))


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
    contract = ModelContract(dataset.labels, recipe.input_size, recipe.resize, (0.5,) * len(dataset.labels))
    pictures = load_images(dataset.samples, contract, _RUNS / CACHE)
    check_classes(dataset.labels, pictures.samples)
    clusters = near_duplicates(pictures.hashes).tolist()
    stored = read_store(store_path(_RUNS, dataset.name, recipe.seed))
    parts = split(pictures.samples, recipe.split, recipe.seed, clusters=clusters, stored=stored)
    train, val = (_part(pictures, parts, part, dataset.labels) for part in ("train", "val"))
    counts = train.targets.sum(axis=0).astype(int).tolist()
    shown = np.random.default_rng(recipe.seed).permutation(len(train.rows))[: STEPS * recipe.batch_size]
    few = Part(train.images, train.rows[shown], train.targets[shown], train.repeats[shown])
    return Job(model=model, recipe=recipe, train=few, val=val, counts=counts, folder=options.plot.parent)


def _part(pictures: Pictures, parts: Sequence[str], part: str, labels: Sequence[str]) -> Part:
    rows = np.flatnonzero(np.array(parts) == part)
    samples = [pictures.samples[int(row)] for row in rows]
    targets = np.eye(len(labels), dtype=np.float32)[[labels.index(sample.label) for sample in samples]]
    return Part(pictures.images, rows, targets, np.array([sample.repeat for sample in samples], np.int64))


def _batches(job: Job) -> Any:
    """A tf.data.Dataset of STEPS training batches, with sample weights where the recipe balances the classes.

    To be read once: a second pass would mix its pictures differently, while a second dataset has the same batches.
    """
    batches = train_batches(job.train, job.recipe, 0)
    for epoch in range(1, math.ceil(STEPS / int(batches.cardinality()))):
        batches = batches.concatenate(train_batches(job.train, job.recipe, epoch))
    weights = class_weights(job.recipe, job.counts)
    if weights is not None:
        of_class = np.array([weights[index] for index in range(len(weights))], np.float32)
        batches = batches.map(lambda images, targets: (images, targets, keras.ops.matmul(targets, of_class)))
    return batches.take(STEPS)
