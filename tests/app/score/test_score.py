import json

import pytest

from app.score.score import score, total
from tests.app.score.timelines import EDGE_CASES, FPS, random_pairs, timeline


def test_figures_have_the_names_of_the_docs() -> None:
    found = score(
        timeline(("other", 0, 5.5), ("eating", 5.5, 10)), timeline(("other", 0, 5), ("eating", 5, 10))
    ).to_json()
    assert found["frame_accuracy"] == 0.95 and found["edit"] == found["f1@50"] == 1
    assert found["event_f1"] == {"0.5": 1, "2": 1}
    assert found["delay_s"] == {"median": 0.5, "p95": 0.5} and found["changes"] == 1
    assert found["switches_per_min"] == 6 and found["sure_wrong_min_per_h"] == 3
    assert found["confusion_s"] == {"eating": {"eating": 4.5, "other": 0.5}, "other": {"other": 5}}


@pytest.mark.parametrize("case", EDGE_CASES)
def test_edge_cases_are_valid_json(case: str) -> None:
    shown, truth, length = EDGE_CASES[case]
    assert json.loads(json.dumps(score(shown, truth, end_s=length / FPS).to_json(), allow_nan=False))


def test_shares_are_between_0_and_1() -> None:
    for shown, truth, length in random_pairs(200):
        values = score(shown, truth, end_s=length / FPS).values()
        shares = [name for name in values if "f1" in name or name in ("edit", "frame_accuracy")]
        assert len(shares) == 9
        assert all(value is None or 0 <= value <= 1 for name in shares for value in [values[name]])


def test_clips_count_as_one() -> None:
    """Two clips are scored as the second behind the first, with what nobody knows between."""
    one = (timeline(("eating", 0, 2), ("other", 2, 4)), timeline(("eating", 0, 1), ("other", 1, 4)))
    both = total([score(*one), score(*one)])
    joined = score(
        timeline(("eating", 0, 2), ("other", 2, 4), ("eating", 10, 12), ("other", 12, 14)),
        timeline(("eating", 0, 1), ("other", 1, 4), ("eating", 10, 11), ("other", 11, 14)),
    )
    assert both.values() == joined.values()
