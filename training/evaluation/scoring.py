"""From labelled samples to scored answers, of one model or of several that are averaged."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from app.arrays import Float32s, Ints
from app.errors import ConfigError
from app.model.classifier import Classifier
from app.text import comparable, counted, shortened
from training.data.dataset import Sample
from training.evaluation.cross_dataset import CrossDataset, count_hits
from training.evaluation.predictions import Predictions, predict
from training.evaluation.selection import Warn

_THREADS = 2


def open_models(paths: Sequence[Path]) -> list[Classifier]:
    """Opens models whose answers can be averaged.

    Raises:
        ModelError: a file that is missing or no model.
        ConfigError: their labels are not the same.
    """
    first, *others = (Classifier(path, threads=_THREADS) for path in paths)
    labels = first.contract.labels
    for model in others:
        if [*map(comparable, model.contract.labels)] != [*map(comparable, labels)]:
            raise ConfigError(
                f"--ensemble {model.path}: its labels ({', '.join(model.contract.labels)}) are not those of "
                f"{first.path.name} ({', '.join(labels)}), in this order; only models of the same labels average"
            )
    return [first, *others]


def predict_readable(
    models: Sequence[Classifier],
    samples: Sequence[Sample],
    tta: str,
    data: Path,
    warn: Warn,
    cues: Mapping[str, Float32s] | None = None,
) -> Predictions:
    """Predicts what can be read.

    Args:
        models: one, or several to average.
        samples: the images.
        tta: a mode of training.evaluation.tta.
        data: where they come from, for the error.
        warn: is told of the unreadable ones.
        cues: as of `predict`.

    Raises:
        ConfigError: none can be read.
    """
    predictions = predict(models, samples, tta, cues)
    if not predictions.samples:
        raise ConfigError(f"{data}: none of its {len(samples)} images can be read")
    if len(predictions.samples) < len(samples):
        readable = set(predictions.samples)
        lost = [sample.name for sample in samples if sample not in readable]
        warn(f"{counted(len(lost), 'unreadable file')} skipped: {shortened(lost)}")
    return predictions


def class_numbers(samples: Sequence[Sample], labels: Sequence[str]) -> Ints:
    """Returns int64 (N,): where each sample's label stands among `labels`."""
    return np.array([labels.index(sample.label) for sample in samples], np.int64)


def compare_sources(
    source: str, classes: Mapping[str, str], labels: Sequence[str], here: Predictions, there: Predictions
) -> CrossDataset:
    """Counts the hits in both sources, on the classes that both have.

    Args:
        source: the other source's name.
        classes: class there -> class of the model.
        labels: the model's classes.
        here: the answers to the first source.
        there: the answers to the other source, its samples with the model's labels.
    """
    columns = sorted({labels.index(label) for label in classes.values()})
    hits = [count_hits(found.probs, class_numbers(found.samples, labels), columns) for found in (here, there)]
    return CrossDataset(source=source, classes=classes, here=hits[0], there=hits[1])
