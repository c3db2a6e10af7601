"""The end of a run: temperature and thresholds from the validation part, then the scores of every part."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from app.model.probabilities import softmax
from app.model.thresholds import fit_thresholds
from training import run_folder as run
from training.augmentation.batches import Part
from training.data.split_file import PARTS
from training.evaluation import temperature as calibrate
from training.evaluation.metrics import score
from training.networks.model import parameters
from training.recipe import Recipe
from training.reports.charts import draw_confusion
from training.reports.report import format_scores

_MOST_TRAIN = 2000  # pictures that tell the training accuracy within a point


def finish(
    model: Any,
    recipe: Recipe,
    data: dict[str, Part],
    labels: Sequence[str],
    history: Sequence[dict[str, Any]],
    folder: Path,
) -> None:
    """Writes metrics.json and the confusion matrix of the test part, and prints what it is worth."""
    scored = data | {"train": _spread(data["train"], _MOST_TRAIN)}
    logits = {part: model.predict(scored[part].batches(recipe.batch_size), verbose=0) for part in PARTS}
    temperature = calibrate.fit_temperature(logits["val"], data["val"].truth)
    probs = {part: softmax(logits[part], temperature) for part in PARTS}
    thresholds = fit_thresholds(probs["val"], data["val"].truth, len(labels), recipe.wanted_accuracy)
    scores = {part: score(probs[part], data[part].truth, labels, thresholds) for part in ("val", "test")}
    counts = {part: data[part].targets.sum(axis=0).astype(int).tolist() for part in PARTS}
    run.write_metrics(
        folder,
        {
            "temperature": round(temperature, 4),
            "thresholds": [round(value, 4) for value in thresholds],
            "parameters": parameters(model),
            "minutes": round(sum(row["seconds"] for row in history) / 60, 1),
            "images": {part: len(data[part].rows) for part in PARTS},
            "images_per_class": {
                label: {part: counts[part][index] for part in PARTS} for index, label in enumerate(labels)
            },
            "train": {"accuracy": round(float((probs["train"].argmax(axis=1) == scored["train"].truth).mean()), 4)},
            **{part: scores[part].to_json() for part in scores},
        },
    )
    run.remove_last_weights(folder)  # only a run that is not finished needs them
    draw_confusion(scores["test"], folder / run.CONFUSION)
    print(f"validation accuracy {scores['val'].accuracy:.4f}; temperature {temperature:.2f}")
    print(f"test part: {format_scores(scores['test'])}\nrun folder: {folder}")


def _spread(part: Part, most: int) -> Part:
    """At most so many of the part's pictures, evenly spaced."""
    chosen = np.unique(np.linspace(0, len(part.rows) - 1, most).astype(int))
    return replace(part, rows=part.rows[chosen], targets=part.targets[chosen], repeats=part.repeats[chosen])
