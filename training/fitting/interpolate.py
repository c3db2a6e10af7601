"""Weights between those before and those after fine-tuning, as far as they lose nothing.

A network on the straight line between the two is as accurate on what it learnt, often more, and keeps more of what it
knew before: it goes astray less on images of another kind (Wortsman et al. 2022, "Robust fine-tuning of zero-shot
models"). Of several shares the smallest is taken that is as good as the best on validation, as far as a sign test can
tell.
"""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app.arrays import Bools, Float32s
from training.fitting import interruptible
from training.fitting.history import tuned_rows
from training.fitting.job import Job
from training.networks.model import load_exactly, without_optimizer
from training.recipe import Recipe
from training.run_folder import BEFORE, WARMUP, WEIGHTS, save_weights

SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)  # of the fine-tuned weights
CHANCE = 0.2  # how likely a fair coin must show a lead of such a size for it not to count; one or two images never do

Weights = list[Float32s]


def interpolates(recipe: Recipe, rows: Sequence[dict[str, Any]]) -> bool:
    """Whether a run of this history ends with `interpolate`: its fine-tuning starts from a warmed-up network."""
    return recipe.interpolate and any(row["stage"] == WARMUP for row in rows)


def interpolate(job: Job, rows: Sequence[dict[str, Any]]) -> float | None:
    """Replaces the best weights, in the model and in the run's folder, by a mean of them and those before fine-tuning.

    Args:
        job: its model has the best weights.
        rows: the whole history.

    Returns:
        The share of the fine-tuned weights, one of SHARES; None where the run does not interpolate.
    """
    before = job.folder / BEFORE
    if not before.is_file():
        return None
    share = _interpolate(job, before)
    save_weights(without_optimizer(job.model), job.folder / WEIGHTS)
    before.unlink()
    if tuned_rows(rows) and 0 < share < 1:
        print(f"kept: {1 - share:.0%} of the weights before fine-tuning, {share:.0%} of those after it", flush=True)
    return share


def _interpolate(job: Job, before: Path) -> float:
    model = without_optimizer(job.model)
    tuned: Weights = model.get_weights()
    load_exactly(model, before, "this run's network", "train again with --overwrite")
    start: Weights = model.get_weights()
    hits = []
    for share in SHARES:
        model.set_weights(_between(start, tuned, share))
        logits = interruptible.predict(model, job.val.batches(job.recipe.batch_size))
        hits.append(logits.argmax(axis=1) == job.val.truth)
    share = SHARES[smallest_as_good(hits)]
    model.set_weights(_between(start, tuned, share))
    return share


def smallest_as_good(hits: Sequence[Bools]) -> int:
    """Finds the first candidate that falls short of the most accurate by no more than chance explains.

    Args:
        hits: for each candidate (N,), which of the same images it has right.
    """
    best = max(hits, key=lambda of_images: float(of_images.mean()))
    for position, of_images in enumerate(hits):
        lost, gained = int((best & ~of_images).sum()), int((of_images & ~best).sum())
        if _tail(lost, lost + gained) > CHANCE:
            return position
    raise AssertionError("the best is as good as itself")


def _tail(count: int, of: int) -> float:
    """The probability that so many or more of fair coins show heads."""
    return float(sum(math.comb(of, heads) for heads in range(count, of + 1)) / 2**of)


def _between(start: Weights, tuned: Weights, share: float) -> Weights:
    return [(1 - share) * old + share * new for old, new in zip(start, tuned, strict=True)]
