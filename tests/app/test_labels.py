import pytest

from app.labels import is_activity, is_other


@pytest.mark.parametrize(
    ("label", "activity", "other"),
    [("reading", True, False), ("Other", False, True), ("unsure", False, False), ("nobody", False, False)],
)
def test_what_names_an_activity(label: str, activity: bool, other: bool) -> None:
    assert (is_activity(label), is_other(label)) == (activity, other)


def test_no_label_is_no_activity() -> None:
    assert not is_activity(None)
