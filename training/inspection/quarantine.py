"""Moving unusable files out of a dataset, and back: python -m training.inspection.quarantine DIR undoes it."""

import csv
import io
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from app.command import EXIT_MISTAKE, run_command
from app.errors import ConfigError, OutputError
from app.outputs import unused_path, write_text
from app.text import counted, printable
from training.inspection.findings import Finding

MOVES = "moves.csv"
_COLUMNS = ["finding", "from", "to"]
_ERRORS = "surrogateescape"  # file names on Linux may be any bytes
_EXIT_SOME_STAY = 1


def quarantine(findings: Sequence[Finding], folder: Path) -> tuple[int, list[str]]:
    """Moves files below a folder, where they keep their subfolders; replaces none.

    Each move is listed in moves.csv (absolute paths) before it is made.

    Args:
        findings: whose files to move.
        folder: where to; made if missing.

    Returns:
        How many were moved, and a line for each that could not be.

    Raises:
        OutputError: the folder or the list cannot be written.
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
                target = unused_path(folder / _below(finding.file.name if finding.file else path.name), "-")
                writer.writerow([finding.kind.title, path.absolute(), target.absolute()])
                file.flush()
                if problem := _move(path, target):
                    failed.append(problem)
                else:
                    moved += 1
    except OSError as error:
        before = counted(moved, "file")
        raise OutputError(f"{folder}: cannot be written ({error.strerror}); moved before: {before}") from None
    return moved, failed


def restore(folder: Path) -> tuple[int, list[str]]:
    """Undoes the moves that are listed in a folder; keeps those listed that fail.

    Returns:
        How many files are back, and a line for each that stays.

    Raises:
        ConfigError: there is no list.
        OutputError: the list cannot be written.
    """
    back, kept, problems = 0, [], []
    for row in _read_moves(folder / MOVES):
        source, target = Path(row["to"]), Path(row["from"])
        if not os.path.lexists(source):
            continue  # never moved, or moved back already
        if problem := _move_back(source, target):
            problems.append(problem)
            kept.append(row)
        else:
            back += 1
    _write_rest(folder / MOVES, kept)
    return back, problems


def _read_moves(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(newline="", encoding="utf-8", errors=_ERRORS) as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(f"{path}: cannot be read as a list of moves ({error})") from None
    if any(set(row) != set(_COLUMNS) or None in row.values() for row in rows):
        raise ConfigError(f"{path}: expected the columns {', '.join(_COLUMNS)}")
    return rows


def _unique(findings: Sequence[Finding]) -> dict[Path, Finding]:
    """The first finding of each file: those of a folder that belongs to two classes are found twice."""
    found: dict[Path, Finding] = {}
    for finding in findings:
        if finding.file is not None:
            found.setdefault(finding.file.path, finding)
    return found


def _below(name: str) -> Path:
    """A relative path without "..", so that the file stays below the quarantine whatever its name says."""
    return Path(*("outside" if part == ".." else part for part in Path(name).parts))


def _move(source: Path, target: Path) -> str | None:
    """Moves a file; returns the problem, if there is one."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(source, target)
    except OSError as error:
        return f"{printable(str(source))}: could not be moved ({error.strerror or error})"
    return None


def _move_back(source: Path, target: Path) -> str | None:
    if os.path.lexists(target):
        return f"{printable(str(target))}: another file is there now; move it away"
    return _move(source, target)


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
    """Moves everything back.

    Args:
        arguments: the folder of the quarantine, alone.

    Returns:
        The exit status: 0 when all files are back, 1 when some stay, 2 for a user's mistake.
    """
    if len(arguments) != 1:
        print("usage: python -m training.inspection.quarantine DIR   (moves everything back)", file=sys.stderr)
        return EXIT_MISTAKE
    return run_command(lambda: _restore(Path(arguments[0])))


def _restore(folder: Path) -> int:
    back, problems = restore(folder)
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"{counted(back, 'file')} moved back")
    return _EXIT_SOME_STAY if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
