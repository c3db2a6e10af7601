"""Which key chooses which label, in both lists."""

import pytest

from app.sinks.window.choice_keys import CLOSE, HELP, LETTER_KEYS, NUMBER_KEYS, choice_keys
from app.sinks.window.truth_mode import OPEN, UNDO, UNKNOWN
from app.teach.panels import correction_keys

LABELS = [f"class {number}" for number in range(40)]
FIRST_NINE = dict(zip(LABELS, NUMBER_KEYS, strict=False))


def letters(keys: dict[str, str]) -> dict[str, str]:
    return {label: key for key, label in keys.items() if key.isalpha()}


@pytest.mark.parametrize("count", [3, 9, 10, 16, len(LETTER_KEYS)])
@pytest.mark.parametrize("taught", [{}, {"class 2": 1, "class 12": 2}], ids=["nothing taught", "two taught"])
def test_a_class_has_the_same_letter_in_corrections_and_in_the_truth(count: int, taught: dict[str, int]) -> None:
    labels = LABELS[:count]
    corrections, truth = letters(correction_keys(labels, taught)), letters(choice_keys(labels, FIRST_NINE))
    in_both = corrections.keys() & truth.keys()
    assert len(in_both) == len(set(labels[9:]) - taught.keys())
    assert all(corrections[label] == truth[label] for label in in_both)


@pytest.mark.parametrize("numbers", [{}, FIRST_NINE], ids=["letters alone", "nine numbers"])
def test_no_key_of_a_list_leaves_asks_for_help_or_marks_otherwise(numbers: dict[str, str]) -> None:
    keys = choice_keys(LABELS, numbers)
    assert not keys.keys() & {CLOSE, HELP, OPEN, UNDO, UNKNOWN, "c"}
    assert len(keys) == len(numbers) + len(LETTER_KEYS)


def test_sixteen_classes_need_no_letter_of_the_window() -> None:
    assert not choice_keys(LABELS[:16], {}).keys() & set("qrsmltchgu")


def test_a_letter_that_a_number_leaves_free_goes_to_a_later_class() -> None:
    assert choice_keys(LABELS, FIRST_NINE)[LETTER_KEYS[0]] == LABELS[len(LETTER_KEYS)]
