"""Image folders, or a YAML that maps classes to several of them, into a list of labelled samples."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from app.errors import ConfigError
from app.images.folder_images import IMAGE_SUFFIXES, Skipped, Why, skipped_lines
from app.labels import OTHER, is_other
from app.system.threads import map_in_threads
from app.text import counted, listed, shortened
from training.data import folders
from training.data.layout import Entry, Layout, images_outside, read_layout

_USES = {"train": "one can train", "val": "one validate", "test": "one test"}


@dataclass(frozen=True, slots=True)
class Sample:
    """One labelled image file.

    Attributes:
        path: where the file is.
        name: its path below the data root, with forward slashes.
        label: its class.
        sha256: of the file's bytes, hexadecimal.
        group: the person, scene or session it shows; the images of a group belong on one side of a split.
        repeat: how often an epoch of training shows it.
        part: train, val or test where the dataset has official parts, else None.
    """

    path: Path
    name: str
    label: str
    sha256: str
    group: str
    repeat: int = 1
    part: str | None = None

    @property
    def source(self) -> str:
        """Where it comes from: the first folder of its name."""
        return self.name.split("/")[0]


@dataclass(frozen=True, slots=True)
class Dataset:
    """The labelled images of a folder or of a dataset YAML.

    Attributes:
        name: of the folder, or as the YAML says.
        root: the folder that the samples' names start at.
        labels: the classes, in the order of the model's outputs.
        samples: sorted by class, folder and name.
        warnings: lines worth the user's attention.
        rights: one line that travels in the model file.
        pinned: sha256 -> part, of the images whose part the YAML fixes.
    """

    name: str
    root: Path
    labels: tuple[str, ...]
    samples: tuple[Sample, ...]
    warnings: tuple[str, ...] = ()
    rights: str = ""
    pinned: Mapping[str, str] = field(default_factory=dict)


def load_dataset(data: Path, root: Path | None = None) -> Dataset:
    """Lists every image of a dataset; decodes none.

    A folder of train, val (valid, validation) and test, or of train and one of the others, holds a published split:
    the class folders are inside these. What is skipped is named in the warnings.

    Args:
        data: a folder of class folders, or a dataset YAML.
        root: where the YAML's folders are; None: beside it.

    Raises:
        ConfigError: something does not exist, a folder cannot be listed, or a class is empty.

    Example:
        >>> from pathlib import Path
        >>> from training import load_dataset
        >>> [(sample.path.name, sample.label) for sample in load_dataset(Path("labelled")).samples]
        [('1.jpg', 'one'), ('2.jpg', 'one'), ('1.jpg', 'two'), ('2.jpg', 'two')]
    """
    layout = read_layout(data, root)
    labels = tuple(sorted(layout.classes))
    found = [folder for label in labels for folder in _read_class(layout, label)]
    samples = tuple(sample for folder in found for sample in folder.samples)
    unknown = sorted(layout.pinned.keys() - {sample.group for sample in samples})
    if unknown:
        raise ConfigError(f"{data}: pinned: the group {unknown[0]!r} has no image; see `groups`")
    skipped = [one for folder in found for one in folder.skipped]
    skipped += [Skipped(path, Why.OUTSIDE) for path in images_outside(layout, data)]
    return Dataset(
        name=layout.name,
        root=layout.root,
        labels=labels,
        samples=samples,
        warnings=(*layout.joined, *skipped_lines(skipped, layout.root), *_unreadable(found), *_duplicates(samples)),
        rights=layout.rights,
        pinned={s.sha256: layout.pinned[s.group] for s in samples if s.group in layout.pinned},
    )


def unlabelled(folder: Path) -> tuple[list[Sample], list[str]]:
    """Lists the images below a folder, at any depth, whatever its subfolders are called; decodes none.

    Returns:
        The images, without a class, and a line for what is skipped.

    Raises:
        ConfigError: there is no such folder, it cannot be listed, or no image is in it.
    """
    if not folders.is_folder(folder):
        raise ConfigError(f"{folder}: expected a folder of images, there is none")
    paths, skipped = folders.scan(folder, ())
    hashed = zip(paths, map_in_threads(folders.sha256, paths), strict=True)
    found = [(path, path.relative_to(folder).as_posix(), sha256) for path, sha256 in hashed if sha256 is not None]
    if not found:
        raise ConfigError(f"{folder}: no readable {' '.join(sorted(IMAGE_SUFFIXES))} file in it")
    samples = [Sample(path, name, "", sha256, sha256) for path, name, sha256 in found]
    return samples, list(skipped_lines(skipped, folder))


def check_classes(labels: Sequence[str], samples: Sequence[Sample]) -> None:
    """Checks that there are two classes, each with independent images for train, val and test.

    A val or test that is an official part takes no images of train, so that fewer are enough.

    Raises:
        ConfigError: there are too few; says what to do.
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
                held += f" in {counted(groups, 'group')} of copies, or of one person or session"
            raise ConfigError(f"class {label!r} has {held}; it needs {len(uses)} or more, so that {listed(uses)}")


def without_other(labels: Iterable[str]) -> Iterator[str]:
    """Yields a warning where no class stands for what is none of the classes."""
    if not any(map(is_other, labels)):
        yield (
            f"no class {OTHER!r}: what is none of the classes will be told from the background that ships alone, which "
            "does not know your rooms; add a class of that name with images of people there who do something else"
        )


def nested_hint(names: Iterable[str]) -> str:
    """Says what to do when the classes are a folder deeper, judged by the images' names; empty when they are not."""
    inner = sorted({name.split("/")[1] for name in names if name.count("/") > 1})
    return f"if its subfolders ({shortened(inner)}) are the classes, give that folder" if len(inner) > 1 else ""


class _Folder(NamedTuple):
    """What one folder of a class holds: samples, and the names of the files that are not used."""

    samples: list[Sample]
    skipped: list[Skipped]
    unreadable: list[str]


def _read_class(layout: Layout, label: str) -> list[_Folder]:
    found = [_read_folder(layout, label, entry) for entry in layout.classes[label]]
    if not any(folder.samples for folder in found):
        looked_in = ", ".join(str(layout.root / entry.folder) for entry in layout.classes[label]) or "no folder"
        raise ConfigError(
            f"class {label!r} is empty: no readable {' '.join(sorted(IMAGE_SUFFIXES))} file in {looked_in}"
        )
    return found


def _read_folder(layout: Layout, label: str, entry: Entry) -> _Folder:
    folder = layout.root / entry.folder
    if not folders.is_folder(folder):
        raise ConfigError(f"class {label!r}: {folder}: no such folder; is --data-root right?")
    paths, skipped = folders.scan(folder, layout.skip)
    has_sessions = folders.holds_sessions(folder, paths)
    hashed = list(zip(paths, map_in_threads(folders.sha256, paths), strict=True))
    unreadable = [_name(path, layout) for path, sha256 in hashed if sha256 is None]
    chosen = [(path, sha256) for path, sha256 in hashed if sha256 is not None]
    if entry.at_most is not None:
        # the smallest hashes: a choice that looks random and stays when files are added or renamed
        chosen = sorted(sorted(chosen, key=lambda pair: (pair[1], pair[0]))[: entry.at_most])
    samples = []
    for path, sha256 in chosen:
        name = _name(path, layout)
        group = _group(name, layout.patterns) or (name.rpartition("/")[0] if has_sessions else sha256)
        samples.append(Sample(path, name, label, sha256, group, entry.repeat, entry.part))
    return _Folder(samples, skipped, unreadable)


def _name(path: Path, layout: Layout) -> str:
    return path.relative_to(layout.root).as_posix()


def _group(name: str, patterns: Mapping[str, re.Pattern[str]]) -> str | None:
    """The person or scene that an image shows, as the YAML's `groups` tell it."""
    for prefix, pattern in patterns.items():
        match = pattern.search(name.rpartition("/")[2]) if name.startswith(prefix.rstrip("/") + "/") else None
        if match and match[1] is not None:
            return f"{prefix}:{match[1]}"
    return None


def _unreadable(found: Sequence[_Folder]) -> Iterator[str]:
    unreadable = [name for folder in found for name in folder.unreadable]
    if unreadable:
        yield f"skipped, cannot be read: {shortened(unreadable)}"


def _duplicates(samples: Sequence[Sample]) -> Iterator[str]:
    """Warnings of images with the same bytes: in two official parts, in two classes, in one class."""
    first: dict[str, Sample] = {}
    pairs = [(first.setdefault(sample.sha256, sample), sample) for sample in samples]
    repeats = [(one, other) for one, other in pairs if one is not other]
    leaks = [f"{one.name} = {other.name}" for one, other in repeats if one.part != other.part]
    across = [f"{one.name} = {other.name}" for one, other in repeats if one.label != other.label]
    if leaks:
        yield f"{counted(len(leaks), 'identical image')} in two official parts: {shortened(leaks)}"
    if across:
        yield f"{counted(len(across), 'identical image')} with different labels: {shortened(across)}"
    if len(repeats) > len(across):
        yield f"exact copies within a class: {len(repeats) - len(across):,}"
