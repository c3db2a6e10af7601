"""Change lists: a line a change, "00:05 reading", which lasts until the next one. The last lasts to the end."""

import math
import re
from collections.abc import Sequence

from app.errors import TruthError
from app.score.timeline import Segment
from app.score.truth.times import TIME, parse_time

_LINE = re.compile(rf"(?P<time>{TIME})(?:\s*[-–—:,;=]+\s+|\s+|$)(?P<label>.*)")
_COMMENT = "#"
_REMARK = re.compile(r"(?<=\s)#(\s.*)?$")  # behind a label; "lap #2" is a label
UNKNOWN = "-"  # in place of a label: what goes on is not known from here on


def is_change_list(text: str) -> bool:
    """Tells whether the first line is a time with a label behind it."""
    first = next((line for line in map(str.strip, text.split("\n")) if line and not line.startswith(_COMMENT)), "")
    return _LINE.fullmatch(first) is not None


def read_changes(text: str, file: str) -> list[Segment]:
    """Reads a change list.

    Args:
        text: of the file. Left out are empty lines, those that begin with #, and what stands behind a lone #.
        file: its name, for messages.

    Raises:
        TruthError: a line without a time, named by its number, or times that do not rise.
    """
    points: list[Segment] = []
    for number, line in enumerate(map(str.strip, text.split("\n")), 1):
        if not line or line.startswith(_COMMENT):
            continue
        match = _LINE.fullmatch(_REMARK.sub("", line))
        try:
            time_s = parse_time(match["time"]) if match else math.nan
        except ValueError:
            match = None
        if match is None:
            raise TruthError(f"{file}, line {number}: expected a time and a label, such as 00:05 reading, got {line!r}")
        points.append(Segment(match["label"].strip(), time_s, time_s, place=f"line {number}"))
    return until_next(points, file)


def until_next(points: Sequence[Segment], file: str) -> list[Segment]:
    """Lets each label last until the next one.

    Args:
        points: segments of no length.
        file: its name, for messages.

    Raises:
        TruthError: one that does not start after the one before it.
    """
    ends = [*(point.start_s for point in points[1:]), math.inf]
    for point, end_s, after in zip(points, ends, points[1:], strict=False):
        if end_s <= point.start_s:
            raise TruthError(
                f"{file}, {after.place}: {end_s:g} s comes after {point.start_s:g} s of {point.place}; "
                "put the changes in the order of time"
            )
    return [
        Segment(point.label, point.start_s, end_s, place=point.place)
        for point, end_s in zip(points, ends, strict=True)
        if point.label != UNKNOWN
    ]
