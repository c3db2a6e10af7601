"""Which key chooses which label in the window's lists: one way for corrections and for marking the truth."""

from collections.abc import Mapping, Sequence

NUMBER_KEYS = "123456789"
# c and g open and close lists, u undoes, q closes and h helps; those that mean something in the closed window come last
LETTER_KEYS = "abdefijknopvwxyz" + "lmrst"
CLOSE, HELP = "q", "h"


def choice_keys(labels: Sequence[str], numbers: Mapping[str, str]) -> dict[str, str]:
    """Gives each label a key: its number, else the letter of its place, which is thus the same in every list.

    Args:
        labels: of the model, in its order.
        numbers: label -> its number key, for those that have one.

    Returns:
        Key -> label, in the order of the labels; those for which no key is left are missing.
    """
    keys: dict[str, str] = {}
    for place, label in enumerate(labels):
        keys.setdefault(numbers.get(label) or LETTER_KEYS[place % len(LETTER_KEYS)], label)
    return keys
