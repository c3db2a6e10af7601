"""How a run starts: begun from a recipe and a dataset, or resumed where it was interrupted."""

import datetime
import importlib.metadata
import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras

from app.errors import ConfigError
from app.text import comparable
from training.data.dataset import Dataset
from training.data.layout import folders_read
from training.data.split_file import read_parts, write_split
from training.data.split_store import read_store, store_path, write_store
from training.fitting.distill import check_teachers
from training.fitting.training_data import TrainingData, load_trainable
from training.networks.model import build_model
from training.recipe import Recipe
from training.run_folder import SPLIT, RunConfig, check_unused, create_run

_VERSIONED = ("tensorflow", "tensorflow-cpu", "keras", "numpy", "opencv-python", "opencv-python-headless")


@dataclass(frozen=True, eq=False, kw_only=True)
class Run:
    """A run that can train: its folder holds its config, and its model is built.

    Attributes:
        folder: the run's.
        config: what led to it.
        dataset: its images, not decoded.
        model: a keras.Model with the weights that it starts from.
        stored: sha256 -> part, of images that keep theirs.
        store: where the split is remembered for later runs; None: nowhere.
    """

    folder: Path
    config: RunConfig
    dataset: Dataset
    model: Any
    stored: Mapping[str, str]
    store: Path | None

    @property
    def teachers(self) -> list[Path]:
        """The runs that it distils from."""
        return [Path(teacher) for teacher in self.config.teachers]

    def keep_split(self, data: TrainingData) -> None:
        """Writes the run's split, and remembers it for later runs."""
        write_split(self.folder / SPLIT, data.images.samples, data.part_of)
        if self.store is not None:
            write_store(self.store, data.images.samples, data.part_of)


def _check_outside(folder: Path, inputs: Sequence[Path]) -> None:
    """Checks that a run which is replaced takes nothing with it that is read."""
    for path in inputs:
        if folder.exists() and path.resolve().is_relative_to(folder.resolve()):
            raise ConfigError(f"{folder}: --overwrite would delete {path}, which is read; choose another --run")


def begin(
    folder: Path,
    recipe: Recipe,
    *,
    data: Path,
    data_root: Path | None,
    weights: str,
    split: Path | None,
    teachers: Sequence[Path],
    overwrite: bool,
) -> Run:
    """Begins a run. A mistake leaves no folder, and is found before anything is decoded.

    Args:
        folder: the run's, which must not exist unless `overwrite` replaces it.
        recipe: the settings of the experiment.
        data: a folder of class folders, or a dataset YAML.
        data_root: where the YAML's folders are; None: beside it.
        weights: where the base starts: "imagenet", "none", a file or a run.
        split: a stored split.csv whose parts to keep; None: those of earlier runs on this dataset.
        teachers: finished runs to distil from.
        overwrite: a run of the same name is replaced.

    Raises:
        ConfigError: any mistake in these.
    """
    check_unused(folder, overwrite)
    _check_outside(folder, [*folders_read(data, data_root), *teachers])
    dataset = load_trainable(data, data_root)
    check_teachers(teachers, dataset.labels)
    store = store_path(folder.parent, dataset.name, recipe.seed)
    stored = read_store(store) if split is None else read_parts(split)
    config = RunConfig(
        dataset=dataset.name,
        data=data.as_posix(),
        data_root=dataset.root.resolve().as_posix(),
        weights=weights,
        teachers=[path.as_posix() for path in teachers],
        trained_on=datetime.date.today().isoformat(),
        rights=dataset.rights,
        labels=list(dataset.labels),
        versions=dict(_versions()),
        recipe=recipe,
    )
    model = seeded_model(recipe, len(dataset.labels), weights)
    create_run(folder, config, overwrite)
    return Run(
        folder=folder,
        config=config,
        dataset=dataset,
        model=model,
        stored=stored,
        store=store if split is None else None,
    )


def resume(folder: Path, config: RunConfig, *, data: Path, data_root: Path | None) -> Run:
    """Continues a run that was interrupted.

    Args:
        folder: the run's.
        config: what led to it.
        data: a folder of class folders, or a dataset YAML, with the run's images.
        data_root: where the YAML's folders are; None: beside it.

    Raises:
        ConfigError: the classes are not the run's.
    """
    dataset = load_trainable(data, data_root)
    if [*map(comparable, config.labels)] != [*map(comparable, dataset.labels)]:
        raise ConfigError(f"{data}: not the classes of {folder}, which has {', '.join(config.labels)}")
    check_teachers([Path(teacher) for teacher in config.teachers], dataset.labels)
    own = folder / SPLIT
    store = store_path(folder.parent, dataset.name, config.recipe.seed)
    return Run(
        folder=folder,
        config=config,
        dataset=dataset,
        model=seeded_model(config.recipe, len(config.labels), config.weights),
        stored=read_parts(own) if own.is_file() else read_store(store),
        store=None,
    )


def seeded_model(recipe: Recipe, classes: int, weights: str) -> Any:
    """Builds a model whose new head, and all that follows, draws from the recipe's seed.

    Args:
        recipe: the settings of the experiment.
        classes: how many.
        weights: where the base starts: "imagenet", "none", a file or a run.

    Returns:
        A keras.Model, see `build_model`.

    Raises:
        ConfigError: an unknown backbone, or weights that cannot be had.
    """
    keras.utils.set_random_seed(recipe.seed)
    return build_model(recipe, classes, weights)


def _versions() -> Iterator[tuple[str, str]]:
    yield "python", platform.python_version()
    for name in _VERSIONED:
        try:
            yield name, importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
