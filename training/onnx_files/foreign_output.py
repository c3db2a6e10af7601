"""Which output of a model made elsewhere holds its answers, and what they are: measured on images."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from app.arrays import Float32s
from app.errors import ConfigError, ModelError
from app.text import listed

_SUM_TOLERANCE = 1e-3  # as of the app's Classifier


@dataclass(frozen=True)
class ForeignOutput:
    """The output that holds the answers.

    Attributes:
        position: among the outputs.
        is_probs: probabilities; else logits.
        is_single: one number for two classes: that of the second.
    """

    position: int
    is_probs: bool
    is_single: bool


def find_output(path: Path, outputs: Sequence[npt.NDArray[Any]], classes: int, choice: str | None) -> ForeignOutput:
    """Finds it.

    Args:
        path: of the model, for messages.
        outputs: the original's, of N images.
        classes: how many labels there are.
        choice: "probs" or "logits"; None: as the numbers look.

    Raises:
        ConfigError: no output fits the labels.
        ModelError: the answers are no float numbers, or no probabilities of one class in K.
    """
    widths = [output[0].size if output.ndim > 1 else 0 for output in outputs]
    fitting = [place for place, width in enumerate(widths) if width == classes or (width == 1 and classes == 2)]
    if not fitting:
        raise ConfigError(
            f"{path}: answers with {listed([str(width) for width in widths])} numbers an image, the labels are "
            f"{classes}; give as many, in the order of the answers, with --labels"
        )
    position = fitting[0]
    values = _rows(outputs[position])
    if outputs[position].dtype.kind != "f" or not np.isfinite(values).all():
        kind = outputs[position].dtype
        raise ModelError(f"{path}: expected finite float answers, got {kind}; write the model again without int8")
    is_single = widths[position] == 1
    is_positive = bool((values >= 0).all() and (values <= 1 + _SUM_TOLERANCE).all())
    sums_to_one = is_single or bool((np.abs(values.sum(axis=1) - 1) <= _SUM_TOLERANCE).all())
    is_probs = is_positive and sums_to_one if choice is None else choice == "probs"
    if is_probs and not (is_positive and sums_to_one):
        raise ConfigError(f"{path}: its answers are no probabilities that sum to one; say --logits, not --probs")
    if choice is None and is_positive and not sums_to_one:
        raise ModelError(
            f"{path}: judges each class by itself (sigmoid), expected one class of {classes} (softmax); train it "
            "with a softmax, or take it as it is with --logits"
        )
    return ForeignOutput(position, is_probs, is_single)


def expected_probs(outputs: Sequence[npt.NDArray[Any]], output: ForeignOutput) -> Float32s:
    """Returns float32 (N, K): what the original's answers mean."""
    values = _rows(outputs[output.position])
    if output.is_single:
        values = np.concatenate([1 - values if output.is_probs else np.zeros_like(values), values], axis=1)
    if not output.is_probs:
        powers = np.exp(values - values.max(axis=1, keepdims=True))
        values = powers / powers.sum(axis=1, keepdims=True)
    return values.astype(np.float32)


def _rows(output: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    return output.reshape(len(output), -1).astype(np.float64)
