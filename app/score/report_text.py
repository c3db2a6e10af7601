"""The scores as lines for a terminal."""

from collections.abc import Iterator, Mapping

from app.score.align import SECOND
from app.score.meaning import figure, measure
from app.score.result import Result, ScoredClip
from app.score.score import Scores
from app.text import counted

_MOST_CONFUSED = 3
_WIDTH = 18  # of the first column

Values = Mapping[str, float | None]


def clip_line(clip: ScoredClip) -> str:
    """Returns one line on a clip."""
    values = clip.scores.values()
    return (
        f"{clip.name}: {_length(clip.scores)}, {_figure(values, 'frame_accuracy')} right, sure and wrong "
        f"{_figure(values, 'sure_wrong_min_per_h')}, {_figure(values, 'switches_per_min')} label switches"
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
    minutes = [f"{_figure(values, name)} {measure(name).title}" for name in values if name.endswith("min_per_h")]
    yield "of an hour", ", ".join(minutes)
    truly, alarms = _figure(values, "true_switches_per_min"), _figure(values, "false_alarms_per_h")
    restless = _figure(values, "settled_switches_per_min")
    switches = f"{_figure(values, 'switches_per_min')} (truly {truly}; while nothing changes {restless})"
    yield "label switches", f"{switches}; false alarms {alarms}"
    missed = f"{felt.missed} of {counted(len(felt.delays) + felt.missed, 'change')} never shown"
    median, p95 = _figure(values, "delay_s.median"), _figure(values, "delay_s.p95")
    yield "delay at a change", f"median {median}, 95th percentile {p95}; {missed}"
    yield "frame-wise", f"accuracy {_figure(values, 'frame_accuracy')}, macro F1 {_figure(values, 'macro_f1')}"
    yield "segments", f"edit score {_figure(values, 'edit')}, {_family(values, 'f1@')}"
    by_second = _figure(values, "segment_f1")
    yield "events", f"{_family(values, 'event_f1@')}, segment-based F1 {by_second}"
    seconds = {kind: f"{lasted:,.1f} s" for kind, lasted in ward.seconds().items()}
    yield (
        "Ward's mistakes",
        f"{counted(ward.insertions, 'insertion')} ({seconds['insertion']}), "
        f"{counted(ward.deletions, 'deletion')} ({seconds['deletion']}), "
        f"{ward.fragmented} fragmented ({seconds['fragmentation']}), {ward.merging} merging ({seconds['merge']}), "
        f"overfill {seconds['overfill']}, underfill {seconds['underfill']}",
    )
    if confused := _confused(scores):
        yield "most often", "; ".join(confused)


def _length(scores: Scores) -> str:
    return f"{scores.felt.scored / SECOND:,.1f} s scored"


def _figure(values: Values, name: str) -> str:
    return figure(values[name], measure(name).unit)


def _family(values: Values, prefix: str) -> str:
    found = [name for name in values if name.startswith(prefix)]
    return ", ".join(f"{measure(name).title} {_figure(values, name)}" for name in found)


def _confused(scores: Scores) -> list[str]:
    wrong = [(lasted, pair) for pair, lasted in scores.framewise.confusion.items() if pair[0] != pair[1]]
    worst = sorted(wrong, key=lambda one: (-one[0], one[1]))[:_MOST_CONFUSED]
    return [f"{truth} shown as {shown} {lasted / SECOND:,.1f} s" for lasted, (truth, shown) in worst]
