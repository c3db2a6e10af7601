"""Codes as X11 sends them: keysymdef.h names each."""

import pytest

from app.sinks.window.key_codes import BACKSPACE, ENTER, ESCAPE, typed


@pytest.mark.parametrize(
    ("key", "letter"),
    [
        (ord("a"), "a"),
        (ord(" "), " "),
        (0xE9, "é"),
        (0x1B1, "ą"),
        (0x5C7, "ا"),
        (0x6C1, "а"),
        (0x6B4, "Є"),
        (0x7E1, "α"),
        (0xCE0, "א"),
        (0xDA1, "ก"),
        (0x1000431, "б"),
        (0x100AC00, "가"),
        (0x1004E2D, "中"),
    ],
)
def test_letters_of_any_script(key: int, letter: str) -> None:
    assert typed(key) == letter


@pytest.mark.parametrize("key", [ESCAPE, *ENTER, *BACKSPACE, 9, 0xFFE1, 0xFF51, 0xFFBE, 0x1110000 + 0x1000000, -1])
def test_keys_without_a_letter(key: int) -> None:
    assert typed(key) == ""
