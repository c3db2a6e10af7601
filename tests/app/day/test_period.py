from datetime import date

import pytest

from app.day.period import Period, read_period
from app.errors import ConfigError

TODAY = date(2026, 3, 1)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("today", TODAY, TODAY),
        ("yesterday", date(2026, 2, 28), date(2026, 2, 28)),
        ("2026-02-03", date(2026, 2, 3), date(2026, 2, 3)),
        ("week", date(2026, 2, 23), TODAY),
        ("2026-02-03..2026-02-05", date(2026, 2, 3), date(2026, 2, 5)),
        ("2026-02-03..today", date(2026, 2, 3), TODAY),
        ("2026-02-03..", date(2026, 2, 3), None),
        ("..yesterday", None, date(2026, 2, 28)),
        ("..", None, None),
        ("all", None, None),
    ],
)
def test_a_period_is_whole_days(text: str, first: date | None, last: date | None) -> None:
    assert read_period(text, TODAY) == Period(first, last)


@pytest.mark.parametrize(
    "text", ["", "tomorrow", "2026-02-30", "2026-02-05..2026-02-03", "a..b", "1..2..3", "02/03/2026"]
)
def test_what_is_none_is_a_mistake(text: str) -> None:
    with pytest.raises(ConfigError):
        read_period(text, TODAY)
