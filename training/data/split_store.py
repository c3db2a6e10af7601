"""The store that keeps a dataset's split from one run to the next, so that no image changes sides."""

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

from training.data.dataset import Sample
from training.data.split_file import PARTS, Row, read_parts, read_rows, write_rows

_NAME_CHARS = 40  # four bytes each, and the rest still fits into a file name


def store_path(runs: Path, dataset_name: str, seed: int) -> Path:
    """Names the store of a dataset.

    Args:
        runs: the folder of the runs.
        dataset_name: any text; one that cannot be a file name is simplified, and a hash tells it apart.
        seed: of the split.

    Returns:
        `runs`/splits/<dataset>-<seed>.csv.
    """
    plain = re.sub(r"[^\w.-]+", "_", dataset_name)[:_NAME_CHARS].strip("._") or "dataset"
    if plain != dataset_name:
        plain += "-" + hashlib.sha256(dataset_name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return runs / "splits" / f"{plain}-{seed}.csv"


def read_store(path: Path) -> dict[str, str]:
    """Reads the part of every image that was ever split.

    Returns:
        sha256 -> part; empty when there is no store.

    Raises:
        ConfigError: the file is no store.
    """
    return read_parts(path) if path.exists() else {}


def write_store(path: Path, samples: Sequence[Sample], parts: Sequence[str]) -> None:
    """Adds a split, a row for each content; rows of images that are gone stay, in case they come back.

    Args:
        path: of the store.
        samples: N images.
        parts: the part of each, N.

    Raises:
        ConfigError: the file is no store.
        OutputError: it cannot be written.
    """
    rows: dict[str, Row] = {row[1]: row for row in read_rows(path)} if path.exists() else {}
    given: dict[str, Row] = {}
    for sample, part in sorted(zip(samples, parts, strict=True), key=lambda pair: PARTS.index(pair[1])):
        given.setdefault(sample.sha256, (sample.name, sample.sha256, sample.label, part))
    write_rows(path, sorted((rows | given).values()))
