from datetime import date, timedelta

from app.diary.entry import Entry


def test_an_entry_knows_its_local_time() -> None:
    entry = Entry("cam", "reading", 1_000, 3_500, -7200, "XST", 0.5)
    assert entry.start.isoformat() == "1969-12-31T22:00:01-02:00"
    assert (entry.end - entry.start, entry.seconds) == (timedelta(seconds=2.5), 2.5)
    assert (entry.day, entry.start.tzname()) == (date(1969, 12, 31), "XST")
