"""The end of a run: temperature, rejection and thresholds, then the scores of every part."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from app.command import program
from app.model.probabilities import softmax
from app.model.thresholds import fit_thresholds
from training.augmentation.batches import Part
from training.data.split_file import PARTS
from training.evaluation.metrics import score
from training.evaluation.temperature import fit_temperature
from training.fitting.interruptible import predict
from training.fitting.job import class_counts
from training.fitting.rejection import fit_run_rejection
from training.fitting.training_data import spread
from training.networks.model import parameters
from training.recipe import Recipe
from training.reports.charts import draw_confusion
from training.reports.score_text import format_scores
from training.run_folder import CONFUSION, remove_last_weights, write_metrics, write_rejection

_MOST_TRAIN = 2000  # images that tell the training accuracy within a point


def calibrate_and_score(
    model: Any,
    recipe: Recipe,
    parts: Mapping[str, Part],
    labels: Sequence[str],
    history: Sequence[dict[str, Any]],
    folder: Path,
    tuned_share: float | None = None,
) -> None:
    """Writes metrics.json, the rejection and the confusion matrix of the test part, and prints the scores.

    Args:
        model: the fitted keras.Model, frames -> logits.
        recipe: says which selective accuracy the thresholds are fitted to, and whether what is unknown is rejected.
        parts: train, val and test, with one-hot targets.
        labels: the classes, in the order of the logits.
        history: the epochs, for the minutes that they took.
        folder: the run's.
        tuned_share: of the fine-tuned weights in those that are kept; None: the recipe does not interpolate.
    """
    scored = {**parts, "train": spread(parts["train"], _MOST_TRAIN)}
    logits = {part: predict(model, scored[part].batches(recipe.batch_size)) for part in PARTS}
    temperature = fit_temperature(logits["val"], parts["val"].truth)
    probs = {part: softmax(logits[part], temperature) for part in PARTS}
    found = {} if tuned_share is None else {"tuned_share": tuned_share}
    if recipe.reject_unknown:
        print("none of these: telling the classes from the background that ships", flush=True)
        rejection = fit_run_rejection(model, recipe, parts["train"], parts["val"], probs["val"])
        write_rejection(folder, rejection.head)
        found["background_taken"] = round(rejection.background_taken, 4)
        for part in ("val", "test"):
            known = rejection.known(model, parts[part], recipe.batch_size)
            probs[part] = (probs[part] * known).astype(np.float32)
    thresholds = fit_thresholds(probs["val"], parts["val"].truth, len(labels), recipe.wanted_accuracy)
    scores = {part: score(probs[part], parts[part].truth, labels, thresholds) for part in ("val", "test")}
    train_accuracy = float((probs["train"].argmax(axis=1) == scored["train"].truth).mean())
    metrics = {
        "temperature": round(temperature, 4),
        "thresholds": [round(value, 4) for value in thresholds],
        "parameters": parameters(model),
        "minutes": round(sum(row["seconds"] for row in history) / 60, 1),
        "images": {part: len(parts[part].rows) for part in PARTS},
        **found,
        "images_per_class": _images_per_class(parts, labels),
        "train": {"accuracy": round(train_accuracy, 4)},
        **{part: scores[part].to_json() for part in scores},
    }
    write_metrics(folder, metrics)
    remove_last_weights(folder)  # only a run that is not finished needs them
    draw_confusion(scores["test"], folder / CONFUSION)
    print(f"validation accuracy {scores['val'].accuracy:.4f}; temperature {temperature:.2f}")
    print(f"test part: {format_scores(scores['test'])}\nrun folder: {folder}")
    print(f"next: {program('train')} export {folder} --output models/{folder.name}.onnx")


def _images_per_class(parts: Mapping[str, Part], labels: Sequence[str]) -> dict[str, dict[str, int]]:
    counts = {part: class_counts(parts[part]) for part in PARTS}
    return {label: {part: counts[part][index] for part in PARTS} for index, label in enumerate(labels)}
