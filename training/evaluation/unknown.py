"""How well a model tells what shows one of its activities from what shows none."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from app.arrays import Bools, Float32s, Float64s, Ints
from app.errors import ConfigError
from app.labels import is_other
from app.model.contract import ModelContract
from training.evaluation.coverage import above_threshold

KNOWN_SHOWN = 0.95  # share of the known images at which FPR95 is taken


@dataclass(frozen=True, eq=False)
class Unknown:
    """Images of none of a model's activities beside those of its activities.

    The confidence of an image is that of its likeliest activity; a class `other` is no activity.

    Attributes:
        data: the name of the folder of unknown images.
        known: float64 (N,), the confidences of the images of activities.
        unknown: float64 (M,), those of the unknown images.
        named: the share of the unknown images that the app would show as an activity, 0..1.
        auroc: how likely a known image has more confidence than an unknown one, 0..1; 0.5 is chance.
        fpr95: the share of the unknown images above the confidence that 95 % of the known ones reach, 0..1.
    """

    data: str
    known: Float64s
    unknown: Float64s
    named: float
    auroc: float
    fpr95: float

    def to_json(self) -> dict[str, Any]:
        """Converts the figures to JSON's types."""
        shares = {"named": self.named, "auroc": self.auroc, "fpr95": self.fpr95}
        return {"data": self.data, "images": len(self.unknown), **{key: round(of, 4) for key, of in shares.items()}}


def judge_unknown(contract: ModelContract, known: Float32s, truth: Ints, unknown: Float32s, data: str) -> Unknown:
    """Compares the answers to known and to unknown images.

    Args:
        contract: of the model.
        known: (N, K), its answers to labelled images.
        truth: (N,), their classes.
        unknown: (M, K), its answers to images of none of its activities.
        data: the name of their folder.

    Raises:
        ConfigError: no labelled image shows an activity.
    """
    is_activity = np.array([not is_other(label) for label in contract.labels])
    shows_activity = is_activity[truth]
    if not shows_activity.any():
        raise ConfigError("--unknown compares with images of activities, and the data has none; give it some")
    confidences = [_confidence(probs, is_activity) for probs in (known[shows_activity], unknown)]
    least = float(np.quantile(confidences[0], 1 - KNOWN_SHOWN))
    named = above_threshold(unknown, contract.thresholds) & is_activity[unknown.argmax(axis=1)]
    return Unknown(
        data=data,
        known=confidences[0],
        unknown=confidences[1],
        named=float(named.mean()),
        auroc=area_under_roc(*confidences),
        fpr95=float((confidences[1] >= least).mean()),
    )


def area_under_roc(positive: Float64s, negative: Float64s) -> float:
    """Computes how likely a positive is above a negative; half of it where they are equal.

    Args:
        positive: (N,).
        negative: (M,).
    """
    ordered = np.sort(negative)
    below, up_to = (np.searchsorted(ordered, positive, side=side) for side in ("left", "right"))
    return float((below + up_to).mean() / (2 * len(negative)))


def _confidence(probs: Float32s, is_activity: Bools) -> Float64s:
    return np.asarray(probs[:, is_activity].max(axis=1), np.float64)
