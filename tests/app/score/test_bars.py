import pytest

from app.errors import ConfigError
from app.score.bars import Bar, missed, parse_bar
from app.score.meaning import measure
from app.score.score import Scores, score
from app.score.timeline import Timeline
from tests.app.score.timelines import timeline

SCORES = score(timeline(("eating", 0, 3), ("reading", 3, 4)), timeline(("eating", 0, 4)))
KNOWN = list(SCORES.values())


@pytest.mark.parametrize(
    ("bar", "is_missed"),
    [
        ("frame_accuracy=0.75", False),
        ("frame_accuracy=0.76", True),
        ("event_f1@0.5=0.6", False),
        ("switches_per_min=15", False),
        ("switches_per_min=14", True),
        ("sure_wrong_min_per_h=14.9", True),
        ("ward.insertions=1", False),
        ("delay_s.median=9", True),  # nothing changed, so there is no delay
    ],
)
def test_a_bar_is_held_against_its_measure(bar: str, is_missed: bool) -> None:
    assert bool(list(missed([parse_bar(bar, KNOWN)], SCORES))) == is_missed


@pytest.mark.parametrize("text", ["frame_accuracy", "frame_accuracy=", "frame_accuracy=high", "accuracy=1", "x=nan"])
def test_a_bar_that_is_none(text: str) -> None:
    with pytest.raises(ConfigError, match="--fail-under"):
        parse_bar(text, KNOWN)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("frame_accuracy=80", "frame_accuracy=0.8"),
        ("event_f1@0.5=1.5", "event_f1@0.5=0.015"),
        ("f1@50=inf", "from 0 to 1"),
        ("edit=1000", "from 0 to 1"),
    ],
)
def test_a_share_is_no_percentage(text: str, hint: str) -> None:
    with pytest.raises(ConfigError, match=hint):
        parse_bar(text, KNOWN)
    assert parse_bar("frame_accuracy=1", KNOWN).value == 1
    assert parse_bar("sure_wrong_min_per_h=14.9", KNOWN).value == 14.9


def test_every_figure_has_a_meaning_and_a_direction() -> None:
    assert all(measure(name).meaning.endswith((".", "?")) for name in KNOWN)
    assert not Bar("f1@10", 1).is_ceiling and Bar("false_alarms_per_h", 1).is_ceiling
    assert all(value in (None, 0) for value in Scores().values().values())
    assert score(Timeline(()), Timeline(())).values().keys() == SCORES.values().keys()
