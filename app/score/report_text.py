"""The scores as lines for a terminal."""

from collections.abc import Iterator, Mapping

from app.score.align import SECOND
from app.score.meaning import figure, measure
from app.score.result import Result, ScoredClip
from app.score.score import Scores
from app.text import counted

_MOST_CONFUSED = 3
_OF_AN_HOUR = ("right_min_per_h", "unsure_min_per_h", "sure_wrong_min_per_h")
_WIDTH = 18  # of the first column

Values = Mapping[str, float | None]


def clip_line(clip: ScoredClip) -> str:
    """Returns one line on a clip."""
    values = clip.scores.values()
    return (
        f"{clip.name}: {_length(clip.scores)}, {_figure(values, 'frame_accuracy')} right, "
        f"{_figure(values, 'sure_wrong_min_per_h')} sure and wrong, {_figure(values, 'switches_per_min')} switches"
    )


def report(result: Result) -> Iterator[str]:
    """Yields the scores of all clips together."""
    scores = result.total
    if len(result.clips) > 1:
        yield f"together: {len(result.clips)} clips, {_length(scores)}"
    for name, text in _rows(scores, scores.values()):
        yield f"  {name:<{_WIDTH}} {text}"


def _rows(scores: Scores, values: Values) -> Iterator[tuple[str, str]]:
    felt, ward = scores.felt, scores.ward
    minutes = ", ".join(f"{measure(name).title} {_minutes(values, name)}" for name in _OF_AN_HOUR)
    yield "of an hour", f"{minutes} ({_minutes(values, 'overlooked_min_per_h')} of it overlooked)"
    truly, alarms = _figure(values, "true_switches_per_min"), _figure(values, "false_alarms_per_h")
    restless = _figure(values, "settled_switches_per_min")
    switches = f"{_figure(values, 'switches_per_min')} (truly {truly}), {restless} while nothing changes"
    yield "label switches", f"{switches}; false alarms {alarms}"
    missed = f"{felt.missed} of {counted(len(felt.delays) + felt.missed, 'change')} never shown"
    median, p95 = _figure(values, "delay_s.median"), _figure(values, "delay_s.p95")
    yield "delay at a change", f"median {median}, 95th percentile {p95}; {missed}"
    yield "frame-wise", f"accuracy {_figure(values, 'frame_accuracy')}, macro F1 {_figure(values, 'macro_f1')}"
    overlaps = ", ".join(f"{measure(name).title} {_figure(values, name)}" for name in values if name.startswith("f1@"))
    yield "segments", f"edit score {_figure(values, 'edit')}, {overlaps}"
    collars = [name for name in values if name.startswith("event_f1@")]
    by_collar = ", ".join(f"F1 {_figure(values, name)} (collar {name.partition('@')[2]} s)" for name in collars)
    yield "events", f"{by_collar}; segment-based F1 {_figure(values, 'segment_f1')}"
    yield (
        "events (Ward)",
        f"{counted(ward.insertions, 'insertion')}, {counted(ward.deletions, 'deletion')}, "
        f"{ward.fragmented} fragmented, {ward.merging} merging",
    )
    yield "time (Ward)", ", ".join(f"{kind} {lasted:,.1f} s" for kind, lasted in ward.seconds().items())
    if confused := _confused(scores):
        yield "most often", "; ".join(confused)


def _length(scores: Scores) -> str:
    return f"{scores.felt.scored / SECOND:,.1f} s scored"


def _figure(values: Values, name: str) -> str:
    return figure(values[name], measure(name).unit)


def _minutes(values: Values, name: str) -> str:
    return _figure(values, name).removesuffix("/h")


def _confused(scores: Scores) -> list[str]:
    wrong = [(lasted, pair) for pair, lasted in scores.framewise.confusion.items() if pair[0] != pair[1]]
    worst = sorted(wrong, key=lambda one: (-one[0], one[1]))[:_MOST_CONFUSED]
    return [f"{truth} shown as {shown} {lasted / SECOND:,.1f} s" for lasted, (truth, shown) in worst]
