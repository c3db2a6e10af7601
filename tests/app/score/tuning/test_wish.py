"""Which settings meet a wish best."""

import math
from dataclasses import replace

import pytest

from app.score.align import SECOND
from app.score.measures.felt import Felt
from app.score.tuning.wish import Wish

MINUTE = 60 * SECOND
WISH = Wish(max_switches_per_min=1.0, max_delay_s=1.0, min_right_min_per_h=30.0)
GOOD = Felt(  # an hour: 40 minutes right, 5 wrong, half a switch a minute, a delay of half a second
    scored=60 * MINUTE, right=40 * MINUTE, sure_wrong=5 * MINUTE, settled=60 * MINUTE, settled_switches=30,
    delays=(SECOND // 2,) * 3,
)  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "excess"),
    [
        ({}, 0.0),
        ({"settled_switches": 120}, 1.0),
        ({"delays": (3 * SECOND,)}, 2.0),
        ({"right": 20 * MINUTE}, 0.5),
        ({"settled_switches": 120, "right": 20 * MINUTE}, 1.5),
        ({"delays": (), "missed": 2}, math.inf),
        ({"delays": ()}, 0.0),
        ({"right": 0}, math.inf),
    ],
)
def test_how_far_a_wish_is_missed(changes: dict[str, object], excess: float) -> None:
    assert WISH.excess(replace(GOOD, **changes)) == pytest.approx(excess)  # type: ignore[arg-type]


def test_the_least_wrong_of_those_that_keep_every_limit() -> None:
    hasty = replace(GOOD, sure_wrong=MINUTE, settled_switches=600)
    better = replace(GOOD, sure_wrong=4 * MINUTE)
    more_right = replace(better, right=41 * MINUTE)
    assert WISH.best([GOOD, hasty, better]) == 2
    assert WISH.best([GOOD, hasty, better, more_right]) == 3
    assert WISH.best([better, better]) == 0, "the present ones stay unless something is better"


def test_the_nearest_where_none_keeps_them() -> None:
    slow, slower = (replace(GOOD, delays=(seconds * SECOND,)) for seconds in (2, 3))
    assert WISH.best([slower, replace(slow, sure_wrong=50 * MINUTE)]) == 1


def test_no_switch_at_all_can_be_wished() -> None:
    none = replace(WISH, max_switches_per_min=0.0)
    assert none.excess(GOOD) == math.inf
    assert none.excess(replace(GOOD, settled_switches=0)) == 0
