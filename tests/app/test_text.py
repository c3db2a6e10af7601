import doctest
import os
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import text
from app.text import (
    comparable,
    counted,
    display_name,
    listed,
    nearest,
    printable,
    same_name,
    shortened,
    spellings,
    suggestion,
)


def test_the_examples_hold() -> None:
    found = doctest.testmod(text)
    assert found.attempted >= 7 and found.failed == 0


@pytest.mark.parametrize("shown", ["", "plain", "먹기 \U0001f373", "می‌خورد", "👩‍🍳", "a b", 'quo"ted\\'])
def test_what_can_be_shown_stays(shown: str) -> None:
    assert printable(shown) == shown


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("a\nb\r\tc", r"a\nb\r\tc"),
        ("\x1b[2J\x07\x00", r"\x1b[2J\x07\x00"),
        ("\u202egpj.exe\u2028", r"\u202egpj.exe\u2028"),
        ("\u00a0\u200b", r"\xa0\u200b"),
        (os.fsdecode(b"caf\xe9"), r"caf\udce9"),
        ("\U000e0001", r"\U000e0001"),
    ],
)
def test_what_cannot_be_shown_is_escaped(raw: str, shown: str) -> None:
    assert printable(raw) == shown
    assert printable(raw).isprintable()


@pytest.mark.parametrize(
    ("count", "shown"), [(0, "0 images"), (1, "1 image"), (2, "2 images"), (1_234_567, "1,234,567 images")]
)
def test_a_count_agrees_with_its_noun(count: int, shown: str) -> None:
    assert counted(count, "image") == shown


@pytest.mark.parametrize(("count", "shown"), [(0, "0 classes"), (1, "1 class"), (12_000, "12,000 classes")])
def test_a_noun_may_have_its_own_plural(count: int, shown: str) -> None:
    assert counted(count, "class", "classes") == shown


@pytest.mark.parametrize(
    ("names", "shown"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_names_make_a_list(names: list[str], shown: str) -> None:
    assert listed(names) == shown


@pytest.mark.parametrize(
    ("names", "most", "shown"),
    [
        ("", 3, ""),
        ("a", 3, "a"),
        ("abc", 3, "a, b, c"),
        ("abcd", 3, "a, b, c and 1 more"),
        ("abcde", 2, "a, b and 3 more"),
    ],
)
def test_a_long_list_is_cut_and_counted(names: str, most: int, shown: str) -> None:
    assert shortened(list(names), most) == shown


@pytest.mark.parametrize(
    ("wrong", "known", "found"),
    [
        ("treshold", ["threshold", "margin"], "threshold"),
        ("eatin", ["reading", "eating"], "eating"),
        ("eating", ["eating"], "eating"),
        ("xyz", ["threshold", "margin"], None),
        ("", ["threshold"], None),
        ("threshold", [], None),
    ],
)
def test_the_nearest_word_is_found_or_none(wrong: str, known: list[str], found: str | None) -> None:
    assert nearest(wrong, known) == found
    assert nearest(wrong, iter(known)) == found


def test_how_near_a_word_must_be_can_be_said() -> None:
    assert nearest("thres", ["threshold"], cutoff=0.5) == "threshold"
    assert nearest("thres", ["threshold"], cutoff=0.9) is None


def test_a_suggestion_is_the_nearest_word_or_all_of_them() -> None:
    assert "threshold?" in suggestion("treshold", ["threshold", "margin"])
    assert suggestion("xyz", ["threshold", "margin"]).endswith("threshold, margin")


@pytest.mark.parametrize(
    ("label", "shown"),
    [
        ("washing_dishes", "Washing dishes"),
        ("eating", "Eating"),
        ("TV", "TV"),
        ("unsure", "Unsure"),
        ("먹기", "먹기"),
        ("_x_", "X"),
        ("_", ""),
        ("élan", "Élan"),
    ],
)
def test_a_class_name_becomes_what_people_read(label: str, shown: str) -> None:
    assert display_name(label) == shown


@given(st.text())
def test_neither_the_coding_of_accents_nor_spaces_make_another_name(name: str) -> None:
    form = comparable(name)
    assert comparable(form) == form
    for composition in ("NFC", "NFD"):
        assert comparable(unicodedata.normalize(composition, name)) == form
    assert comparable(f" {name}_") == form == comparable(name.replace(" ", "__"))


def test_the_very_same_name_goes_before_one_of_the_same_form() -> None:
    assert same_name("tea", ["Tea", "tea"]) == "tea" and same_name("TEA", ["Tea", "tea"]) == "Tea"
    assert same_name("teas", ["Tea", "tea"]) is None
    assert spellings(["a", "B", "b", "b", "A ", "c"]) == [["a", "A "], ["B", "b"]]
