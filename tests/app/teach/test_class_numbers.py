from pathlib import Path

import pytest

from app.teach.class_numbers import FILE, read_numbers, with_numbers, write_numbers


def test_what_is_written_is_read(tmp_path: Path) -> None:
    numbers = {"drinking tea": 1, "Zebra": 3, "걷기": 2}
    write_numbers(tmp_path, numbers)
    assert read_numbers(tmp_path) == numbers


@pytest.mark.parametrize("content", [b"", b"tea\n", b"x tea\n0 tea\n-1 tea", b"\xff\xfe", b"1\n"])
def test_what_says_something_else_counts_as_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    assert read_numbers(tmp_path) == {}


def test_a_missing_file_counts_as_nothing(tmp_path: Path) -> None:
    assert read_numbers(tmp_path / "nowhere") == {}


@pytest.mark.parametrize(
    ("labels", "known", "numbers"),
    [
        (["b", "a"], {}, {"b": 1, "a": 2}),
        (["a", "b"], {"b": 1}, {"b": 1, "a": 2}),
        (["a", "b"], {"gone": 1, "b": 2}, {"a": 1, "b": 2}),
        (["a", "b"], {"a": 1, "b": 1}, {"a": 1, "b": 2}),
        (["a"], {"a": 9}, {"a": 9}),
        ([], {"a": 1}, {}),
        (["b", "Tea"], {"tea": 1}, {"Tea": 1, "b": 2}),
    ],
    ids=["in order", "the known first", "the free one", "twice the same", "any", "none", "another form"],
)
def test_every_class_has_a_number_of_its_own(labels: list[str], known: dict[str, int], numbers: dict[str, int]) -> None:
    assert with_numbers(labels, known) == numbers
