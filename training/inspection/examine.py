"""Every file of a dataset examined, and what was found."""

import os
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from PIL import Image as Pillow

from app.errors import ConfigError
from app.images.folder_images import Why
from app.system.threads import map_in_threads
from training.data import folders
from training.data.layout import Entry, Layout, images_outside
from training.inspection import rules
from training.inspection.findings import File, Finding, Kind
from training.inspection.measure import inspect_skipped, measure
from training.inspection.rules import MeasuredImage


def list_files(layout: Layout) -> tuple[list[File], list[tuple[File, Why]]]:
    """Lists the files of every class.

    Returns:
        The images, by their names, and what is skipped, with the reason.

    Raises:
        ConfigError: a folder is missing.
    """
    images: list[File] = []
    skipped: list[tuple[File, Why]] = []
    for label in sorted(layout.classes):
        for entry in layout.classes[label]:
            folder = layout.root / entry.folder
            if not folders.is_folder(folder):
                raise ConfigError(f"class {label!r}: {folder}: no such folder; is --data-root right?")
            found = folders.scan(folder, layout.skip)
            images += [_file(path, layout, label, entry) for path in found.images]
            skipped += [(_file(path, layout, label, entry), why) for path, why in found.skipped]
    return images, skipped


def linked_folders(layout: Layout, files: Sequence[File]) -> int:
    """Counts the folders of the images that are links: what is in them lies elsewhere."""
    root = len(layout.root.parts)
    parents = {parent for file in files for parent in file.path.parents if len(parent.parts) > root}
    return sum(parent.is_symlink() for parent in parents)


def _file(path: Path, layout: Layout, label: str, entry: Entry) -> File:
    return File(path, path.relative_to(layout.root).as_posix(), label, entry.folder, entry.part)


def examine_images(files: Sequence[File]) -> list[MeasuredImage]:
    """Measures all images, in order, in as many threads as there are cores."""
    with _strict_pillow():
        found = map_in_threads(measure, [file.path for file in files], os.cpu_count())
    return [MeasuredImage(file, measurement) for file, measurement in zip(files, found, strict=True)]


def find_all(
    layout: Layout, data: Path, images: Sequence[MeasuredImage], skipped: Sequence[tuple[File, Why]]
) -> list[Finding]:
    """Judges what was measured.

    Args:
        layout: of the dataset.
        data: the folder or YAML that it was read from.
        images: as `examine_images` measured them.
        skipped: as `list_files` found it.

    Returns:
        The findings, the worst first.
    """
    findings = [
        *rules.image_findings(images),
        *rules.copy_findings(images),
        *rules.class_findings(layout, images),
        *_of_skipped(skipped),
        *_outside_classes(layout, data),
    ]
    return sorted(findings, key=lambda finding: finding.order)


@contextmanager
def _strict_pillow() -> Iterator[None]:
    """Turns Pillow's warning of a decompression bomb into an error, and silences its other ones."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Pillow.DecompressionBombWarning)
        yield


def _of_skipped(skipped: Sequence[tuple[File, Why]]) -> Iterator[Finding]:
    with _strict_pillow():
        for file, why in skipped:
            problem = inspect_skipped(file.path, why)
            yield Finding(problem.kind, file.label, file, problem.detail)


def _outside_classes(layout: Layout, data: Path) -> Iterator[Finding]:
    for path in images_outside(layout, data):
        yield Finding(Kind.OUTSIDE, "", File(path, path.relative_to(data).as_posix(), "", ""))
