"""The images of a finished run, found again by its stored split."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path

import numpy as np

from app.arrays import Images
from app.images.prepare import InputSpec
from app.text import same_name
from training.data.dataset import Sample
from training.data.decode import prepared_chunks, stack
from training.data.split_file import PARTS, read_rows


def stored_samples(split: Path, data_root: Path, labels: Sequence[str]) -> dict[str, list[Sample]]:
    """Reads the samples of a stored split, whether or not their files are still there.

    Args:
        split: the split.csv of a run.
        data_root: where its paths start.
        labels: the classes wanted, whose spelling counts; samples of others are left out.

    Returns:
        Part -> its samples, in the order of the file.

    Raises:
        ConfigError: the file is not a split.
    """
    parts: dict[str, list[Sample]] = {part: [] for part in PARTS}
    for name, sha256, label, part in read_rows(split):
        if (same := same_name(label, labels)) is not None:
            parts[part].append(Sample(path=data_root / name, name=name, label=same, sha256=sha256, group=sha256))
    return parts


def balanced(samples: Sequence[Sample]) -> list[Sample]:
    """Orders samples in turns, one of each class, then another of each, so that any beginning is balanced."""
    by_label = defaultdict(list)
    for sample in sorted(samples, key=lambda sample: sample.sha256):  # looks random, and is the same every time
        by_label[sample.label].append(sample)
    turns = zip_longest(*(by_label[label] for label in sorted(by_label)))
    return [sample for turn in turns for sample in turn if sample is not None]


def first_readable(samples: Sequence[Sample], spec: InputSpec, count: int) -> Images:
    """Reads the first images that can be read.

    Args:
        samples: the image files, in the order wanted.
        spec: what the model expects.
        count: how many images.

    Returns:
        RGB uint8 (n, S, S, 3); n is less than `count`, or even 0, where no more can be read.
    """
    found = [stack([], spec.size)]
    missing = count
    for _, images in prepared_chunks(samples, spec):
        found.append(images[:missing])
        missing -= len(found[-1])
        if not missing:
            break
    return np.concatenate(found)
