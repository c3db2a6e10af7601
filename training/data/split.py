"""Train, validation and test parts: stratified, seeded, stable, and with what belongs together on one side."""

import csv
import random
import secrets
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.errors import ConfigError
from training.data.dataset import Sample
from training.recipe import Shares

PARTS = ("train", "val", "test")
FEW_TO_JUDGE = 50  # pictures: a share of them is known to no better than 14 points either way
_ERRORS = "surrogateescape"  # file names on Linux may be any bytes
_COLUMNS = ["path", "sha256", "label", "part"]
Row = tuple[str, str, str, str]
"""Path below the data root, sha256, label, part."""


def split(
    samples: Sequence[Sample],
    shares: Shares,
    seed: int,
    *,
    clusters: Sequence[int] | None = None,
    stored: Mapping[str, str] | None = None,
) -> list[str]:
    """The part of every sample, in the order given: `shares` within each class, what belongs together in one part.

    Together belong the pictures of one group, of one content, and of one of `clusters` (near-duplicates, a number for
    each sample). Sets of several pictures go first, the largest ones foremost, each to the part that lacks most of its
    share; single pictures then fill every class up. The order of `samples` does not matter, their names do.

    Official parts stand; what they lack of val and test is cut from the official train part. A picture with a part in
    `stored` (sha256 -> part of an earlier split) keeps it, and draws what belongs with it there: new pictures beside
    stored ones of several parts go to train, else to val. So adding pictures never moves one between the parts.
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
    """One warning for each class of which a part holds no picture because its groups are too few or too large."""
    present = {(sample.label, part) for sample, part in zip(samples, parts, strict=True)}
    for label in sorted({sample.label for sample in samples}):
        for part in PARTS:
            if (label, part) not in present:
                yield f"class {label!r} has no picture in the {part} part: its groups are too few or too large"


def small_parts(parts: Sequence[str]) -> Iterator[str]:
    """A warning for validation and test parts that are too small to fit anything on or to judge by."""
    counts = Counter(parts)
    small = {part: counts[part] for part in ("val", "test") if counts[part] < FEW_TO_JUDGE}
    if small:
        held = " and ".join(f"{count} {part}" for part, count in small.items())
        yield f"only {held} pictures: thresholds and figures are rough below {FEW_TO_JUDGE} in each; add pictures"


def write_split(path: Path, samples: Sequence[Sample], parts: Sequence[str]) -> None:
    """Columns path (below the data root), sha256, label, part; a row for each sample. Raises ConfigError."""
    write_rows(path, ((s.name, s.sha256, s.label, part) for s, part in zip(samples, parts, strict=True)))


def read_split(path: Path, part: str) -> dict[str, str]:
    """Path below the data root -> sha256, of one part. Raises ConfigError for another file or an empty part."""
    chosen = {name: sha256 for name, sha256, _, its_part in read_rows(path) if its_part == part}
    if not chosen:
        raise ConfigError(f"{path}: no picture in the part {part!r}; parts are {', '.join(PARTS)}")
    return chosen


def read_parts(path: Path) -> dict[str, str]:
    """sha256 -> part, of all parts. Raises ConfigError for another file."""
    return {sha256: part for _, sha256, _, part in read_rows(path)}


def read_rows(path: Path) -> list[Row]:
    """What `write_rows` wrote. Raises ConfigError for another file."""
    try:
        with path.open(newline="", encoding="utf-8", errors=_ERRORS) as file:
            reader = csv.reader(file)
            columns = next(reader, None)
            if columns != _COLUMNS:
                raise ConfigError(f"{path}: expected the columns {', '.join(_COLUMNS)}, got {columns}")
            rows = []
            for row in filter(None, reader):
                if len(row) != len(_COLUMNS) or row[3] not in PARTS:
                    raise ConfigError(
                        f"{path}, line {reader.line_num}: expected {', '.join(_COLUMNS)}, got {str(row)[:80]}"
                    )
                rows.append((row[0], row[1], row[2], row[3]))
            return rows
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(f"{path}: cannot be read as a split ({error})") from None


def write_rows(path: Path, rows: Iterable[Row]) -> None:
    """All or nothing, since a split that is half written would move pictures. Raises ConfigError."""
    draft = path.parent / f".split-{secrets.token_hex(8)}.part"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with draft.open("w", newline="", encoding="utf-8", errors=_ERRORS) as file:
                writer = csv.writer(file)
                writer.writerow(_COLUMNS)
                writer.writerows(rows)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise ConfigError(f"{path}: the split cannot be written ({error.strerror})") from None


@dataclass(frozen=True)
class _Need:
    """Part -> label -> pictures: what a part should hold in the end, and what it still lacks of it."""

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
        """The part that lacks most of its share of these pictures."""

        def lack(part: str) -> float:
            return sum(
                number * self.missing[part][label] / self.targets[part][label] for label, number in labels.items()
            )

        return max(self.missing, key=lack)

    def first(self, labels: Counter[str]) -> str:
        """For a single picture: val until it is full, then test, the rest is for training."""
        (label,) = labels
        return next((part for part in self.missing if part != "train" and self.missing[part][label] >= 1), "train")


def _targets(size: int, shares: Shares, cut: Sequence[str]) -> dict[str, int]:
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
    """The samples, as indices, in sets that share a group, a content or a cluster, be it by way of others."""
    parent = list(range(len(samples)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    order = sorted(parent, key=lambda index: (samples[index].label, samples[index].name))
    first: dict[tuple[str, str | int], int] = {}
    for index in order:
        sample = samples[index]
        keys: list[tuple[str, str | int]] = [("group", sample.group), ("content", sample.sha256)]
        if clusters is not None:
            keys.append(("cluster", int(clusters[index])))
        for key in keys:
            parent[root(index)] = root(first.setdefault(key, index))
    sets: dict[int, list[int]] = {}
    for index in order:
        sets.setdefault(root(index), []).append(index)
    return list(sets.values())
