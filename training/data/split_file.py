"""split.csv: which part of a split each image belongs to, by its path and its content."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from app.errors import ConfigError
from app.outputs import written_whole
from training.data.dataset import Sample

PARTS = ("train", "val", "test")
Row = tuple[str, str, str, str]  # path below the data root, sha256, label, part
_COLUMNS = ["path", "sha256", "label", "part"]
_ERRORS = "surrogateescape"  # file names on Linux may be any bytes


def write_split(path: Path, samples: Sequence[Sample], parts: Sequence[str]) -> None:
    """Writes a row for each sample.

    Args:
        path: the CSV; one that is there is replaced.
        samples: N images.
        parts: the part of each, N.

    Raises:
        OutputError: it cannot be written.
    """
    write_rows(path, ((s.name, s.sha256, s.label, part) for s, part in zip(samples, parts, strict=True)))


def read_split(path: Path, part: str) -> dict[str, str]:
    """Reads one part.

    Returns:
        Path below the data root -> sha256.

    Raises:
        ConfigError: another kind of file, or the part is empty.
    """
    chosen = {name: sha256 for name, sha256, _, its_part in read_rows(path) if its_part == part}
    if not chosen:
        raise ConfigError(f"{path}: no image in the part {part!r}; parts are {', '.join(PARTS)}")
    return chosen


def read_parts(path: Path) -> dict[str, str]:
    """Reads all parts.

    Returns:
        sha256 -> part.

    Raises:
        ConfigError: another kind of file.
    """
    return {sha256: part for _, sha256, _, part in read_rows(path)}


def read_rows(path: Path) -> list[Row]:
    """Reads what `write_rows` wrote.

    Raises:
        ConfigError: another kind of file.
    """
    try:
        with path.open(newline="", encoding="utf-8", errors=_ERRORS) as file:
            reader = csv.reader(file)
            columns = next(reader, None)
            if columns != _COLUMNS:
                raise ConfigError(f"{path}: expected the columns {', '.join(_COLUMNS)}, got {columns}")
            return [_checked(row, path, reader.line_num) for row in reader if row]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(f"{path}: cannot be read as a split ({error})") from None


def write_rows(path: Path, rows: Iterable[Row]) -> None:
    """Writes all rows or none: a split that is half written would move images from one part to another.

    Raises:
        OutputError: it cannot be written.
    """
    with written_whole(path) as draft:
        path.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("w", newline="", encoding="utf-8", errors=_ERRORS) as file:
            writer = csv.writer(file)
            writer.writerow(_COLUMNS)
            writer.writerows(rows)


def _checked(row: list[str], path: Path, line: int) -> Row:
    if len(row) != len(_COLUMNS) or row[3] not in PARTS:
        raise ConfigError(f"{path}, line {line}: expected {', '.join(_COLUMNS)}, got {str(row)[:80]}")
    name, sha256, label, part = row
    return name, sha256, label, part
