"""The product's own log, also after a spreadsheet has had it: semicolons, tabs, decimal commas, other columns."""

import csv
from collections.abc import Mapping

from app.errors import TruthError
from app.score.timeline import Segment
from app.score.truth.times import parse_time

_DELIMITERS = ",;\t"
_NEEDED = ("label", "start")


def header_of(text: str) -> tuple[str, list[str]] | None:
    """Finds the header of a log.

    Args:
        text: of the file.

    Returns:
        What separates its columns, and their names, without "_s"; None for a text that is no log.
    """
    lines = _rows_text(text).split("\n", 1)
    for delimiter in _DELIMITERS:
        try:
            names = [name.strip().lower().removesuffix("_s") for name in next(csv.reader(lines, delimiter=delimiter))]
        except (csv.Error, StopIteration):
            continue
        if set(_NEEDED) <= set(names):
            return delimiter, names
    return None


def read_log(text: str, file: str) -> dict[str, list[Segment]]:
    """Reads a log.

    Args:
        text: of the file. It needs the columns `label` and `start_s`, and `end_s` or `seconds`; `source` and
            `confidence` may be there.
        file: its name, for messages.

    Returns:
        Source -> its segments; "" for a log without sources.

    Raises:
        TruthError: a row that cannot be read, named by its line.
    """
    header = header_of(text)
    assert header is not None, "the caller has looked"
    delimiter, names = header
    body = _rows_text(text)
    skipped = text.count("\n", 0, len(text) - len(body))
    rows = csv.reader(body.splitlines(keepends=True), delimiter=delimiter)
    found: dict[str, list[Segment]] = {}
    try:
        next(rows)
        for cells in rows:
            place = f"line {rows.line_num + skipped}"
            if any(cell.strip() for cell in cells):
                row = _row(cells, names, f"{file}, {place}")
                found.setdefault(row.get("source", ""), []).append(_segment(row, file, place))
    except csv.Error as error:
        raise TruthError(f"{file}, line {rows.line_num + skipped}: {error}; expected a row of a table") from None
    return found


def _rows_text(text: str) -> str:
    """Leaves out the line by which Excel says what separates columns."""
    first, _, rest = text.partition("\n")
    return rest if first.lower().startswith("sep=") else text


def _row(cells: list[str], names: list[str], where: str) -> dict[str, str]:
    if any(cell.strip() for cell in cells[len(names) :]):
        raise TruthError(
            f"{where}: {len(cells)} cells, but the first line names {len(names)} columns; decimal commas in a table "
            "whose columns are separated by commas? save it with semicolons"
        )
    return {name: cell.strip() for name, cell in zip(names, cells, strict=False)}


def _segment(row: Mapping[str, str], file: str, place: str) -> Segment:
    start_s = _time(row, "start", f"{file}, {place}")
    if row.get("end"):
        end_s = _time(row, "end", f"{file}, {place}")
    else:
        end_s = start_s + _time(row, "seconds", f"{file}, {place}")
    return Segment(row.get("label", ""), start_s, end_s, _confidence(row), place)


def _time(row: Mapping[str, str], name: str, where: str) -> float:
    text = row.get(name, "")
    try:
        return parse_time(text)
    except ValueError:
        expected = "an end_s, or seconds" if name == "seconds" and not text else "seconds, or minutes:seconds"
        raise TruthError(f"{where}: expected {expected}, got {text!r} for {name}") from None


def _confidence(row: Mapping[str, str]) -> float | None:
    try:
        return float(row.get("confidence", "").replace(",", "."))
    except ValueError:
        return None
