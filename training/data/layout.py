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
from app.images.class_folders import joined_classes, joined_names
from app.images.folder_images import list_folder, looks_like_image
from app.text import comparable, tidy
from training.data import folders


class Folder(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A folder in a dataset YAML, when it is more than a name.

    Attributes:
        folder: relative to the data root.
        at_most: how many of its images are taken; None: all.
        repeat: how often an epoch of training shows each.
    """

    folder: str
    at_most: Annotated[int, Meta(ge=1)] | None = None
    repeat: Annotated[int, Meta(ge=1, le=100)] = 1


class DatasetFile(Struct, frozen=True, kw_only=True):
    """The content of a dataset YAML; folders are relative to the data root.

    Attributes:
        name: of the dataset.
        rights: one line that travels in the model file.
        classes: class -> its folders. A label.txt in them does not count.
        groups: folder prefix -> regular expression with one group, which is searched in the file name and gives the
            name of the image's group.
        pinned: train, val or test -> groups ("<prefix>:<name>") that belong to that part, whatever the seed.
        skip: file name patterns, such as "*-weak-*", to leave out.
    """

    name: str
    rights: str = ""
    classes: dict[str, list[str | Folder]]
    groups: dict[str, str] = {}
    pinned: dict[Literal["train", "val", "test"], list[str]] = {}
    skip: list[str] = []


class Entry(NamedTuple):
    """A folder of a class.

    Attributes:
        folder: relative to the data root.
        at_most: how many of its images are taken; None: all.
        repeat: how often an epoch of training shows each.
        part: train, val or test where it is in an official part, else None.
    """

    folder: str
    at_most: int | None = None
    repeat: int = 1
    part: str | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """Which folders are read, and how.

    Attributes:
        name: of the dataset.
        root: the data root.
        classes: class -> its folders.
        rights: one line that travels in the model file.
        skip: file name patterns to leave out.
        patterns: the `groups` of a dataset YAML, compiled.
        pinned: group -> part.
        joined: a line for each class that is written in several ways.
    """

    name: str
    root: Path
    classes: dict[str, list[Entry]]
    rights: str = ""
    skip: Sequence[str] = ()
    patterns: dict[str, re.Pattern[str]] = field(default_factory=dict)
    pinned: Mapping[str, str] = field(default_factory=dict)
    joined: Sequence[str] = ()


def read_layout(data: Path, root: Path | None) -> Layout:
    """Reads which folders make up which class; lists no images.

    Args:
        data: a folder of class folders, one of official parts, or a dataset YAML.
        root: where the YAML's folders are; None: beside it.

    Raises:
        ConfigError: there is no such folder, no class, or a mistake in the YAML.
    """
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


def images_outside(layout: Layout, data: Path) -> list[Path]:
    """Lists images beside the class folders; in a YAML's data root they may belong to anything, so that there are none.

    Args:
        layout: of the dataset.
        data: the folder or YAML that it was read from.
    """
    if not data.is_dir():
        return []
    parts = {Path(entry.folder).parent for entries in layout.classes.values() for entry in entries if entry.part}
    places = sorted({data} | {data / part for part in parts})
    return [path for folder in places for path in list_folder(folder).files if looks_like_image(path)]


def folders_read(data: Path, root: Path | None) -> list[Path]:
    """Returns what a command reads of a dataset: the folders of its classes, and the YAML where it is one.

    Args:
        data: as of `read_layout`.
        root: likewise.

    Returns:
        The folders and files; `data` alone where it is no dataset, which whoever reads it says.
    """
    try:
        layout = read_layout(data, root)
    except ConfigError:
        return [data]
    entries = [layout.root / entry.folder for of_class in layout.classes.values() for entry in of_class]
    return entries if folders.is_folder(data) else [data, *entries]


def _of_folder(data: Path) -> Layout:
    found = folders.listed_classes(data)
    entries: list[tuple[str, Entry]] = []
    parts = folders.official_parts([path.name for path, _ in found])
    for name, part in parts.items():
        inner = folders.listed_classes(data / name)
        if not inner:
            raise ConfigError(f"{data / name}: no class; an official part holds one subfolder per class")
        entries += [(label, Entry(f"{name}/{path.name}", part=part)) for path, label in inner]
    if not parts:
        entries += [(label, Entry(path.name)) for path, label in found]
    joined = tuple(joined_classes(data / entry.folder for _, entry in entries))
    return Layout(data.resolve().name, data, _gathered([(label, [entry]) for label, entry in entries]), joined=joined)


def _gathered(named: Sequence[tuple[str, Sequence[Entry]]]) -> dict[str, list[Entry]]:
    """The folders of each class; spellings of the same form are one class, called like the first, of train if any."""
    first: dict[str, str] = {}
    for label, _ in sorted(named, key=lambda pair: any(entry.part not in (None, "train") for entry in pair[1])):
        first.setdefault(comparable(label), tidy(label) or label)
    classes: dict[str, list[Entry]] = {}
    for label, entries in named:
        classes.setdefault(first[comparable(label)], []).extend(entries)
    return classes


def _of_yaml(file: Path, root: Path) -> Layout:
    spec = load_settings(DatasetFile, file)
    classes = _gathered([(label, [_entry(item) for item in items]) for label, items in spec.classes.items()])
    for label, entries in classes.items():
        for position, entry in enumerate(entries):
            if Path(entry.folder) in {Path(other.folder) for other in entries[:position]}:
                raise ConfigError(
                    f"{file}: class {label!r}: {entry.folder} is listed twice; keep one, `repeat` shows more"
                )
            if not _is_below(entry.folder, root):
                raise ConfigError(f"{file}: class {label!r}: {entry.folder}: expected a folder below {root}")
    patterns = {prefix: _compile(prefix, text, file) for prefix, text in spec.groups.items()}
    pinned = {group: part for part, groups in spec.pinned.items() for group in groups}
    return Layout(spec.name, root, classes, spec.rights, spec.skip, patterns, pinned, tuple(joined_names(spec.classes)))


def _entry(item: str | Folder) -> Entry:
    return Entry(item) if isinstance(item, str) else Entry(item.folder, item.at_most, item.repeat)


def _is_below(folder: str, root: Path) -> bool:
    """Judges by the names alone: a link inside the root may lead anywhere."""
    inside = Path(os.path.normpath(folder))
    return ".." not in inside.parts and (root / inside).is_relative_to(root)


def _compile(prefix: str, text: str, data: Path) -> re.Pattern[str]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # Python may read tomorrow otherwise what it warns about today
            pattern = re.compile(text)
    except (re.error, OverflowError, RecursionError, Warning) as error:
        raise ConfigError(f"{data}: groups.{prefix}: not a regular expression: {error}") from None
    if pattern.groups != 1:
        raise ConfigError(f"{data}: groups.{prefix}: expected one (group), such as '^(.+)-[0-9]+', got {text!r}")
    return pattern
