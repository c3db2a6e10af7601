"""Train, validation and test parts: stratified, seeded, and with every group on one side."""

import csv
import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from app.errors import ConfigError
from training.dataset import Sample

PARTS = ("train", "val", "test")
SHARES = {"train": 0.8, "val": 0.1, "test": 0.1}
_ERRORS = "surrogateescape"  # file names on Linux may be any bytes
_COLUMNS = ["path", "sha256", "label", "part"]


def split(samples: Sequence[Sample], seed: int) -> list[str]:
    """The part of every sample, in the order given: 8:1:1 within each class, a group always in one part.

    Groups of several pictures go first, the largest ones foremost, each to the part that lacks most of its share;
    single pictures then fill every class up. The order of `samples` does not matter, their names do.
    """
    rng = random.Random(seed)
    missing = {part: _targets(samples, part) for part in PARTS}
    targets = {part: dict(counts) for part, counts in missing.items()}
    part_of: dict[str, str] = {}
    for group, members in _by_size(samples, rng):
        counts = Counter(sample.label for sample in members)

        def need(part: str, counts: Counter[str] = counts) -> float:
            return sum(number * missing[part][label] / targets[part][label] for label, number in counts.items())

        part_of[group] = _first_need(counts, missing) if len(members) == 1 else max(PARTS, key=need)
        for label, number in counts.items():
            missing[part_of[group]][label] -= number
    return [part_of[sample.group] for sample in samples]


def missing_parts(samples: Sequence[Sample], parts: Sequence[str]) -> Iterator[str]:
    """One warning for each class of which a part holds no picture because its groups are too few or too large."""
    present = {(sample.label, part) for sample, part in zip(samples, parts, strict=True)}
    for label in sorted({sample.label for sample in samples}):
        for part in PARTS:
            if (label, part) not in present:
                yield f"class {label!r} has no picture in the {part} part: its groups are too few or too large"


def write_split(path: Path, samples: Sequence[Sample], parts: Sequence[str]) -> None:
    """Columns path (below the data root), sha256, label, part; a row for each sample."""
    with path.open("w", newline="", encoding="utf-8", errors=_ERRORS) as file:
        writer = csv.writer(file)
        writer.writerow(_COLUMNS)
        for sample, part in zip(samples, parts, strict=True):
            writer.writerow([sample.name, sample.sha256, sample.label, part])


def read_split(path: Path, part: str) -> dict[str, str]:
    """Path below the data root -> sha256, of one part. Raises ConfigError for another file or an empty part."""
    try:
        with path.open(newline="", encoding="utf-8", errors=_ERRORS) as file:
            rows = csv.DictReader(file)
            if rows.fieldnames != _COLUMNS:
                raise ConfigError(f"{path}: expected the columns {', '.join(_COLUMNS)}, got {rows.fieldnames}")
            chosen = {row["path"]: row["sha256"] for row in rows if row["part"] == part}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(f"{path}: cannot be read as a split ({error})") from None
    if not chosen:
        raise ConfigError(f"{path}: no picture in the part {part!r}; parts are {', '.join(PARTS)}")
    return chosen


def _targets(samples: Sequence[Sample], part: str) -> dict[str, float]:
    counts = Counter(sample.label for sample in samples)
    return {label: max(1.0, round(number * SHARES[part])) for label, number in counts.items()}


def _by_size(samples: Sequence[Sample], rng: random.Random) -> list[tuple[str, list[Sample]]]:
    groups: dict[str, list[Sample]] = defaultdict(list)
    for sample in sorted(samples, key=lambda sample: (sample.label, sample.name)):
        groups[sample.group].append(sample)
    shuffled = list(groups.items())
    rng.shuffle(shuffled)
    return sorted(shuffled, key=lambda item: -len(item[1]))


def _first_need(counts: Counter[str], missing: dict[str, dict[str, float]]) -> str:
    (label,) = counts
    return next((part for part in ("val", "test") if missing[part][label] >= 1), "train")
