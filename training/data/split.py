"""Train, validation and test parts: stratified, seeded, stable, and with what belongs together on one side."""

import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from training.data.components import connected_components
from training.data.dataset import Sample
from training.data.split_file import PARTS
from training.recipe import Shares

FEW_TO_JUDGE = 50  # images: a share of them is known to no better than 14 points either way


def split(
    samples: Sequence[Sample],
    shares: Shares,
    seed: int,
    *,
    clusters: Sequence[int] | None = None,
    stored: Mapping[str, str] | None = None,
) -> list[str]:
    """Gives every sample a part, with `shares` of each class in each part.

    Images of one group, of one content or of one cluster stay in one part. Sets of several images are placed first,
    largest first, each in the part that lacks most of its share; single images then fill every class up. The order of
    `samples` does not matter, their names do.

    Official parts stand; what they lack of val and test is cut from the official train part. A stored image keeps its
    part and draws what belongs with it there, so that adding images never moves one: new images beside stored ones of
    several parts go to train, or else to val.

    Args:
        samples: N images.
        shares: of train, val and test.
        seed: decides which images go where.
        clusters: near-duplicates, a cluster number for each sample (N,); None: none are known.
        stored: sha256 -> part, of an earlier split.

    Returns:
        The part of each sample, N.
    """
    official = {sample.part for sample in samples}
    cut = [part for part in PARTS if part == "train" or part not in official]
    parts = [_settled(sample, cut, stored or {}) for sample in samples]
    need = _Need.of(samples, parts, shares, cut)
    unsettled = []
    for members in _together(samples, clusters):
        new = [index for index in members if not parts[index]]
        beside = {parts[index] for index in members} - {""}
        if beside:
            part = next((part for part in cut if part in beside), "train")
            _settle(parts, new, part, samples, need)
        else:
            unsettled.append(new)
    random.Random(seed).shuffle(unsettled)
    for members in sorted(unsettled, key=lambda members: -len(members)):
        labels = Counter(samples[index].label for index in members)
        _settle(parts, members, need.first(labels) if len(members) == 1 else need.most(labels), samples, need)
    return parts


def missing_parts(samples: Sequence[Sample], parts: Sequence[str]) -> Iterator[str]:
    """Yields a warning for each class that a part holds no image of, with the reason."""
    official = {(sample.label, sample.part) for sample in samples}
    given = {part for _, part in official}
    present = {(sample.label, part) for sample, part in zip(samples, parts, strict=True)}
    for label in sorted({sample.label for sample in samples}):
        for part in PARTS:
            if (label, part) not in present:
                lacks = part in given and (label, part) not in official
                why = f"its official {part} folder has none" if lacks else "its groups are too few or too large"
                yield f"class {label!r} has no image in the {part} part: {why}"


def small_parts(parts: Sequence[str]) -> Iterator[str]:
    """Yields a warning when validation or test is too small to fit thresholds on or to judge by."""
    counts = Counter(parts)
    small = {part: counts[part] for part in ("val", "test") if counts[part] < FEW_TO_JUDGE}
    if small:
        held = " and ".join(f"{count} {part}" for part, count in small.items())
        yield f"only {held} images: thresholds and figures are rough below {FEW_TO_JUDGE} in each; add images"


@dataclass(frozen=True)
class _Need:
    """How many images a part should hold in the end, and how many it still lacks.

    Attributes:
        targets: part -> label -> images in the end.
        missing: part -> label -> images still to come; counts down as they are placed.
    """

    targets: dict[str, dict[str, int]]
    missing: dict[str, dict[str, int]]

    @classmethod
    def of(cls, samples: Sequence[Sample], parts: Sequence[str], shares: Shares, cut: Sequence[str]) -> "_Need":
        cuttable = [index for index, sample in enumerate(samples) if sample.part in {None, "train"}]
        sizes = Counter(samples[index].label for index in cuttable)
        held = Counter((parts[index], samples[index].label) for index in cuttable)
        by_label = {label: _targets(size, shares, cut) for label, size in sizes.items()}
        targets = {part: {label: by_label[label][part] for label in sizes} for part in cut}
        missing = {part: {label: targets[part][label] - held[part, label] for label in sizes} for part in cut}
        return cls(targets, missing)

    def most(self, labels: Counter[str]) -> str:
        """The part that lacks most of its share of these images."""

        def lack(part: str) -> float:
            return sum(
                number * self.missing[part][label] / self.targets[part][label] for label, number in labels.items()
            )

        return max(self.missing, key=lack)

    def first(self, labels: Counter[str]) -> str:
        """The part for a single image: val until it is full, then test, then train."""
        (label,) = labels
        return next((part for part in self.missing if part != "train" and self.missing[part][label] >= 1), "train")


def _targets(size: int, shares: Shares, cut: Sequence[str]) -> dict[str, int]:
    """How many images of a class each part should hold, of `size` in all."""
    share = {part: getattr(shares, part) for part in cut}
    if len(cut) < len(PARTS):
        share = {part: value / sum(share.values()) for part, value in share.items()}
    targets = {part: max(1, round(size * value)) for part, value in share.items()}
    held_out = [part for part in cut if part != "train"]
    while held_out and sum(targets[part] for part in held_out) >= size:  # rounded up, and nothing left to train on
        largest = max(held_out, key=lambda part: targets[part])
        if targets[largest] == 1:
            break
        targets[largest] -= 1
    return targets


def _settled(sample: Sample, cut: Sequence[str], stored: Mapping[str, str]) -> str:
    """The part that a sample has already, or nothing."""
    if sample.part not in {None, "train"}:
        return str(sample.part)
    part = stored.get(sample.sha256, "")
    if len(cut) == 1:
        return "train"
    return part if part in cut else ""


def _settle(parts: list[str], members: Sequence[int], part: str, samples: Sequence[Sample], need: _Need) -> None:
    for index in members:
        parts[index] = part
        need.missing[part][samples[index].label] -= 1


def _together(samples: Sequence[Sample], clusters: Sequence[int] | None) -> list[list[int]]:
    """Sets of samples, as indices, that share a group, a content or a cluster, directly or by way of others."""
    order = sorted(range(len(samples)), key=lambda index: (samples[index].label, samples[index].name))
    first: dict[tuple[str, str | int], int] = {}
    links = []
    for index in order:
        keys: list[tuple[str, str | int]] = [("group", samples[index].group), ("content", samples[index].sha256)]
        if clusters is not None:
            keys.append(("cluster", int(clusters[index])))
        links += [(first.setdefault(key, index), index) for key in keys]
    sets: dict[int, list[int]] = defaultdict(list)
    numbers = connected_components(len(samples), links).tolist()
    for index in order:
        sets[numbers[index]].append(index)
    return list(sets.values())
