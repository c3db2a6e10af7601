"""Every file of a dataset examined, and what was found."""

import os
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from PIL import Image as Pillow

from app.errors import ConfigError
from app.images.class_folders import is_image
from app.system.threads import map_in_threads
from training.data import folders
from training.data.layout import Layout
from training.inspection import rules
from training.inspection.findings import File, Finding, Kind
from training.inspection.measure import inspect_other, measure
from training.inspection.rules import MeasuredImage


def list_files(layout: Layout) -> tuple[list[File], list[File]]:
    """Lists the files of every class.

    Returns:
        The images, by their names, and the other files.

    Raises:
        ConfigError: a folder is missing.
    """
    images: list[File] = []
    others: list[File] = []
    for label in sorted(layout.classes):
        for entry in layout.classes[label]:
            folder = layout.root / entry.folder
            if not folders.is_folder(folder):
                raise ConfigError(f"class {label!r}: {folder}: no such folder; is --data-root right?")
            for paths, into in zip(folders.scan(folder, layout.skip), (images, others), strict=True):
                names = [path.relative_to(layout.root).as_posix() for path in paths]
                into += [
                    File(path, name, label, entry.folder, entry.part) for path, name in zip(paths, names, strict=True)
                ]
    return images, others


def examine_images(files: Sequence[File]) -> list[MeasuredImage]:
    """Measures all images, in order, in as many threads as there are cores."""
    with _strict_pillow():
        found = map_in_threads(measure, [file.path for file in files], os.cpu_count())
    return [MeasuredImage(file, measurement) for file, measurement in zip(files, found, strict=True)]


def find_all(layout: Layout, data: Path, images: Sequence[MeasuredImage], others: Sequence[File]) -> list[Finding]:
    """Judges what was measured.

    Args:
        layout: of the dataset.
        data: the folder or YAML that it was read from.
        images: as `examine_images` measured them.
        others: files without an image extension.

    Returns:
        The findings, the worst first.
    """
    findings = [
        *rules.image_findings(images),
        *rules.copy_findings(images),
        *rules.class_findings(layout, images),
        *_of_others(others),
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


def _of_others(files: Sequence[File]) -> Iterator[Finding]:
    with _strict_pillow():
        for file in files:
            problem = inspect_other(file.path)
            yield Finding(problem.kind, file.label, file, problem.detail)


def _outside_classes(layout: Layout, data: Path) -> Iterator[Finding]:
    """Images beside the class folders; in a YAML's data root they may belong to anything."""
    if not data.is_dir():
        return
    parts = {Path(entry.folder).parent for entries in layout.classes.values() for entry in entries if entry.part}
    for folder in sorted({data} | {data / part for part in parts}):
        for path in sorted(folder.iterdir()):
            if is_image(path) and not path.name.startswith("."):
                name = path.relative_to(data).as_posix()
                yield Finding(Kind.OUTSIDE, "", File(path, name, "", ""))
