import pytest

from app.teach.progress import Progress


def test_each_step_is_told_as_a_share_of_the_whole() -> None:
    told: list[float] = []
    part = Progress(told.append, 0.5, 0.9, 4)
    for _ in range(4):
        part.step()
    assert told == pytest.approx([0.5, 0.6, 0.7, 0.8, 0.9])


def test_where_nobody_listens_nothing_is_told() -> None:
    Progress(None, 0, 1, 0).step()
