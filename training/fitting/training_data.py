"""The images of a dataset, ready to train on: decoded, and in their parts."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from app.arrays import Ints
from app.text import counted, shortened
from training.augmentation.batches import Part, make_part
from training.data.cache import DecodedImages, load_images
from training.data.dataset import Dataset, check_classes, load_dataset, without_other
from training.data.near_duplicates import near_duplicates
from training.data.split import missing_parts, small_parts, split
from training.data.split_file import PARTS
from training.recipe import Recipe
from training.run_folder import CACHE


@dataclass(frozen=True, eq=False)
class TrainingData:
    """A dataset whose images are decoded and split.

    Attributes:
        dataset: where they come from.
        images: the readable ones.
        part_of: for each of these its part, one of PARTS.
    """

    dataset: Dataset
    images: DecodedImages
    part_of: list[str]

    def part(self, name: str) -> Part:
        """Returns the images of a part, with one-hot targets."""
        return make_part(self.images, self.part_of, name, self.dataset.labels)

    def warnings(self) -> Iterator[str]:
        """Yields what a user should know before training on them."""
        yield from self.dataset.warnings
        names = [sample.name for sample in self.images.unreadable]
        if names:
            yield f"{counted(len(names), 'unreadable file')} skipped: {shortened(names)}"
        yield from without_other(self.dataset.labels)
        yield from missing_parts(self.images.samples, self.part_of)
        yield from small_parts(self.part_of)

    def __str__(self) -> str:
        counts = Counter(self.part_of)
        parts = ", ".join(f"{counts[part]:,} {part}" for part in PARTS)
        return f"{self.dataset.name}: {len(self.dataset.labels)} classes, {parts}"


def load_trainable(data: Path, data_root: Path | None) -> Dataset:
    """Lists the images of a dataset that can be trained on; decodes none.

    Args:
        data: a folder of class folders, or a dataset YAML.
        data_root: where the YAML's folders are; None: beside it.

    Raises:
        ConfigError: no dataset, or too few classes or images.
    """
    dataset = load_dataset(data, data_root)
    check_classes(dataset.labels, dataset.samples)
    return dataset


def prepare_data(dataset: Dataset, recipe: Recipe, runs: Path, stored: Mapping[str, str]) -> TrainingData:
    """Decodes and splits a dataset.

    Args:
        dataset: of `load_trainable`.
        recipe: says how large, and which shares.
        runs: the folder of the run folders, beside which the decoded images are cached.
        stored: sha256 -> part, of images that keep theirs.

    Raises:
        ConfigError: too few images can be read, or the cache cannot be written.
    """
    images = load_images(dataset.samples, recipe.input_spec, runs / CACHE)
    check_classes(dataset.labels, images.samples)
    clusters = near_duplicates(images.hashes).tolist()
    kept = {**stored, **dataset.pinned}
    part_of = split(images.samples, recipe.split, recipe.seed, clusters=clusters, stored=kept)
    return TrainingData(dataset, images, part_of)


def spread(part: Part, most: int) -> Part:
    """Returns at most so many of a part's images, evenly spaced."""
    return subset(part, np.unique(np.linspace(0, len(part.rows) - 1, most).astype(int)))


def subset(part: Part, chosen: Ints) -> Part:
    """Returns some of a part's images.

    Args:
        part: the whole.
        chosen: (m,) positions among its rows, in the order wanted.
    """
    return replace(part, rows=part.rows[chosen], targets=part.targets[chosen], repeats=part.repeats[chosen])
