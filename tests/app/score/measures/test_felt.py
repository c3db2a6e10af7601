import numpy as np
import pytest

from app.score.align import SECOND, align
from app.score.measures.felt import Felt, count_felt
from tests.app.score.timelines import FPS, all_cases, events, frames, timeline


def test_right_unsure_and_wrong_make_up_the_scored_time() -> None:
    for shown, truth, length in all_cases():
        found = count_felt(align(shown, truth, length / FPS))
        said, true, scored = frames(shown, truth, length)
        pairs = [(one, other) for one, other, counts in zip(said, true, scored, strict=True) if counts]
        assert found.scored == len(pairs) * SECOND // FPS
        assert found.right == sum(one == other for one, other in pairs) * SECOND // FPS
        assert found.unsure == sum(one == "unsure" for one, _ in pairs) * SECOND // FPS
        assert found.right + found.unsure + found.sure_wrong == found.scored
        assert found.overlooked <= found.sure_wrong


def test_false_alarms_touch_no_true_event_of_their_label() -> None:
    for shown, truth, length in all_cases():
        said, true = (events(side) for side in frames(shown, truth, length)[:2])
        alone = [
            one
            for one in said
            if not any(other[0] == one[0] and other[1] < one[2] and one[1] < other[2] for other in true)
        ]
        assert count_felt(align(shown, truth, length / FPS)).false_alarms == len(alone)


def test_what_a_person_feels_of_a_clip() -> None:
    shown = timeline(
        ("other", 0, 12),
        ("reading", 12, 30),
        ("unsure", 30, 31),
        ("reading", 31, 32),
        ("eating", 32, 40),
        ("other", 40, 58),
        ("cooking", 58, 60),
    )
    truth = timeline(("other", 0, 10), ("reading", 10, 30), ("eating", 30, 50), ("texting", 50, 60))
    found = count_felt(align(shown, truth))
    assert found.switches == 6 and found.true_switches == 3
    assert found.delays == (2 * SECOND, 2 * SECOND) and found.missed == 1
    assert found.delay_s(50) == 2
    assert found.per_minute(found.switches) == 6
    assert found.minutes_per_hour(found.unsure) == 1
    assert found.overlooked == (2 + 10 + 8) * SECOND
    assert found.sure_wrong == (2 + 1 + 10 + 10) * SECOND
    assert found.false_alarms == 2, "reading after it had ended, and cooking"


@pytest.mark.parametrize(
    ("shown_from_s", "delays", "missed"),
    [(3.0, (0,), 0), (5.0, (0,), 0), (6.5, (1_500_000,), 0), (10.0, (), 1)],
)
def test_a_label_that_was_there_before_the_change_is_not_late(
    shown_from_s: float, delays: tuple[int, ...], missed: int
) -> None:
    shown = timeline(("other", 0, shown_from_s), ("eating", shown_from_s, 20))
    truth = timeline(("other", 0, 5), ("eating", 5, 10), ("other", 10, 20))
    found = count_felt(align(shown, truth))
    assert found.delays[: len(delays)] == delays
    assert found.missed == missed + 1, "the end of eating is never shown"


def test_what_follows_a_gap_in_the_truth_is_no_change() -> None:
    found = count_felt(align(timeline(("eating", 0, 9)), timeline(("eating", 0, 3), ("reading", 6, 9))))
    assert found.true_switches == 0 and found.delays == () and found.missed == 0
    assert found.switches == 0


def test_what_switches_while_nothing_changes_is_restless() -> None:
    """Two seconds after a change the label has arrived; the last second of a clip whose truth has a gap counts too."""
    shown = timeline(
        ("unsure", 0, 1),  # arrives
        ("eating", 1, 5),
        ("unsure", 5, 6),  # restless: off and on
        ("eating", 6, 10.5),
        ("reading", 10.5, 13),  # arrives after 0.5 s
        ("unsure", 13, 20),  # restless
    )
    found = count_felt(align(shown, timeline(("eating", 0, 10), ("reading", 10, 14), ("reading", 16, 20))))
    assert found.settled == (8 + 2 + 2) * SECOND
    assert found.settled_switches == 3 and found.settled_switches_per_min == 15
    assert Felt().settled_switches_per_min is None


def test_settled_switches_are_some_of_the_switches() -> None:
    for shown, truth, length in all_cases():
        found = count_felt(align(shown, truth, length / FPS))
        assert 0 <= found.settled_switches <= found.switches
        assert 0 <= found.settled <= found.scored


def test_percentiles_are_numpys() -> None:
    felt = Felt(delays=(0, 1_000_000, 5_000_000, 7_000_000))
    assert felt.delay_s(95) == pytest.approx(np.percentile([0, 1, 5, 7], 95), abs=1e-9)
    assert Felt().delay_s(50) is None and Felt().per_hour(0) is None


def test_clips_add_up() -> None:
    clip = count_felt(align(timeline(("eating", 0, 1)), timeline(("other", 0, 1))))
    both = clip + clip
    assert both.scored == 2 * SECOND and both.false_alarms == 2
    assert both.per_hour(both.false_alarms) == 3600
