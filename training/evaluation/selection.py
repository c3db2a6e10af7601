"""Which images of a dataset a model is scored on, and what to doubt about them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from app.errors import ConfigError
from app.model.contract import ModelContract
from app.system.terminal import warn
from app.text import same_name, shortened, tidy
from training.data.dataset import Dataset, Sample
from training.data.split_file import read_parts, read_split

Warn = Callable[..., None]  # takes any number of lines


class Warnings:
    """Prints warnings as they come, and keeps them for the report.

    Attributes:
        lines: those so far.
    """

    def __init__(self) -> None:
        self.lines: list[str] = []

    def add(self, *lines: str) -> None:
        """Adds lines and prints them on stderr."""
        for line in lines:
            warn(line)
        self.lines += lines


def restrict_to_part(dataset: Dataset, split: Path, part: str, warn: Warn) -> Dataset:
    """Selects the images of one part of a stored split.

    Args:
        dataset: all images.
        split: a run's split.csv.
        part: train, val or test.
        warn: is told of those that are gone or have changed.

    Raises:
        ConfigError: another file, or none of the part's images is here.
    """
    wanted = read_split(split, part)
    wanted = {tidy(name): sha256 for name, sha256 in wanted.items()}  # macOS may write names in other letters
    samples = tuple(sample for sample in dataset.samples if wanted.get(tidy(sample.name)) == sample.sha256)
    found = {tidy(sample.name) for sample in samples}
    lost = [name for name in wanted if name not in found]
    if not samples:
        raise ConfigError(f"{split}: none of its {part} images is below {dataset.root}; is this another dataset?")
    if lost:
        warn(f"{len(lost)} {part} images of {split} are missing or have changed: {shortened(lost)}")
    return replace(dataset, samples=samples)


def known_samples(dataset: Dataset, labels: Sequence[str], warn: Warn) -> list[Sample]:
    """Selects the samples whose class the model knows, under the model's name of it.

    Args:
        dataset: all images.
        labels: the model's classes.
        warn: is told of the classes that only one of the two has.

    Raises:
        ConfigError: no class in common.
    """
    known = {label: same_name(label, labels) for label in dataset.labels}
    unknown = [label for label, same in known.items() if same is None]
    absent = [label for label in labels if label not in known.values()]
    if len(unknown) == len(dataset.labels):
        raise ConfigError(f"no class of the data ({', '.join(unknown)}) is one of the model's ({', '.join(labels)})")
    if unknown:
        warn(f"classes the model does not know, left out: {', '.join(unknown)}")
    if absent:
        warn(f"classes of the model without images here: {', '.join(absent)}")
    return [replace(sample, label=same) for sample in dataset.samples if (same := known[sample.label]) is not None]


def mapped_samples(other: Dataset, classes: Mapping[str, str], split: Path | None, warn: Warn) -> list[Sample]:
    """Selects the samples of another source that have a class of the model, under that class.

    Args:
        other: the other source.
        classes: class there -> class of the model.
        split: of the model's run; None: not known.
        warn: is told of the classes left out, and of images that the model was trained on.
    """
    left_out = [label for label in other.labels if label not in classes]
    if left_out:
        warn(f"classes of the other source that have no counterpart, left out: {', '.join(left_out)}")
    samples = [replace(sample, label=classes[sample.label]) for sample in other.samples if sample.label in classes]
    parts = read_parts(split) if split is not None else {}
    trained_on = sum(parts.get(sample.sha256) == "train" for sample in samples)
    if trained_on:
        warn(
            f"{trained_on} of the {len(samples)} images of the other source are in the train part of {split}, which "
            "makes it too easy"
        )
    return samples


def doubts_about_training_data(dataset: Dataset, contract: ModelContract) -> Iterator[str]:
    """Yields a warning when the model was trained on a dataset of this name."""
    if contract.info.get("dataset") == dataset.name:
        yield (
            f"the model was trained on {dataset.name}: these may include its training images, which makes the scores "
            "too good; score the held-out ones alone with --split runs/NAME/split.csv"
        )
