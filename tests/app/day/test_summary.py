from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.day.summary import summarise
from app.diary.entry import Entry

DAY_MS = 86_400_000


def entry(label: str, start_s: float, end_s: float, source: str = "cam", offset_s: int = 0) -> Entry:
    return Entry(source, label, round(1000 * start_s), round(1000 * end_s), offset_s, "X", 0.9)


def test_sums_by_label_the_longest_first() -> None:
    found = summarise([entry("a", 0, 10), entry("unsure", 10, 11), entry("b", 11, 41), entry("a", 41, 46.5)])
    assert list(found.seconds.items()) == [("b", 30.0), ("a", 15.5), ("unsure", 1.0)]
    assert list(found.activities) == ["b", "a"]
    assert (found.seen_s, found.active_s, found.unsure_s, found.off_s) == (46.5, 45.5, 1.0, 0.0)


@given(
    st.lists(st.tuples(st.sampled_from(["a", "b", "unsure", "nobody"]), st.integers(0, 10**9), st.integers(0, 10**7)))
)
def test_the_parts_add_up_to_the_whole(parts: list[tuple[str, int, int]]) -> None:
    found = summarise([Entry("cam", label, start, start + length, 0, "X", 0.5) for label, start, length in parts])
    whole = sum(length for _, _, length in parts)
    assert round(1000 * found.seen_s) == whole
    assert round(1000 * (found.active_s + found.away_s + found.unsure_s)) == whole
    assert round(1000 * sum(seconds for day in found.days for seconds in day.seconds.values())) == whole
    assert round(1000 * sum(found.sources.values())) == whole
    for label, seconds in found.activities.items():
        assert sum(one.seconds for one in found.stretches if one.label == label) == pytest.approx(seconds, abs=1e-6)


def test_short_lapses_do_not_end_a_stretch_and_do_not_count() -> None:
    found = summarise([entry("a", 0, 60), entry("unsure", 60, 65), entry("a", 65, 100), entry("a", 200, 230)])
    assert [(one.seconds, one.start.second) for one in found.stretches] == [(95.0, 0), (30.0, 20)]
    assert found.longest["a"].seconds == 95.0


def test_switches_are_from_one_activity_to_another_whatever_was_between() -> None:
    labels = ["a", "unsure", "a", "nobody", "b", "Other", "b", "a"]
    found = summarise([entry(label, number, number + 1) for number, label in enumerate(labels)])
    assert found.switches == 2


def test_gaps_lie_between_the_first_image_and_the_last() -> None:
    found = summarise(
        [entry("a", 100, 200), entry("b", 150, 300, source="two"), entry("a", 301, 400), entry("a", 500, 600)]
    )
    assert [(gap.start.minute, gap.seconds) for gap in found.gaps] == [(6, 100.0)]
    assert found.off_s == 100.0


def test_a_clock_that_was_set_back_makes_no_gap_and_no_endless_stretch() -> None:
    found = summarise([entry("a", 0, 1000), entry("a", 10, 1010), entry("a", 1010, 1020)])
    assert (found.seconds["a"], found.off_s) == (2010.0, 0.0)


def test_days_are_local_ones() -> None:
    found = summarise([entry("a", 80_000, 80_010), entry("a", 80_100, 80_110, offset_s=7200)])
    assert [day.day for day in found.days] == [date(1970, 1, 1), date(1970, 1, 2)]


def test_the_end_of_a_day_is_that_of_the_entry_that_ends_last() -> None:
    (day,) = summarise([entry("a", 0, 500), entry("b", 100, 200, source="two")]).days
    assert (day.start.minute, day.end.minute) == (0, 8)


def test_nothing_is_nothing() -> None:
    found = summarise([])
    assert (found.days, found.seconds, found.seen_s, found.stretches, found.switches) == ([], {}, 0.0, [], 0)
