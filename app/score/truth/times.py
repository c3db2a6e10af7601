"""Times as people and programs write them."""

import re

_TIME = re.compile(r"(?:(?:(\d{1,6}):)?(\d{1,6}):)?(\d{1,12})(?:[.,](\d{1,12}))?\s*s?", re.ASCII)
TIME = r"\d+(?::\d+){0,2}(?:[.,]\d+)?"  # as a part of other patterns


def parse_time(text: str) -> float:
    """Reads a time, in seconds.

    Args:
        text: seconds, minutes and seconds, or hours, minutes and seconds; with a decimal point or comma.

    Returns:
        Seconds.

    Raises:
        ValueError: it is no such time.

    Example:
        >>> parse_time("75,5"), parse_time("1:15.5"), parse_time("1:00:00")
        (75.5, 75.5, 3600.0)
    """
    match = _TIME.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is no time")
    hours, minutes, seconds, fraction = match.groups()
    if (minutes is not None and int(seconds) >= 60) or (hours is not None and int(minutes) >= 60):
        raise ValueError(f"{text!r} has more than 59 minutes or seconds")
    return int(hours or 0) * 3600 + int(minutes or 0) * 60 + float(f"{seconds}.{fraction or 0}")
