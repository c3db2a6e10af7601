"""From measurements to findings: doubtful images, copies, and classes that are too small."""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

import numpy as np

from app.text import counted
from training.data.dataset import nested_hint
from training.data.layout import Layout
from training.data.near_duplicates import near_duplicates
from training.data.split_file import PARTS
from training.inspection.findings import File, Finding, Kind
from training.inspection.measure import Measurement

# Grey levels 0..255 and, for sharpness, their variance under the Laplacian (Pech-Pacheco et al. 2000, "Diatom
# autofocusing in brightfield microscopy") at 224 px. Of 15,001 photographs none is under the limits of blank and of
# blurred, and three under that of dark; of the same under a Gaussian blur of 2 px, nine in ten count as blurred.
MIN_CONTRAST = 4.0
MIN_LIT = 64.0
MIN_SHARPNESS = 20.0
MIN_SIDE = 80  # px
SMALL_CLASS, FEW_IMAGES = 20, 100
MAX_RATIO = 3.0
_COMPARED = 200  # of a large cluster, to name the nearest


class MeasuredImage(NamedTuple):
    """A file with an image extension, measured.

    Attributes:
        file: which one.
        measurement: what it contains.
    """

    file: File
    measurement: Measurement


class _RepeatKinds(NamedTuple):
    """The kinds of findings among images that repeat one another, exactly or nearly."""

    across_parts: Kind
    across_classes: Kind
    within: Kind
    is_exact: bool


_EXACT = _RepeatKinds(Kind.COPY_ACROSS_PARTS, Kind.COPY_ACROSS_CLASSES, Kind.COPY, True)
_NEAR = _RepeatKinds(Kind.NEAR_ACROSS_PARTS, Kind.NEAR_ACROSS_CLASSES, Kind.NEAR, False)


def image_findings(images: Sequence[MeasuredImage]) -> Iterator[Finding]:
    """Judges each image by itself."""
    for file, found in images:
        if found.problem is not None:
            yield Finding(found.problem.kind, file.label, file, found.problem.detail)
            continue
        if min(found.width, found.height) < MIN_SIDE:
            yield Finding(Kind.TINY, file.label, file, f"{found.width} x {found.height} px")
        if found.contrast < MIN_CONTRAST:
            yield Finding(Kind.BLANK, file.label, file, f"grey levels vary by {found.contrast:.1f} of 255")
        elif found.lit < MIN_LIT:
            yield Finding(Kind.DARK, file.label, file, f"95 % of it is darker than {found.lit:.0f} of 255")
        elif found.sharpness < MIN_SHARPNESS:
            detail = f"sharpness {found.sharpness:.1f}, expected {MIN_SHARPNESS:g}"
            yield Finding(Kind.BLURRED, file.label, file, detail)
        if found.orientation != 1:
            yield Finding(Kind.ROTATED, file.label, file, f"orientation {found.orientation}")


def copy_findings(images: Sequence[MeasuredImage]) -> Iterator[Finding]:
    """Finds exact copies by the bytes, and near-duplicates by the perceptual hash: across parts, classes and within."""
    same: dict[str, list[MeasuredImage]] = defaultdict(list)
    for image in images:
        if image.measurement.problem is None:
            same[image.measurement.sha256].append(image)
    for copies in same.values():
        yield from _repeat_findings(copies, _EXACT)
    different = list(same.values())
    hashes = np.array([copies[0].measurement.hash for copies in different], np.uint64)
    alike: dict[int, list[list[MeasuredImage]]] = defaultdict(list)
    for copies, cluster in zip(different, near_duplicates(hashes), strict=True):
        alike[int(cluster)].append(copies)
    for cluster in alike.values():
        if len(cluster) > 1:
            yield from _repeat_findings([image for copies in cluster for image in copies], _NEAR)


def class_findings(layout: Layout, images: Sequence[MeasuredImage]) -> Iterator[Finding]:
    """Finds empty and small classes, and judges their balance, by the images that training would take."""
    sizes = class_sizes(layout, images)
    parts = sorted({entry.part for entries in layout.classes.values() for entry in entries if entry.part})
    for label in sorted(layout.classes):
        for part in parts or (None,):
            if not sizes[label, part]:
                where = f"no readable image in the official part {part}" if part else "no readable image"
                kind = Kind.MISSING_IN_PART if part in ("val", "test") else Kind.EMPTY_CLASS
                yield Finding(kind, label, detail=where)
    trained = {label: sizes[label, "train" if parts else None] for label in sorted(layout.classes)}
    needed = len(set(PARTS) - (set(parts) - {"train"}))
    for label, size in trained.items():
        if 0 < size < FEW_IMAGES:
            detail = counted(size, "image") + (" in train" if parts else "")
            yield Finding(_small_kind(size, needed), label, detail=detail)
    if len(trained) == 1:
        (label,) = trained
        yield Finding(Kind.SINGLE_CLASS, label, detail=nested_hint(file.name for file, _ in images))
    yield from (Finding(Kind.SPELLINGS, "", detail=line) for line in layout.joined)
    yield from _imbalance({label: size for label, size in trained.items() if size})


def class_sizes(layout: Layout, images: Sequence[MeasuredImage]) -> Counter[tuple[str, str | None]]:
    """Counts the usable images of each (label, official part); of a folder with `at_most` no more than that."""
    usable = Counter((file.label, file.folder) for file, found in images if found.problem is None)
    sizes: Counter[tuple[str, str | None]] = Counter()
    for label, entries in layout.classes.items():
        for entry in entries:
            found = usable[label, entry.folder]
            sizes[label, entry.part] += found if entry.at_most is None else min(found, entry.at_most)
    return sizes


def _small_kind(size: int, needed: int) -> Kind:
    """The kind of a class of `size` images, of which the parts to be cut off take `needed` at least."""
    if size < needed:
        return Kind.UNTRAINABLE_CLASS
    return Kind.SMALL_CLASS if size < SMALL_CLASS else Kind.FEW_IMAGES


def _imbalance(sizes: dict[str, int]) -> Iterator[Finding]:
    if not sizes:
        return
    small, large = min(sizes, key=lambda label: sizes[label]), max(sizes, key=lambda label: sizes[label])
    if sizes[large] > MAX_RATIO * sizes[small]:
        ratio = f"{sizes[large] / sizes[small]:.1f} to 1: {large} has {sizes[large]}, {small} {sizes[small]}"
        yield Finding(Kind.IMBALANCE, small, detail=ratio)


def _repeat_findings(members: Sequence[MeasuredImage], kinds: _RepeatKinds) -> Iterator[Finding]:
    yield from _across(kinds.across_parts, members, lambda file: file.part, kinds.is_exact)
    yield from _across(kinds.across_classes, members, lambda file: file.label, kinds.is_exact)
    yield from _within(kinds.within, members, kinds.is_exact)


def _across(
    kind: Kind, members: Sequence[MeasuredImage], group: Callable[[File], Hashable], is_exact: bool
) -> Iterator[Finding]:
    """Every image that repeats one of another group, as any of them may be the wrong one; a pair is named once."""
    groups: dict[Hashable, list[MeasuredImage]] = defaultdict(list)
    for image in members:
        groups[group(image.file)].append(image)
    named = set()
    for image in members:
        others = (other for key, found in groups.items() if key != group(image.file) for other in found)
        nearest = _nearest(image, others, is_exact)
        if nearest is not None and (nearest.file, image.file) not in named:
            named.add((image.file, nearest.file))
            yield _repeat_finding(kind, image, nearest)


def _within(kind: Kind, members: Sequence[MeasuredImage], is_exact: bool) -> Iterator[Finding]:
    """Every image but the first of a class and part."""
    earlier: dict[tuple[str, str | None], list[MeasuredImage]] = defaultdict(list)
    seen = set()
    for image in members:
        place = (image.file.label, image.file.part)
        content = (place, image.measurement.sha256)
        if is_exact or content not in seen:  # else it is named already, as an exact copy
            nearest = _nearest(image, earlier[place], is_exact)
            if nearest is not None:
                yield _repeat_finding(kind, image, nearest)
        earlier[place].append(image)
        seen.add(content)


def _nearest(image: MeasuredImage, others: Iterable[MeasuredImage], is_exact: bool) -> MeasuredImage | None:
    """The one that looks most like an image, among those with the same bytes or with others."""
    sha256 = image.measurement.sha256
    fitting = (other for other in others if (other.measurement.sha256 == sha256) == is_exact)
    return min(islice(fitting, _COMPARED), key=lambda other: _different_bits(image, other), default=None)


def _different_bits(one: MeasuredImage, other: MeasuredImage) -> int:
    return (one.measurement.hash ^ other.measurement.hash).bit_count()


def _repeat_finding(kind: Kind, image: MeasuredImage, nearest: MeasuredImage) -> Finding:
    same = image.measurement.sha256 == nearest.measurement.sha256
    detail = "same bytes" if same else f"{_different_bits(image, nearest)} of 64 bits differ"
    return Finding(kind, image.file.label, image.file, detail, nearest.file)
