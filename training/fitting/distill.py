"""Targets that mix the labels with the answers of finished runs, the teachers (Hinton et al. 2015)."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from app.arrays import Float32s, Ints
from app.errors import ConfigError
from app.model.probabilities import softmax
from app.text import comparable
from training.augmentation.batches import Part
from training.data.cache import load_images
from training.data.dataset import Sample
from training.networks.model import load_run
from training.recipe import Distill
from training.run_folder import read_config, read_metrics

_BATCH = 64


def check_teachers(teachers: Sequence[Path], labels: Sequence[str]) -> None:
    """Checks that every teacher can teach these classes.

    Raises:
        ConfigError: one is not a finished run, or has other classes.
    """
    for folder in teachers:
        config = read_config(folder)
        read_metrics(folder)
        if [*map(comparable, config.labels)] != [*map(comparable, labels)]:
            raise ConfigError(
                f"--teacher {folder}: its classes are {', '.join(config.labels)}; expected those of --data, "
                f"{', '.join(labels)}"
            )


def soften(part: Part, teachers: Sequence[Path], samples: Sequence[Sample], cache: Path, settings: Distill) -> Part:
    """Mixes the teachers' answers into a part's targets.

    The teachers' logits are averaged, over each image and its mirror image too, then softened by the temperature. Every
    teacher sees the images in its own size.

    Args:
        part: with one-hot targets.
        teachers: finished runs.
        samples: of the whole dataset, from which the images of `part` were loaded.
        cache: the folder of the decoded images.
        settings: the teachers' share of the target, and the temperature.

    Returns:
        The same part with float32 (n, K) soft targets; itself without teachers.
    """
    if not teachers:
        return part
    logits = np.mean([_logits(folder, samples, part.rows, cache) for folder in teachers], axis=0)
    mixed = settings.weight * softmax(logits, settings.temperature) + (1 - settings.weight) * part.targets
    return replace(part, targets=mixed.astype(np.float32))


def _logits(folder: Path, samples: Sequence[Sample], rows: Ints, cache: Path) -> Float32s:
    config, teacher = load_run(folder)
    images = load_images(samples, config.recipe.input_spec, cache).images
    print(f"teacher {folder}: answers for {len(rows):,} images", flush=True)
    starts = range(0, len(rows), _BATCH)
    return np.concatenate([_two_views(teacher, images[rows[start : start + _BATCH]]) for start in starts])


def _two_views(teacher: Any, images: Any) -> Float32s:
    logits: Float32s = (teacher.predict_on_batch(images) + teacher.predict_on_batch(images[:, :, ::-1])) / 2
    return logits
