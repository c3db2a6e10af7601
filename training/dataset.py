"""Image folders, or a YAML that maps classes to several of them, into a list of labelled samples."""

import fnmatch
import hashlib
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct

from app.errors import ConfigError
from app.yamlfile import load_settings

EXTENSIONS = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff"})
_NAMED_IN_A_WARNING = 3


@dataclass(frozen=True, slots=True)
class Sample:
    """One picture file.

    path: where it lies. name: its path below the data root, with forward slashes.
    sha256: of the file's bytes, hexadecimal. group: pictures that share one belong on one side of a split.
    """

    path: Path
    name: str
    label: str
    sha256: str
    group: str


@dataclass(frozen=True, slots=True)
class Dataset:
    """labels: the classes in the order of the model's outputs. warnings: lines worth the user's attention."""

    name: str
    root: Path
    labels: tuple[str, ...]
    samples: tuple[Sample, ...]
    warnings: tuple[str, ...] = ()
    rights: str = ""


class Folder(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A folder of which at most so many pictures are taken."""

    folder: str
    at_most: Annotated[int, Meta(ge=1)]


class DatasetFile(Struct, frozen=True, kw_only=True):
    """What a dataset YAML says; folders are relative to the data root.

    groups: folder prefix -> regular expression whose one group, searched in the file name, names the picture's group.
    skip: file name patterns, such as "*-weak-*", to leave out. rights: one line that travels in the model file.
    """

    name: str
    rights: str = ""
    classes: dict[str, list[str | Folder]]
    groups: dict[str, str] = {}
    skip: list[str] = []


def load_dataset(data: Path, root: Path | None = None) -> Dataset:
    """Every picture of a folder of class folders, or of a dataset YAML with its folders below `root`.

    Classes and pictures come sorted by name. Files that are no pictures by their extension are passed over; nothing is
    decoded here. Raises ConfigError for what does not exist and for an empty class.
    """
    if data.is_dir():
        if root is not None:
            raise ConfigError(f"--data-root goes with a dataset YAML; {data} is a folder")
        spec = _spec_of_folder(data)
        root = data
    elif data.suffix.lower() in {".yaml", ".yml"}:
        spec = load_settings(DatasetFile, data)
        root = root if root is not None else data.parent
    else:
        raise ConfigError(f"{data}: no such folder; give a folder with one subfolder per class, or a dataset YAML")
    if not spec.classes:
        raise ConfigError(f"{data}: no class; expected one subfolder (or one entry under `classes`) per class")
    labels = tuple(sorted(spec.classes))
    patterns = {prefix: _compile(prefix, text, data) for prefix, text in spec.groups.items()}
    samples = [sample for label in labels for sample in _class_samples(spec, label, root, patterns)]
    return Dataset(spec.name, root, labels, tuple(samples), tuple(_duplicate_warnings(samples)), spec.rights)


def check_classes(labels: Sequence[str], samples: Sequence[Sample]) -> None:
    """Raises ConfigError unless there are two classes, each with an independent picture for train, val and test."""
    if len(labels) < 2:
        raise ConfigError(f"training needs two classes or more (one subfolder each), found {', '.join(labels)}")
    for label in labels:
        of_class = [sample for sample in samples if sample.label == label]
        groups = len({sample.group for sample in of_class})
        if groups < 3:
            held = f"{len(of_class)} readable image{'s' if len(of_class) != 1 else ''}"
            if groups < len(of_class):
                held += f" in {groups} group{'s' if groups != 1 else ''} of duplicates or of one person"
            raise ConfigError(
                f"class {label!r} has {held}; it needs 3 or more, so that one can train, one validate and one test"
            )


def shorten(names: Sequence[str]) -> str:
    """The first few names and how many more there are, for one line."""
    more = len(names) - _NAMED_IN_A_WARNING
    return ", ".join(names[:_NAMED_IN_A_WARNING]) + (f" and {more} more" if more > 0 else "")


def _spec_of_folder(data: Path) -> DatasetFile:
    folders = sorted(item.name for item in data.iterdir() if item.is_dir() and not item.name.startswith("."))
    return DatasetFile(name=data.resolve().name, classes={name: [name] for name in folders})


def _class_samples(spec: DatasetFile, label: str, root: Path, patterns: dict[str, re.Pattern[str]]) -> Iterator[Sample]:
    found = 0
    for entry in spec.classes[label]:
        folder = entry if isinstance(entry, str) else entry.folder
        if not (root / folder).is_dir():
            raise ConfigError(f"class {label!r}: {root / folder}: no such folder; is --data-root right?")
        paths = list(_pictures(root / folder, spec.skip))
        with ThreadPoolExecutor() as pool:
            hashes = list(pool.map(_sha256, paths))
        chosen = list(zip(paths, hashes, strict=True))
        if not isinstance(entry, str):
            # the smallest hashes: a choice that looks random and stays when files are added or renamed
            chosen = sorted(sorted(chosen, key=lambda pair: (pair[1], pair[0]))[: entry.at_most])
        found += len(chosen)
        for path, sha256 in chosen:
            name = path.relative_to(root).as_posix()
            yield Sample(path, name, label, sha256, _group(name, sha256, patterns))
    if not found:
        folders = ", ".join(
            str(root / (entry if isinstance(entry, str) else entry.folder)) for entry in spec.classes[label]
        )
        raise ConfigError(
            f"class {label!r} is empty: no {' '.join(sorted(EXTENSIONS))} file in {folders or 'no folder'}"
        )


def _pictures(folder: Path, skip: Sequence[str]) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        unwanted = any(fnmatch.fnmatch(path.name, pattern) for pattern in skip)
        if path.suffix.lower() in EXTENSIONS and not hidden and not unwanted and path.is_file():
            yield path


def _sha256(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}); mend or remove it") from None


def _compile(prefix: str, text: str, data: Path) -> re.Pattern[str]:
    try:
        pattern = re.compile(text)
    except re.error as error:
        raise ConfigError(f"{data}: groups.{prefix}: not a regular expression: {error}") from None
    if pattern.groups != 1:
        raise ConfigError(f"{data}: groups.{prefix}: expected one (group), such as '^(.+)-[0-9]+', got {text!r}")
    return pattern


def _group(name: str, sha256: str, patterns: dict[str, re.Pattern[str]]) -> str:
    """The person or scene a picture shows; a picture that is in no group forms one with its exact duplicates."""
    for prefix, pattern in patterns.items():
        match = pattern.search(name.rpartition("/")[2]) if name.startswith(prefix.rstrip("/") + "/") else None
        if match:
            return f"{prefix}:{match[1]}"
    return sha256


def _duplicate_warnings(samples: Sequence[Sample]) -> Iterator[str]:
    first: dict[str, Sample] = {}
    across = []
    copies = 0
    for sample in samples:
        other = first.setdefault(sample.sha256, sample)
        copies += other is not sample
        if other.label != sample.label:
            across.append(f"{other.name} = {sample.name}")
    if across:
        yield f"{len(across)} identical pictures carry different labels: {shorten(across)}"
    if copies > len(across):
        yield f"{copies - len(across)} pictures are exact copies of others in their class"
