"""Which number key belongs to which class, in every session the same: a file beside the class folders keeps it."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from app.outputs import write_text
from app.text import comparable

FILE = "numbers.txt"  # a number and a class a line


def read_numbers(folder: Path) -> dict[str, int]:
    """Reads which class has which number; lines that say something else, and a missing file, count as nothing.

    Args:
        folder: of the class folders.
    """
    try:
        lines = (folder / FILE).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return {}
    pairs = (line.split(maxsplit=1) for line in lines)
    return {pair[1]: int(pair[0]) for pair in pairs if len(pair) == 2 and pair[0].isdecimal() and int(pair[0]) > 0}


def write_numbers(folder: Path, numbers: Mapping[str, int]) -> None:
    """Writes which class has which number.

    Raises:
        OutputError: it cannot be written.
    """
    text = "".join(f"{number} {label}\n" for label, number in sorted(numbers.items(), key=lambda pair: pair[1]))
    write_text(folder / FILE, text, errors="surrogateescape")


def with_numbers(labels: Iterable[str], known: Mapping[str, int]) -> dict[str, int]:
    """Gives every class its number: the known one, else the lowest that is free.

    Args:
        labels: the classes; those without a number get theirs in this order.
        known: class -> number, in any spelling; classes that are not among the labels keep nothing.

    Returns:
        Class -> number, by ascending number.
    """
    labels = list(labels)
    of_form = {comparable(label): number for label, number in known.items()}
    numbers: dict[str, int] = {}
    for label in labels:
        number = of_form.get(comparable(label))
        if number is not None and number not in numbers.values():
            numbers[label] = number
    for label in labels:
        if label not in numbers:
            numbers[label] = next(number for number in range(1, len(labels) + 1) if number not in numbers.values())
    return dict(sorted(numbers.items(), key=lambda pair: pair[1]))
