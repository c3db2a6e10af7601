"""Audacity's labels: start, end and name with tabs between them; frequencies in a line of their own, after a backslash.

Where every label is a point, as Ctrl+M makes them while it plays, each lasts until the next one.
"""

import re

from app.errors import TruthError
from app.score.timeline import Segment
from app.score.truth.change_list import until_next
from app.score.truth.times import TIME, parse_time

_LINE = re.compile(rf"\s*(?P<start>{TIME})\t\s*(?P<end>{TIME})\s*(?:\t(?P<label>.*))?")
_FREQUENCIES = "\\"


def is_audacity(text: str) -> bool:
    """Tells whether the first line is a label of Audacity."""
    return _LINE.fullmatch(next((line for line in text.split("\n") if line.strip()), "")) is not None


def read_labels(text: str, file: str) -> list[Segment]:
    """Reads exported labels.

    Args:
        text: of the file.
        file: its name, for messages.

    Raises:
        TruthError: a line that is none of a label, named by its number; or points that do not rise.
    """
    found: list[Segment] = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip() or line.startswith(_FREQUENCIES):
            continue
        match = _LINE.fullmatch(line)
        try:
            times = (parse_time(match["start"]), parse_time(match["end"])) if match else None
        except ValueError:
            times = None
        if match is None or times is None:
            raise TruthError(f"{file}, line {number}: expected start, end and name with tabs between, got {line!r}")
        found.append(Segment((match["label"] or "").strip(), *times, place=f"line {number}"))
    only_points = all(one.start_s == one.end_s for one in found)
    return until_next(found, file) if only_points else found
