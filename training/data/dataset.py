"""Image folders, or a YAML that maps classes to several of them, into a list of labelled samples."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from app.errors import ConfigError
from training.data import folders
from training.data.layout import Layout, read_layout

_NAMED_IN_A_WARNING = 3
_USES = {"train": "one can train", "val": "one validate", "test": "one test"}


@dataclass(frozen=True, slots=True)
class Sample:
    """One picture file.

    path: where it lies. name: its path below the data root, with forward slashes.
    sha256: of the file's bytes, hexadecimal. group: pictures that share one belong on one side of a split.
    repeat: how often the training part shows it in an epoch. part: train, val or test where the dataset has official
    parts, else None.
    """

    path: Path
    name: str
    label: str
    sha256: str
    group: str
    repeat: int = 1
    part: str | None = None


@dataclass(frozen=True, slots=True)
class Dataset:
    """labels: the classes in the order of the model's outputs. warnings: lines worth the user's attention.

    pinned: sha256 -> part, of the pictures whose part the dataset YAML fixes.
    """

    name: str
    root: Path
    labels: tuple[str, ...]
    samples: tuple[Sample, ...]
    warnings: tuple[str, ...] = ()
    rights: str = ""
    pinned: Mapping[str, str] = field(default_factory=dict)


def load_dataset(data: Path, root: Path | None = None) -> Dataset:
    """Every picture of a folder of class folders, or of a dataset YAML with its folders below `root`.

    A folder of train, val (valid, validation) and test, or of train and one of the others, holds a published split:
    the class folders lie inside them. Classes and pictures come sorted by name. Files that are no pictures by their
    extension, and files that cannot be read, are passed over and named in the warnings; nothing is decoded here.
    Raises ConfigError for what does not exist, for a folder that cannot be listed, and for an empty class.
    """
    layout = read_layout(data, root)
    labels = tuple(sorted(layout.classes))
    others: list[str] = []
    unreadable: list[str] = []
    with ThreadPoolExecutor() as pool:
        samples = [sample for label in labels for sample in _class_samples(layout, label, pool, others, unreadable)]
    warnings = [*_passed_over(others, unreadable), *_duplicate_warnings(samples)]
    pinned = {s.sha256: layout.pinned[s.group] for s in samples if s.group in layout.pinned}
    unknown = sorted(layout.pinned.keys() - {sample.group for sample in samples})
    if unknown:
        raise ConfigError(f"{data}: pinned: no picture is in the group {unknown[0]!r}; see `groups`")
    return Dataset(layout.name, layout.root, labels, tuple(samples), tuple(warnings), layout.rights, pinned)


def check_classes(labels: Sequence[str], samples: Sequence[Sample]) -> None:
    """Raises ConfigError unless there are two classes, each with independent pictures for train, val and test.

    Where val or test is an official part, nothing has to be cut off for it.
    """
    if len(labels) < 2:
        hint = nested_hint(sample.name for sample in samples)
        found = ", ".join(labels) + (f"; {hint}" if hint else "")
        raise ConfigError(f"training needs two classes or more (one subfolder each), found {found}")
    official = {sample.part for sample in samples}
    uses = [use for part, use in _USES.items() if part == "train" or part not in official]
    for label in labels:
        of_class = [sample for sample in samples if sample.label == label and sample.part in {None, "train"}]
        groups = len({sample.group for sample in of_class})
        if groups < len(uses):
            held = counted(len(of_class), "readable image")
            if official != {None}:
                held += " in its official train part"
            if groups < len(of_class):
                held += f" in {groups} group{'s' if groups != 1 else ''} of duplicates or of one person or session"
            need = " and ".join([", ".join(uses[:-1]), uses[-1]] if len(uses) > 1 else uses)
            raise ConfigError(f"class {label!r} has {held}; it needs {len(uses)} or more, so that {need}")


def counted(count: int, noun: str) -> str:
    """1 picture, 2 pictures."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def shorten(names: Sequence[str]) -> str:
    """The first few names and how many more there are, for one line."""
    more = len(names) - _NAMED_IN_A_WARNING
    return ", ".join(names[:_NAMED_IN_A_WARNING]) + (f" and {more} more" if more > 0 else "")


def nested_hint(names: Iterable[str]) -> str:
    """What to do when the classes lie a folder deeper, judged by the pictures' paths; empty when they do not."""
    inner = sorted({name.split("/")[1] for name in names if name.count("/") > 1})
    return f"if its subfolders ({shorten(inner)}) are the classes, give that folder" if len(inner) > 1 else ""


def _class_samples(
    layout: Layout, label: str, pool: ThreadPoolExecutor, others: list[str], unreadable: list[str]
) -> Iterator[Sample]:
    """Appends the names of what is no picture and of what cannot be read."""
    found = 0
    for entry in layout.classes[label]:
        folder = layout.root / entry.folder
        if not folders.is_folder(folder):
            raise ConfigError(f"class {label!r}: {folder}: no such folder; is --data-root right?")
        paths, passed_over = folders.scan(folder, layout.skip)
        others += [path.relative_to(layout.root).as_posix() for path in passed_over]
        has_sessions = folders.holds_sessions(folder, paths)
        chosen = []
        for path, sha256 in zip(paths, pool.map(folders.sha256, paths), strict=True):
            if sha256 is None:
                unreadable.append(path.relative_to(layout.root).as_posix())
            else:
                chosen.append((path, sha256))
        if entry.at_most is not None:
            # the smallest hashes: a choice that looks random and stays when files are added or renamed
            chosen = sorted(sorted(chosen, key=lambda pair: (pair[1], pair[0]))[: entry.at_most])
        found += len(chosen)
        for path, sha256 in chosen:
            name = path.relative_to(layout.root).as_posix()
            group = _group(name, layout.patterns) or (name.rpartition("/")[0] if has_sessions else sha256)
            yield Sample(path, name, label, sha256, group, entry.repeat, entry.part)
    if not found:
        looked_in = ", ".join(str(layout.root / entry.folder) for entry in layout.classes[label]) or "no folder"
        raise ConfigError(
            f"class {label!r} is empty: no readable {' '.join(sorted(folders.EXTENSIONS))} file in {looked_in}"
        )


def _group(name: str, patterns: dict[str, re.Pattern[str]]) -> str | None:
    """The person or scene a picture shows, as the YAML's `groups` tell it."""
    for prefix, pattern in patterns.items():
        match = pattern.search(name.rpartition("/")[2]) if name.startswith(prefix.rstrip("/") + "/") else None
        if match and match[1] is not None:
            return f"{prefix}:{match[1]}"
    return None


def _passed_over(others: Sequence[str], unreadable: Sequence[str]) -> Iterator[str]:
    if others:
        yield f"passed over, no picture by its name: {shorten(others)}"
    if unreadable:
        yield f"passed over, the file cannot be read: {shorten(unreadable)}"


def _duplicate_warnings(samples: Sequence[Sample]) -> Iterator[str]:
    first: dict[str, Sample] = {}
    across = []
    leaks = []
    copies = 0
    for sample in samples:
        other = first.setdefault(sample.sha256, sample)
        copies += other is not sample
        if other.label != sample.label:
            across.append(f"{other.name} = {sample.name}")
        if other.part != sample.part:
            leaks.append(f"{other.name} = {sample.name}")
    if leaks:
        yield f"{len(leaks)} identical pictures stand in two official parts: {shorten(leaks)}"
    if across:
        yield f"{len(across)} identical pictures carry different labels: {shorten(across)}"
    if copies > len(across):
        yield f"{copies - len(across)} pictures are exact copies of others in their class"
