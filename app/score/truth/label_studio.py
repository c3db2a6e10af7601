"""Label Studio's JSON and JSON-MIN of `TimelineLabels`: ranges of frames, the first one being 1, both ends included."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from app.errors import TruthError
from app.score.timeline import Segment

_RATE_KEYS = {"fps", "framerate", "frame_rate"}
_NOT_TRUTH = {"predictions", "drafts"}


def is_json(text: str) -> bool:
    """Tells whether a text can be JSON."""
    return text.lstrip().startswith(("[", "{"))


def read_label_studio(text: str, file: str, fps: float | None) -> dict[str, list[Segment]]:
    """Reads an export.

    Args:
        text: of the file.
        file: its name, for messages.
        fps: frames a second by which the project counts; None: as the file says.

    Returns:
        Name of the video -> its segments.

    Raises:
        TruthError: no JSON, no such labels, or no rate.
    """
    try:
        export = json.loads(text)
    except json.JSONDecodeError as error:
        raise TruthError(f"{file}, line {error.lineno}: not valid JSON: {error.msg}") from None
    except RecursionError:
        raise TruthError(f"{file}: not valid JSON: nested too deeply") from None
    tasks = [task for task in (export if isinstance(export, list) else [export]) if isinstance(task, dict)]
    found: dict[str, list[Segment]] = {}
    for number, task in enumerate(tasks, 1):
        regions = list(_regions(_annotation(task, f"{file}, task {number}")))
        if regions:
            rate = fps or _rate(task, file)
            found.setdefault(_video(task), []).extend(_segments(regions, rate, file))
    if not found:
        raise TruthError(f"{file}: no TimelineLabels in it; expected an export of Label Studio in JSON or JSON-MIN")
    return found


def _annotation(task: Mapping[str, Any], where: str) -> Any:
    """Returns what one annotator said; of a task in JSON-MIN all of it."""
    given = task.get("annotations")
    if not isinstance(given, list):
        return task
    said = [one for one in given if isinstance(one, dict) and not one.get("was_cancelled")]
    if len(said) > 1:
        raise TruthError(f"{where}: {len(said)} annotations; export one of them")
    return said


def _regions(value: Any) -> Iterator[dict[str, Any]]:
    """Finds every object with ranges and labels, at any depth."""
    if isinstance(value, list):
        for inner in value:
            yield from _regions(inner)
    elif isinstance(value, dict):
        if "ranges" in value and "timelinelabels" in value:
            yield value
        for key, inner in value.items():
            if key not in _NOT_TRUTH:
                yield from _regions(inner)


def _segments(regions: list[dict[str, Any]], fps: float, file: str) -> list[Segment]:
    found: list[Segment] = []
    for number, region in enumerate(regions, 1):
        place = f"region {number}"
        try:
            (label,) = region["timelinelabels"]
            spans = [(float(span["start"]), float(span["end"])) for span in region["ranges"]]
        except (TypeError, KeyError, ValueError):
            raise TruthError(f"{file}, {place}: expected one label, and ranges with start and end") from None
        found += [Segment(str(label), max(start - 1, 0) / fps, end / fps, place=place) for start, end in spans]
    return _without_shared_frames(found, 1 / fps)


def _without_shared_frames(segments: list[Segment], frame_s: float) -> list[Segment]:
    """Gives a frame that ends one region and begins the next to the next."""
    ordered = sorted(segments, key=lambda one: (one.start_s, one.end_s))
    for number, after in enumerate(ordered[1:]):
        one = ordered[number]
        if one.start_s < after.start_s < one.end_s < after.start_s + 1.5 * frame_s:
            ordered[number] = replace(one, end_s=after.start_s)
    return ordered


def _rate(task: Any, file: str) -> float:
    for one in _objects(task):
        for key, value in one.items():
            if str(key).lower() in _RATE_KEYS and _is_positive(value):
                return float(value)
        if _is_positive(one.get("framesCount")) and _is_positive(one.get("duration")):
            return float(one["framesCount"]) / float(one["duration"])
    raise TruthError(
        f"{file}: counts in frames and does not say how many a second has; give --fps, the frameRate of the project"
    )


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _objects(inner)


def _is_positive(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1e9


def _video(task: Mapping[str, Any]) -> str:
    data = task.get("data")
    texts = (value for value in (data if isinstance(data, dict) else task).values() if isinstance(value, str))
    return next((PurePosixPath(text).name for text in texts if PurePosixPath(text).suffix), "")
