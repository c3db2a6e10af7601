from datetime import datetime

import pytest

from app.errors import ConfigError
from app.session.schedule import read_schedule

MONDAY, SATURDAY = "2026-11-23", "2026-11-28"


@pytest.mark.parametrize(
    ("text", "moment", "allowed"),
    [
        ("weekdays 9-17", f"{MONDAY} 09:00", True),
        ("weekdays 9-17", f"{MONDAY} 08:59", False),
        ("weekdays 9-17", f"{MONDAY} 17:00", False),
        ("weekdays 9-17", f"{SATURDAY} 12:00", False),
        ("daily 0-24", f"{SATURDAY} 23:59", True),
        ("Mon-Thu 8:30-12, 13-17:30; sat 10-12", f"{MONDAY} 12:30", False),
        ("Mon-Thu 8:30-12, 13-17:30; sat 10-12", f"{MONDAY} 17:29", True),
        ("mon-thu 8:30-12, 13-17:30; sat 10-12", f"{SATURDAY} 11:00", True),
        ("sat-mon 9-10", f"{MONDAY} 09:30", True),
        ("sat-mon 9-10", "2026-11-24 09:30", False),
        ("sun 22-2", f"{MONDAY} 01:30", True),
        ("sun 22-2", f"{MONDAY} 02:00", False),
    ],
)
def test_hours_of_the_week(text: str, moment: str, allowed: bool) -> None:
    assert read_schedule(text).allows(datetime.fromisoformat(moment)) is allowed


@pytest.mark.parametrize("text", ["", "weekdays", "9-17", "mo 9-17", "mon 9-25", "mon 9:60-10", "mon 9-10;"])
def test_what_is_no_schedule_is_a_mistake(text: str) -> None:
    with pytest.raises(ConfigError, match=r"pause\.schedule"):
        read_schedule(text)
