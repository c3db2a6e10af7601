import pytest

from app.errors import AppError, ConfigError


@pytest.mark.parametrize("message", ["", "expected a, got b; do c", "später: 먹기 \U0001f373", "می‌خورد"])
def test_a_message_stays_as_it_is(message: str) -> None:
    assert str(ConfigError(message)) == message


@pytest.mark.parametrize(
    ("quoted", "shown"),
    [
        ("a\nb\r", r"a\nb\r"),
        ("\x1b[2J\x07", r"\x1b[2J\x07"),
        ("a\0b", r"a\x00b"),
        ("\u202egpj.exe", r"\u202egpj.exe"),
        ("\u2028", r"\u2028"),
        ("caf\udce9", r"caf\udce9"),
    ],
)
def test_what_a_message_quotes_cannot_break_the_line_or_the_terminal(quoted: str, shown: str) -> None:
    assert str(AppError(f"{quoted}: no such file")) == f"{shown}: no such file"


@pytest.mark.parametrize("endless", ["x" * 1_000_000, "\u202e" * 10_000])
def test_an_endless_message_keeps_its_beginning_and_its_advice(endless: str) -> None:
    message = str(AppError(f"settings.yaml, line 3: unknown key {endless}; did you mean model?"))
    assert message.startswith("settings.yaml, line 3: unknown key ") and message.endswith("; did you mean model?")
    assert len(message) < 1500
