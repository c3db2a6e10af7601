"""The pictures of a finished run, found again by its stored split."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path

import numpy as np
import numpy.typing as npt

from app.images.prepare import InputSpec
from training.data.dataset import Sample
from training.data.decode import prepared_chunks
from training.data.split import PARTS, read_rows


def stored_samples(split: Path, data_root: Path, labels: Sequence[str]) -> dict[str, list[Sample]]:
    """Part -> its samples, in the order of the file, whether or not they are still there.

    Those of a label that is not among `labels` are left out. Raises ConfigError for a file that is no split.
    """
    parts: dict[str, list[Sample]] = {part: [] for part in PARTS}
    for name, sha256, label, part in read_rows(split):
        if label in labels:
            parts[part].append(Sample(path=data_root / name, name=name, label=label, sha256=sha256, group=sha256))
    return parts


def balanced(samples: Sequence[Sample]) -> list[Sample]:
    """The same samples in turns: one of each class, then another of each; any beginning of it is balanced."""
    by_label = defaultdict(list)
    for sample in sorted(samples, key=lambda sample: sample.sha256):  # random, and the same again
        by_label[sample.label].append(sample)
    turns = zip_longest(*(by_label[label] for label in sorted(by_label)))
    return [sample for turn in turns for sample in turn if sample is not None]


def first_readable(samples: Sequence[Sample], spec: InputSpec, count: int) -> npt.NDArray[np.uint8]:
    """The first `count` readable ones, RGB uint8 (n, S, S, 3); fewer when there are no more, n may be 0."""
    size = spec.size
    found = [np.empty((0, size, size, 3), np.uint8)]
    missing = count
    for _, pictures in prepared_chunks(samples, spec):
        found.append(pictures[:missing])
        missing -= len(found[-1])
        if not missing:
            break
    return np.concatenate(found)
