"""One line that says how far training is, and when it will end."""

import sys
import time
from collections.abc import Sequence
from typing import Any

import keras

from app.text import counted
from training.run_folder import WARMUP, kept_row

_EVERY_S = 0.5
_THREE = 3  # of N answers that are all right, 3 / N may be wrong elsewhere, with 95 % certainty (the rule of three)
_WANTED_ERROR = 0.01


class EpochProgress(keras.callbacks.Callback):  # type: ignore[misc]
    """Overwrites one line on a terminal with the progress of an epoch; silent elsewhere.

    Args:
        epoch: its number, counted from 1.
        epochs: how many there will be.
        steps: batches of each.
    """

    def __init__(self, epoch: int, epochs: int, steps: int) -> None:
        super().__init__()
        self._epoch, self._epochs, self._steps = epoch, epochs, steps
        self._began = self._shown = time.monotonic()

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Shows how far the epoch is, twice a second at most."""
        now = time.monotonic()
        if not sys.stdout.isatty() or (now - self._shown < _EVERY_S and batch + 1 < self._steps):
            return
        self._shown = now
        done = batch + 1
        left_s = (now - self._began) / done * (self._steps - done + (self._epochs - self._epoch) * self._steps)
        values = f"loss {logs['loss']:.3f}, accuracy {logs['accuracy']:.3f}" if logs else ""
        line = f"epoch {self._epoch}/{self._epochs}  batch {done}/{self._steps}  {values}  {format_left(left_s)}"
        print(f"\r{line:<100}", end="\r" if done == self._steps else "", flush=True)


def report_epoch(rows: Sequence[dict[str, Any]], monitor: str, epoch: int, epochs: int, seconds_each: float) -> None:
    """Prints the line of an epoch that ended, and which epoch's weights are kept so far.

    Args:
        rows: the history, of which the last row is that epoch's.
        monitor: of the recipe.
        epoch: its number, counted from 1.
        epochs: how many there will be.
        seconds_each: how long one has taken so far.
    """
    row, kept = rows[-1], kept_row(rows, monitor)
    left = f"  {format_left(seconds_each * (epochs - epoch))}" if epoch < epochs else ""
    mark = "kept so far" if kept is None or kept is row else f"kept: {_name(kept, row['epoch'] - epoch)}"
    print(
        f"epoch {epoch}/{epochs}  loss {row['loss']:.3f}  accuracy {row['accuracy']:.4f}  "
        f"validation {row['val_accuracy']:.4f} ({mark})  {row['seconds']:.0f} s{left}",
        flush=True,
    )


def report_kept(rows: Sequence[dict[str, Any]], monitor: str, images: int) -> None:
    """Says what a run keeps where that is no epoch of fine-tuning, and what a perfect validation proves.

    Args:
        rows: the history.
        monitor: of the recipe.
        images: of the validation part.
    """
    kept = kept_row(rows, monitor)
    if kept is None:
        return
    if kept["stage"] == WARMUP and rows[-1] is not kept:
        print("kept: the warm-up, a new head on the network as it was; fine-tuning did not better it", flush=True)
    if kept["val_accuracy"] == 1:
        most = min(1.0, _THREE / images)
        print(
            f"all {counted(images, 'validation image')} are right: as many as {most:.0%} of others may still be wrong; "
            f"{_THREE / _WANTED_ERROR:.0f} that are right would show less than {_WANTED_ERROR:.0%}",
            flush=True,
        )


def _name(kept: dict[str, Any], warmed: int) -> str:
    return "warm-up" if kept["stage"] == WARMUP else f"epoch {kept['epoch'] - warmed}"


def format_left(seconds: float) -> str:
    """Says in words about how long it will still take."""
    if seconds < 90:
        return f"{seconds:.0f} s left"
    minutes = round(seconds / 60)
    return f"{minutes} min left" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min left"
