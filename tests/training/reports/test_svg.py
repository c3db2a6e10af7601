import math

import pytest

from training.reports.svg import Plot, Tick, percent, round_values

PLOT = Plot(width=120, height=100, left=10, right=10, top=5, bottom=15, x=(0, 10), y=(-1, 1))


def test_the_data_fill_the_area_between_the_margins() -> None:
    assert [PLOT.at_x(value) for value in (0, 5, 10)] == [10, 60, 110] and PLOT.right_edge == 110
    assert [PLOT.at_y(value) for value in (-1, 0, 1)] == [85, 45, 5] and PLOT.floor == 85, "y grows upwards"


def test_a_path_has_a_gap_where_there_is_no_value() -> None:
    points = [(0.0, -1.0), (2.0, 0.0), (4.0, math.nan), (6.0, 1.0), (8.0, math.inf), (10.0, 0.5)]
    assert PLOT.path(points) == "M10 85L30 45M70 5M110 25"
    assert PLOT.path([]) == PLOT.path([(1, math.nan)]) == ""


def test_ticks_have_a_place_and_a_label() -> None:
    assert Plot().y_ticks([0, 0.5], percent) == [Tick(280, "0 %"), Tick(146, "50 %")]
    assert PLOT.x_ticks([5], "{:g} s".format) == [Tick(60, "5 s")]


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 10, [0, 2, 4, 6, 8, 10]),
        (62.1, 98.7, [60, 70, 80, 90, 100]),
        (0.31, 0.34, [0.31, 0.32, 0.33, 0.34]),
        (-3, 3, [-4, -2, 0, 2, 4]),
        (0, 3, [0, 1, 2, 3]),
        (0, 200, [0, 50, 100, 150, 200]),
        (52, 96, [50, 60, 70, 80, 90, 100]),
    ],
)
def test_values_are_round_and_enclose_the_data(low: float, high: float, expected: list[float]) -> None:
    assert round_values(low, high) == expected


@pytest.mark.parametrize("value", [0.0, 5.0, 1e-9, 1e9])
def test_a_single_value_still_has_an_axis(value: float) -> None:
    values = round_values(value, value)
    assert len(values) >= 2 and values[0] <= value <= values[-1] and values == sorted(set(values))
