from pathlib import Path
from typing import Any

import pytest

from app.config import yaml_reader
from app.config.yaml_reader import Key, parse_value, read_with_lines
from app.errors import ConfigError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file.yaml"


@pytest.mark.parametrize(
    ("text", "values", "lines"),
    [
        ("", {}, {}),
        ("# nothing\n---\n", {}, {}),
        ("a: 1\n\nb: x\n", {"a": 1, "b": "x"}, {("a",): 1, ("b",): 3}),
        ("a:\n  b:\n    c: 1\n", {"a": {"b": {"c": 1}}}, {("a",): 1, ("a", "b"): 2, ("a", "b", "c"): 3}),
        ("a: [5,\n  6]\n", {"a": [5, 6]}, {("a",): 1, ("a", "0"): 1, ("a", "1"): 2}),
        ("a:\n- b: 1\n- b: 2\n", {"a": [{"b": 1}, {"b": 2}]}, {("a", "1"): 3, ("a", "1", "b"): 3}),
        ("1: x\n", {1: "x"}, {("1",): 1}),
        ("\ufeffa: 1\r\nb: 2\r\n", {"a": 1, "b": 2}, {("a",): 1, ("b",): 2}),
    ],
)
def test_values_come_with_the_lines_of_their_keys(
    path: Path, text: str, values: dict[Any, Any], lines: dict[Key, int]
) -> None:
    path.write_bytes(text.encode())
    found, found_lines = read_with_lines(path)
    assert found == values
    assert lines.items() <= found_lines.items()


@pytest.mark.parametrize(
    ("text", "line", "fact"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "a is set twice"),
        ("a:\n  b: 1\n  c: 2\n  b: 3\n", 4, "a.b is set twice"),
        ("a: 1\n? [x]\n: 1\n", 2, "key"),
        ("- a\n", 1, "got a list"),
        ("a: 'open\n", 2, "not valid YAML"),
        ("a: *b\n", 1, "not valid YAML"),
    ],
)
def test_a_mistake_names_its_line(path: Path, text: str, line: int, fact: str) -> None:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=rf"file\.yaml, line {line}: .*{fact}"):
        read_with_lines(path)


def test_a_file_may_hold_only_so_many_values(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_reader, "MOST_NODES", 1_000)  # whose true number takes seconds
    path.write_text(f"a: [{'x, ' * 990}]\n", encoding="utf-8")
    assert len(read_with_lines(path)[0]["a"]) == 990
    path.write_text(f"a: [{'x, ' * 1_000}]\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="1,000"):
        read_with_lines(path)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("null", None),
        ("0.5", 0.5),
        ("1e-4", 1e-4),
        ("2E+3", 2000.0),
        ("7", 7),
        ("true", True),
        ("on", "on"),
        ("no", "no"),
        ("'1'", "1"),
        ("[1, x]", [1, "x"]),
        ("{a: {b: 1}}", {"a": {"b": 1}}),
    ],
)
def test_a_value_is_read_as_in_a_file(text: str, value: Any) -> None:
    assert parse_value(text) == value
    assert type(parse_value(text)) is type(value)


@pytest.mark.parametrize(
    "text", ["[1", "'open", "*nowhere", "&me [*me]", "!!int ''", '"\\ud800"', "a: b: c", "[" * 5000]
)
def test_what_is_no_value_is_refused(text: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_value(text)
    assert "\n" not in str(caught.value)
