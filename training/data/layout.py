"""Which folders make up which class: a folder of class folders, a published split, or a dataset YAML."""

import os
import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

from msgspec import Meta, Struct

from app.config.yaml_file import load_settings
from app.errors import ConfigError
from training.data import folders


class Folder(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A folder of which at most so many pictures are taken, each shown `repeat` times in an epoch of training."""

    folder: str
    at_most: Annotated[int, Meta(ge=1)] | None = None
    repeat: Annotated[int, Meta(ge=1, le=100)] = 1


class DatasetFile(Struct, frozen=True, kw_only=True):
    """What a dataset YAML says; folders are relative to the data root.

    groups: folder prefix -> regular expression whose one group, searched in the file name, names the picture's group.
    pinned: train, val or test -> groups ("<prefix>:<name>") that belong to that part, whatever the seed.
    skip: file name patterns, such as "*-weak-*", to leave out. rights: one line that travels in the model file.
    """

    name: str
    rights: str = ""
    classes: dict[str, list[str | Folder]]
    groups: dict[str, str] = {}
    pinned: dict[Literal["train", "val", "test"], list[str]] = {}
    skip: list[str] = []


class Entry(NamedTuple):
    """A folder of a class; part: of an official split."""

    folder: str
    at_most: int | None = None
    repeat: int = 1
    part: str | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """What is to be read. patterns: of `groups`, compiled. pinned: group -> part."""

    name: str
    root: Path
    classes: dict[str, list[Entry]]
    rights: str = ""
    skip: Sequence[str] = ()
    patterns: dict[str, re.Pattern[str]] = field(default_factory=dict)
    pinned: Mapping[str, str] = field(default_factory=dict)


def read_layout(data: Path, root: Path | None) -> Layout:
    """Of a folder, or of a dataset YAML whose folders lie below `root` (None: beside it). Raises ConfigError."""
    if folders.is_folder(data):
        if root is not None:
            raise ConfigError(f"--data-root goes with a dataset YAML; {data} is a folder")
        layout = _of_folder(data)
    elif data.suffix.lower() in {".yaml", ".yml"}:
        layout = _of_yaml(data, root if root is not None else data.parent)
    else:
        raise ConfigError(f"{data}: no such folder; give a folder with one subfolder per class, or a dataset YAML")
    if not layout.classes:
        raise ConfigError(f"{data}: no class; expected one subfolder (or one entry under `classes`) per class")
    return layout


def _of_folder(data: Path) -> Layout:
    names = folders.subfolders(data)
    classes: dict[str, list[Entry]] = {}
    parts = folders.official_parts(names)
    for name, part in parts.items():
        inner = folders.subfolders(data / name)
        if not inner:
            raise ConfigError(f"{data / name}: no class; an official part holds one subfolder per class")
        for label in inner:
            classes.setdefault(label, []).append(Entry(f"{name}/{label}", part=part))
    if not parts:
        classes = {name: [Entry(name)] for name in names}
    return Layout(data.resolve().name, data, classes)


def _of_yaml(file: Path, root: Path) -> Layout:
    spec = load_settings(DatasetFile, file)
    classes: dict[str, list[Entry]] = {}
    for label, items in spec.classes.items():
        entries = [
            Entry(item) if isinstance(item, str) else Entry(item.folder, item.at_most, item.repeat) for item in items
        ]
        for position, entry in enumerate(entries):
            if Path(entry.folder) in {Path(other.folder) for other in entries[:position]}:
                raise ConfigError(
                    f"{file}: class {label!r}: {entry.folder} stands twice; keep one, `repeat` shows more"
                )
            if not _is_below(entry.folder, root):
                raise ConfigError(f"{file}: class {label!r}: {entry.folder}: expected a folder below {root}")
        classes[label] = entries
    patterns = {prefix: _compile(prefix, text, file) for prefix, text in spec.groups.items()}
    pinned = {group: part for part, groups in spec.pinned.items() for group in groups}
    return Layout(spec.name, root, classes, spec.rights, spec.skip, patterns, pinned)


def _is_below(folder: str, root: Path) -> bool:
    """By the names alone: a link inside the root may lead anywhere."""
    inside = Path(os.path.normpath(folder))
    return ".." not in inside.parts and (root / inside).is_relative_to(root)


def _compile(prefix: str, text: str, data: Path) -> re.Pattern[str]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # what Python only warns about today, it may read otherwise tomorrow
            pattern = re.compile(text)
    except (re.error, OverflowError, RecursionError, Warning) as error:
        raise ConfigError(f"{data}: groups.{prefix}: not a regular expression: {error}") from None
    if pattern.groups != 1:
        raise ConfigError(f"{data}: groups.{prefix}: expected one (group), such as '^(.+)-[0-9]+', got {text!r}")
    return pattern
