"""From looks at the files to findings: doubtful pictures, copies, and classes that are too small."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import NamedTuple, TypeVar

import numpy as np

from training.data.dataset import counted, nested_hint
from training.data.layout import Layout
from training.data.near_duplicates import near_duplicates
from training.data.split_file import PARTS
from training.inspection.findings import File, Finding, Kind
from training.inspection.measure import Look

# Grey levels 0..255 and, for sharpness, their variance under the Laplacian (Pech-Pacheco et al. 2000, "Diatom
# autofocusing in brightfield microscopy") at 224 px. Of 15,001 photographs none is under the limits of blank and of
# blurred, and three under that of dark; of the same under a Gaussian blur of 2 px, nine in ten count as blurred.
MIN_CONTRAST = 4.0
MIN_LIT = 64.0
MIN_SHARPNESS = 20.0
MIN_SIDE = 80  # px
SMALL_CLASS, FEW_PICTURES = 20, 100
MAX_RATIO = 3.0
_COMPARED = 200  # of a large cluster, to name the nearest
_EXACT = (Kind.COPY_ACROSS_PARTS, Kind.COPY_ACROSS_CLASSES, Kind.COPY)
_NEAR = (Kind.NEAR_ACROSS_PARTS, Kind.NEAR_ACROSS_CLASSES, Kind.NEAR)
T = TypeVar("T")


class Picture(NamedTuple):
    """A file with the name of a picture, looked at."""

    file: File
    look: Look


def of_pictures(pictures: Sequence[Picture]) -> Iterator[Finding]:
    """What each picture shows by itself."""
    for file, look in pictures:
        if look.problem is not None:
            yield Finding(look.problem.kind, file.label, file, look.problem.detail)
            continue
        if min(look.width, look.height) < MIN_SIDE:
            yield Finding(Kind.TINY, file.label, file, f"{look.width} x {look.height} px")
        if look.contrast < MIN_CONTRAST:
            yield Finding(Kind.BLANK, file.label, file, f"grey levels vary by {look.contrast:.1f} of 255")
        elif look.lit < MIN_LIT:
            yield Finding(Kind.DARK, file.label, file, f"95 % of it is darker than {look.lit:.0f} of 255")
        elif look.sharpness < MIN_SHARPNESS:
            yield Finding(Kind.BLURRED, file.label, file, f"sharpness {look.sharpness:.1f}, expected {MIN_SHARPNESS:g}")
        if look.orientation != 1:
            yield Finding(Kind.ROTATED, file.label, file, f"orientation {look.orientation}")


def of_copies(pictures: Sequence[Picture]) -> Iterator[Finding]:
    """Exact copies by the bytes, near-duplicates by the perceptual hash, across parts, across classes and within."""
    same: dict[str, list[Picture]] = defaultdict(list)
    for picture in pictures:
        if picture.look.problem is None:
            same[picture.look.sha256].append(picture)
    for copies in same.values():
        yield from _repeats(copies, is_exact=True)
    different = list(same.values())
    hashes = np.array([copies[0].look.hash for copies in different], np.uint64)
    alike: dict[int, list[list[Picture]]] = defaultdict(list)
    for copies, cluster in zip(different, near_duplicates(hashes), strict=True):
        alike[int(cluster)].append(copies)
    for cluster in alike.values():
        if len(cluster) > 1:
            yield from _repeats([picture for copies in cluster for picture in copies], is_exact=False)


def of_classes(layout: Layout, pictures: Sequence[Picture]) -> Iterator[Finding]:
    """Empty and small classes, and their balance, by the pictures that training would take."""
    parts = sorted({entry.part for entries in layout.classes.values() for entry in entries if entry.part})
    sizes = class_sizes(layout, pictures)
    for label in sorted(layout.classes):
        for part in parts or (None,):
            if not sizes[label, part]:
                where = f"no readable picture in the official part {part}" if part else "no readable picture"
                yield Finding(Kind.EMPTY_CLASS, label, detail=where)
    trained = {label: sizes[label, "train" if parts else None] for label in sorted(layout.classes)}
    needed = len(set(PARTS) - (set(parts) - {"train"}))
    for label, size in trained.items():
        if 0 < size < FEW_PICTURES:
            detail = counted(size, "picture") + (" in train" if parts else "")
            yield Finding(_small_kind(size, needed), label, detail=detail)
    if len(trained) == 1:
        (label,) = trained
        yield Finding(Kind.SINGLE_CLASS, label, detail=nested_hint(file.name for file, _ in pictures))
    filled = {label: size for label, size in trained.items() if size}
    if filled:
        small, large = min(filled, key=lambda label: filled[label]), max(filled, key=lambda label: filled[label])
        if filled[large] > MAX_RATIO * filled[small]:
            ratio = f"{filled[large] / filled[small]:.1f} to 1: {large} has {filled[large]}, {small} {filled[small]}"
            yield Finding(Kind.IMBALANCE, small, detail=ratio)


def _small_kind(size: int, needed: int) -> Kind:
    """needed: pictures that the parts to be cut off take at least."""
    if size < needed:
        return Kind.UNTRAINABLE_CLASS
    return Kind.SMALL_CLASS if size < SMALL_CLASS else Kind.FEW_PICTURES


def class_sizes(layout: Layout, pictures: Sequence[Picture]) -> Counter[tuple[str, str | None]]:
    """Usable pictures of (label, official part), of a folder with `at_most` no more than that."""
    usable = Counter((file.label, file.folder) for file, look in pictures if look.problem is None)
    sizes: Counter[tuple[str, str | None]] = Counter()
    for label, entries in layout.classes.items():
        for entry in entries:
            found = usable[label, entry.folder]
            sizes[label, entry.part] += found if entry.at_most is None else min(found, entry.at_most)
    return sizes


def _repeats(members: Sequence[Picture], is_exact: bool) -> Iterator[Finding]:
    """All across parts or classes are named, as any may be the wrong one; within a class all but the first."""
    across_parts, across_classes, within = _EXACT if is_exact else _NEAR
    of_part: dict[str | None, list[Picture]] = defaultdict(list)
    of_label: dict[str, list[Picture]] = defaultdict(list)
    for picture in members:
        of_part[picture.file.part].append(picture)
        of_label[picture.file.label].append(picture)
    earlier: dict[tuple[str, str | None], list[Picture]] = defaultdict(list)
    seen = set()
    for picture in members:
        place = (picture.file.label, picture.file.part)
        yield from _finding(across_parts, picture, _outside(of_part, picture.file.part))
        yield from _finding(across_classes, picture, _outside(of_label, picture.file.label))
        if is_exact or (place, picture.look.sha256) not in seen:  # else it is named already, as an exact copy
            yield from _finding(within, picture, earlier[place])
        earlier[place].append(picture)
        seen.add((place, picture.look.sha256))


def _outside(groups: dict[T, list[Picture]], key: T) -> Iterator[Picture]:
    return chain.from_iterable(members for other, members in groups.items() if other != key)


def _finding(kind: Kind, picture: Picture, others: Iterable[Picture]) -> Iterator[Finding]:
    """That it repeats one of the others, the nearest."""
    file, look = picture
    is_exact = kind in _EXACT
    fitting = (other for other in others if (other.look.sha256 == look.sha256) == is_exact)
    candidates = list(islice(fitting, _COMPARED))
    if candidates:
        nearest = min(candidates, key=lambda other: (other.look.hash ^ look.hash).bit_count())
        bits = (nearest.look.hash ^ look.hash).bit_count()
        yield Finding(kind, file.label, file, "same bytes" if is_exact else f"{bits} of 64 bits differ", nearest.file)
