"""An evaluation made up in memory, of discs that are really on the disk."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from app.images.prepare import InputSpec
from app.model.contract import ModelContract
from tests import toy
from tests.training.pictures import COLOURS, write_image
from training.data.dataset import load_dataset
from training.evaluation.breakdown import break_down
from training.evaluation.cross_dataset import CrossDataset
from training.evaluation.evaluation import Evaluation
from training.evaluation.metrics import score
from training.evaluation.predictions import Predictions


def make_evaluation(
    folder: Path,
    labels: Sequence[str] = toy.LABELS,
    info: Mapping[str, Any] | None = None,
    cross: CrossDataset | None = None,
) -> Evaluation:
    """Five discs for each of the first three labels; every answer has a confidence of 0.9, the first one is wrong."""
    for number, (label, colour) in enumerate(zip(labels[:3], ("red", "green", "blue"), strict=True)):
        for image in range(5):
            write_image(folder / "discs" / label / f"{image}.png", COLOURS[colour], seed=10 * number + image)
    model = toy.write_model(folder / "colours.onnx", labels=labels, classes=len(labels))
    samples = list(load_dataset(folder / "discs").samples)
    truth = np.array([labels.index(sample.label) for sample in samples])
    probs = np.full((15, len(labels)), 0.1 / (len(labels) - 1), np.float32)
    probs[np.arange(15), truth] = 0.9
    probs[0] = np.roll(probs[0], 1)
    contract = ModelContract(tuple(labels), InputSpec(32, "crop"), (0.5,) * len(labels), info or {})
    return Evaluation(
        model=model,
        contract=contract,
        data="discs",
        dataset="discs",
        predictions=Predictions(samples, probs, None),
        truth=truth,
        scores=score(probs, truth, labels, contract.thresholds, probs**2 / (probs**2).sum(axis=1, keepdims=True)),
        breakdown=break_down(samples, probs, truth, labels, contract.thresholds),
        cross=cross,
        warnings=("something about <b>labels</b>",),
    )
