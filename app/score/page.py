"""The scores as one HTML file that needs nothing else: both timelines, every mistake, tables, settings."""

import base64
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from app import __version__
from app.arrays import Ints
from app.labels import NOBODY, OTHER, UNSURE
from app.outputs import write_text
from app.overlay.colours import label_colour
from app.score.align import SECOND, align
from app.score.meaning import figure, measure
from app.score.result import Mistake, Result, ScoredClip
from app.score.score import Scores
from app.score.timeline import Timeline
from app.text import comparable, display_name, printable

_TEMPLATE = Path(__file__).with_name("page.html")
_DATA = "@DATA@"
_BACKGROUND = {OTHER, NOBODY, UNSURE}
_RIGHT, _WRONG, _UNSURE = 0, 1, 2  # as the page knows them
_MOST = 200  # mistakes of a clip that are listed, the longest ones


def write_page(path: Path, result: Result) -> None:
    """Writes the page, whole.

    Args:
        path: the file; one that is there is replaced.
        result: what to show.

    Raises:
        OutputError: it cannot be written.
    """
    write_text(path, render(result))


def render(result: Result) -> str:
    """Makes the HTML text. Names and labels are data of its script, which shows them as text: they are never HTML."""
    data = json.dumps(_data(result)).replace("<", "\\u003c")
    return _TEMPLATE.read_text(encoding="utf-8").replace(_DATA, data)


def _data(result: Result) -> dict[str, Any]:
    names = _names(result)
    return {
        "title": printable(result.clips[0].name) if len(result.clips) == 1 else f"{len(result.clips)} clips",
        "about": [[name, printable(text)] for name, text in _about(result)],
        "notes": [printable(note) for note in (*result.failed, *result.notes)],
        "labels": [
            [display_name(label), _colour(position, form)] for position, (form, label) in enumerate(names.items())
        ],
        "figures": _figures(result.total),
        "confusion": _confusion(result.total),
        "byLabel": list(_by_label(result.total)),
        "clips": [_clip(clip, {form: position for position, form in enumerate(names)}) for clip in result.clips],
        "settings": [
            [name, value if isinstance(value, str) else json.dumps(value)] for name, value in _flat(result.settings)
        ],
    }


def _about(result: Result) -> Iterator[tuple[str, str]]:
    yield from result.about.items()
    yield "Scored", f"{result.total.felt.scored / SECOND:,.1f} s, version {__version__}"


def _names(result: Result) -> dict[str, str]:
    """Form in which labels are compared -> label, in the order in which colours are given."""
    found: dict[str, str] = {}
    for clip in result.clips:
        for label in (*clip.truth.timeline.labels, *clip.shown.labels):
            found.setdefault(comparable(label), label)
    return {form: found[form] for form in sorted(found, key=lambda form: (form in _BACKGROUND, form))}


def _colour(position: int, form: str) -> str:
    if form in _BACKGROUND:
        return ""  # the page has greys for these
    blue, green, red = label_colour(position)
    return f"#{red:02x}{green:02x}{blue:02x}"


def _figures(scores: Scores) -> list[list[str]]:
    """Key, title, value, meaning of every measure."""
    values = scores.values()
    described = ((name, value, measure(name)) for name, value in values.items())
    return [[name, of.title, figure(value, of.unit), of.meaning] for name, value, of in described]


def _clip(clip: ScoredClip, positions: Mapping[str, int]) -> dict[str, Any]:
    longest = sorted(clip.mistakes, key=lambda mistake: (-mistake.seconds, mistake.start_s))[:_MOST]
    return {
        "name": printable(clip.name),
        "seconds": clip.end_s,
        "truth": _strip(clip.truth.timeline, positions, clip.end_s),
        "shown": _strip(clip.shown, positions, clip.end_s),
        "verdicts": list(_verdicts(clip)),
        "mistakes": [
            {
                "start": mistake.start_s,
                "end": mistake.end_s,
                "truth": positions[comparable(mistake.truth)],
                "shown": positions[comparable(mistake.shown)],
                "still": _still(clip, mistake),
            }
            for mistake in longest
        ],
        "figures": _figures(clip.scores),
    }


def _strip(timeline: Timeline, positions: Mapping[str, int], end_s: float) -> list[list[float | None]]:
    """Label, start, end and confidence of each segment."""
    return [
        [positions[comparable(one.label)], round(one.start_s, 3), round(min(one.end_s, end_s), 3), one.confidence]
        for one in timeline.segments
    ]


def _verdicts(clip: ScoredClip) -> Iterator[list[float]]:
    """Verdict, start and end of each stretch that is scored."""
    aligned = align(clip.shown, clip.truth.timeline, clip.end_s)
    pieces = aligned.pieces
    ends: Ints = pieces.starts + pieces.lengths
    open_: list[float] | None = None
    for true, shown, start, end in zip(*(part.tolist() for part in (*pieces[:3], ends)), strict=True):
        verdict = _RIGHT if true == shown else _UNSURE if shown == aligned.unsure else _WRONG
        start_s, end_s = start / SECOND, end / SECOND
        if open_ is not None and open_[0] == verdict and open_[2] == start_s:
            open_[2] = end_s
            continue
        if open_ is not None:
            yield open_
        open_ = [verdict, start_s, end_s]
    if open_ is not None:
        yield open_


def _still(clip: ScoredClip, mistake: Mistake) -> str:
    """The image nearest the middle of a mistake, as a data: address; "" where there is none."""
    middle_s = (mistake.start_s + mistake.end_s) / 2
    within = [time_s for time_s in clip.stills if mistake.start_s - 0.001 <= time_s < mistake.end_s]
    if not within:
        return ""
    jpeg = clip.stills[min(within, key=lambda time_s: abs(time_s - middle_s))]
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"


def _confusion(scores: Scores) -> dict[str, Any]:
    """Seconds: a row a true label, a column a label shown."""
    seconds = scores.framewise.confusion_s()
    shown = sorted({name for row in seconds.values() for name in row}, key=lambda name: (name == UNSURE, name))
    rows = [[display_name(true), true, [row.get(name, 0.0) for name in shown]] for true, row in seconds.items()]
    return {"shown": [[display_name(name), name] for name in shown], "rows": rows}


def _by_label(scores: Scores) -> Iterator[list[Any]]:
    """Label, seconds true, seconds shown, precision, recall, F1; None where it is not defined."""
    confusion = scores.framewise.confusion
    for label in sorted({name for pair in confusion for name in pair} - {UNSURE}):
        right = confusion.get((label, label), 0)
        true = sum(lasted for (truth, _), lasted in confusion.items() if truth == label)
        shown = sum(lasted for (_, said), lasted in confusion.items() if said == label)
        precision, recall = (right / part if part else None for part in (shown, true))
        yield [display_name(label), true / SECOND, shown / SECOND, precision, recall, 2 * right / (true + shown)]


def _flat(settings: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in settings.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value
