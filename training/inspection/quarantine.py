"""Moving unusable files out of a dataset, and back: python -m training.inspection.quarantine DIR undoes it."""

import csv
import io
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from app.errors import ConfigError
from app.outputs import write_text
from training.inspection.findings import Finding, printable

MOVES = "moves.csv"
_COLUMNS = ["finding", "from", "to"]
_ERRORS = "surrogateescape"  # file names on Linux may be any bytes


def quarantine(findings: Sequence[Finding], folder: Path) -> tuple[int, list[str]]:
    """Moves the files of the findings below `folder`, where they keep their subfolders; nothing is replaced.

    Each move stands in moves.csv (absolute paths) before it is made. Returns how many were moved, and a line for each
    that could not be. Raises ConfigError when the folder or the list cannot be written.
    """
    moved, failed = 0, []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        is_new = not (folder / MOVES).exists()
        with (folder / MOVES).open("a", newline="", encoding="utf-8", errors=_ERRORS) as file:
            writer = csv.writer(file)
            if is_new:
                writer.writerow(_COLUMNS)
            for path, finding in _unique(findings).items():
                target = _free(folder / _below(finding.file.name if finding.file else path.name))
                writer.writerow([finding.kind.title, path.absolute(), target.absolute()])
                file.flush()
                if problem := _move(path, target):
                    failed.append(problem)
                else:
                    moved += 1
    except OSError as error:
        raise ConfigError(f"{folder}: cannot be written ({error.strerror}); {moved} files were moved before") from None
    return moved, failed


def restore(folder: Path) -> tuple[int, list[str]]:
    """Undoes the moves listed in the folder. Returns how many, and a line for each file that stays; keeps those listed.

    Raises ConfigError without a list.
    """
    try:
        with (folder / MOVES).open(newline="", encoding="utf-8", errors=_ERRORS) as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(f"{folder / MOVES}: cannot be read as a list of moves ({error})") from None
    if any(set(row) != set(_COLUMNS) or None in row.values() for row in rows):
        raise ConfigError(f"{folder / MOVES}: expected the columns {', '.join(_COLUMNS)}")
    back, kept, problems = 0, [], []
    for row in rows:
        source, target = Path(row["to"]), Path(row["from"])
        if not os.path.lexists(source):
            continue  # never moved, or moved back already
        problem = f"{printable(str(target))}: there is a file again" if os.path.lexists(target) else None
        if problem := problem or _move(source, target):
            problems.append(problem)
            kept.append(row)
        else:
            back += 1
    _write_rest(folder / MOVES, kept)
    return back, problems


def _unique(findings: Sequence[Finding]) -> dict[Path, Finding]:
    """A folder may belong to two classes."""
    found: dict[Path, Finding] = {}
    for finding in findings:
        if finding.file is not None:
            found.setdefault(finding.file.path, finding)
    return found


def _below(name: str) -> Path:
    """Whatever the name says, it stays below."""
    return Path(*("outside" if part == ".." else part for part in Path(name).parts))


def _free(path: Path) -> Path:
    """The path, with a number where that name is taken."""
    number, free = 1, path
    while os.path.lexists(free):
        number += 1
        free = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return free


def _move(source: Path, target: Path) -> str | None:
    """The problem, if there is one."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(source, target)
    except OSError as error:
        return f"{printable(str(source))}: could not be moved ({error.strerror or error})"
    return None


def _write_rest(path: Path, rows: Sequence[dict[str, str]]) -> None:
    if not rows:
        path.unlink()
        return
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, _COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    write_text(path, text.getvalue(), _ERRORS)


def main(arguments: Sequence[str]) -> int:
    """Exit status 0 when all files are back, 1 when some stay, 2 for a mistake."""
    if len(arguments) != 1:
        print("usage: python -m training.inspection.quarantine DIR   (moves everything back)", file=sys.stderr)
        return 2
    try:
        back, problems = restore(Path(arguments[0]))
    except ConfigError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"{back} files moved back")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
