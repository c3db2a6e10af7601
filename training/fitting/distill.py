"""Targets that finished runs (the teachers) think of, mixed with the labels (Hinton et al. 2015)."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from app.errors import ConfigError
from app.model.probabilities import softmax
from training import run_folder as run
from training.augmentation.batches import Part
from training.data.cache import load_images
from training.data.dataset import Sample
from training.evaluation.metrics import Floats, Ints
from training.networks.model import load_run
from training.recipe import Distill

_BATCH = 64


def check_teachers(teachers: Sequence[Path], labels: Sequence[str]) -> None:
    """Raises ConfigError unless every teacher is a finished run on the same classes."""
    for folder in teachers:
        config = run.read_config(folder)
        run.read_metrics(folder)
        if list(config.labels) != list(labels):
            raise ConfigError(
                f"--teacher {folder}: knows {', '.join(config.labels)}; it must know the classes of --data"
            )


def soften(part: Part, teachers: Sequence[Path], samples: Sequence[Sample], cache: Path, settings: Distill) -> Part:
    """The same part with targets that are `settings.weight` of the teachers' answer and the rest of the label.

    samples: of the whole dataset, as the pictures of `part` were loaded from. The teachers' logits are averaged over
    them and over each picture and its mirror image, then softened by `settings.temperature`. Every teacher sees the
    pictures in its own size.
    """
    logits = np.mean([_logits(folder, samples, part.rows, cache) for folder in teachers], axis=0)
    mixed = settings.weight * softmax(logits, settings.temperature) + (1 - settings.weight) * part.targets
    return replace(part, targets=mixed.astype(np.float32))


def _logits(folder: Path, samples: Sequence[Sample], rows: Ints, cache: Path) -> Floats:
    config, teacher = load_run(folder)
    images = load_images(samples, config.recipe.input_spec, cache).images
    print(f"teacher {folder}: answers for {len(rows):,} pictures", flush=True)
    starts = range(0, len(rows), _BATCH)
    return np.concatenate([_two_views(teacher, images[rows[start : start + _BATCH]]) for start in starts])


def _two_views(teacher: Any, images: Any) -> Floats:
    logits: Floats = (teacher.predict_on_batch(images) + teacher.predict_on_batch(images[:, :, ::-1])) / 2
    return logits
