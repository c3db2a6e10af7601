import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.config.yaml_file import load_settings, read_yaml
from app.errors import ConfigError


class Inner(msgspec.Struct, frozen=True, kw_only=True):
    rate: float = 0.5
    name: str | None = "x"


class Outer(msgspec.Struct, frozen=True, kw_only=True):
    inner: Inner = Inner()
    sizes: tuple[int, ...] = (1, 2)
    flag: bool = False


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    command: tuple[str, ...] | None = None
    sizes: tuple[int, ...] = ()


Load = Callable[..., Outer]
NINE = [(level, f"[{', '.join([f'*a{level - 1}'] * 9)}]") for level in range(1, 20)]
ALIASES_OF_ALIASES = "\n".join(["a0: &a0 [x]", *(f"a{level}: &a{level} {before}" for level, before in NINE)])
MERGES_OF_MERGES = "\n".join(["a0: &a0 {x: 1}", *(f"a{level}: &a{level} {{<<: {before}}}" for level, before in NINE)])
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
KEYS = st.sampled_from(["rate", "name", "<<", "inner"]) | st.text(max_size=5)


@pytest.fixture
def load(tmp_path: Path) -> Load:
    def read(text: str | bytes, *overrides: str) -> Outer:
        path = tmp_path / "settings.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return load_settings(Outer, path, overrides)

    return read


@pytest.mark.parametrize("text", ["", "# only a comment\n", "---\n", "\n\n", "null\n", "{}\n"])
def test_an_empty_file_gives_the_defaults(load: Load, text: str) -> None:
    assert load(text) == Outer()


def test_no_file_gives_the_defaults() -> None:
    assert load_settings(Outer, None) == Outer()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("inner: {rate: 1e-4}", Outer(inner=Inner(rate=1e-4))),
        ("inner: {rate: 2E+3}", Outer(inner=Inner(rate=2000.0))),
        ("inner: {rate: 3}", Outer(inner=Inner(rate=3.0))),
        ("inner: {name: null}", Outer(inner=Inner(name=None))),
        ("inner: {name: 'null'}", Outer(inner=Inner(name="null"))),
        ("inner: {name: 먹기}", Outer(inner=Inner(name="먹기"))),
        ("\ufeffflag: true", Outer(flag=True)),
        ("flag: true\r\nsizes: [3]\r\n", Outer(flag=True, sizes=(3,))),
        ("sizes: []", Outer(sizes=())),
        ("inner: &same {rate: 0.1}", Outer(inner=Inner(rate=0.1))),
        ("inner: {<<: {rate: 0.1, name: y}, name: z}", Outer(inner=Inner(rate=0.1, name="z"))),
    ],
)
def test_what_yaml_can_say(load: Load, text: str, expected: Outer) -> None:
    assert load(text) == expected


@pytest.mark.parametrize("word", ["on", "off", "yes", "no", "On", "OFF"])
def test_only_true_and_false_are_truth_values(load: Load, word: str) -> None:
    """YAML 1.1 makes a truth value of on and off, which are texts to a reader ("mirror: on")."""
    assert load(f"inner: {{name: {word}}}") == Outer(inner=Inner(name=word))
    with pytest.raises(ConfigError, match="flag: expected bool, got str"):
        load(f"flag: {word}")


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("flag: true\ninner:\n  raet: 1\n", 3, ["unknown key inner.raet", "did you mean inner.rate?"]),
        ("\nrate: 1\n", 2, ["unknown key rate", "did you mean inner.rate?"]),
        ("imner:\n  rate: 1\n", 1, ["unknown key imner", "did you mean inner?"]),
        ("qqqqqqq: 1\n", 1, ["unknown key qqqqqqq", "known keys: inner, sizes, flag"]),
        ("1: 2\n", 1, ["unknown key 1"]),
        ("flag: true\nflag: true\n", 2, ["flag is set twice"]),
        ("inner:\n  rate: 1\n  rate: 2\n", 3, ["inner.rate is set twice"]),
        ("inner:\n  rate: fast\n", 2, ["inner.rate", "expected float, got str"]),
        ("sizes: [1,\n  two]\n", 2, ["sizes.1", "expected int, got str"]),
        ("flag: 1\n", 1, ["flag", "expected bool, got int"]),
        ("flag: true\ninner: 3\n", 2, ["inner", "expected object, got int"]),
        ("inner:\n", 1, ["inner", "expected object, got null"]),
        ("- a\n- b\n", 1, ["expected 'key: value' lines, got a list"]),
        ("hello\n", 1, ["expected 'key: value' lines, got a str"]),
        ("flag: true\ninner:\n\trate: 1\n", 3, ["not valid YAML"]),
        ("inner: [1\n", 2, ["not valid YAML"]),
        ("inner: *nowhere\n", 1, ["not valid YAML", "nowhere"]),
        ("flag: true\n---\nflag: false\n", 2, ["not valid YAML"]),
        ("flag: !!python/name:os.system\n", 1, ["not valid YAML"]),
        ("flag: true\n? [a, b]\n: 1\n", 2, ["key", "text"]),
        ("inner:\n  ? {a: b}\n  : 1\n", 2, ["key", "text"]),
    ],
)
def test_a_mistake_names_the_file_the_line_and_the_key(load: Load, text: str, line: int, words: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        load(text)
    message = str(caught.value)
    assert f"settings.yaml, line {line}:" in message
    assert all(word in message for word in words)
    assert "\n" not in message


@pytest.mark.parametrize(
    "text",
    [
        b"inner: {name: caf\xe9}",
        "flag: true".encode("utf-16"),
        b"\x00\x01\x02",
        "inner: &me\n  rate: *me\n",
        "sizes: &me [*me]\n",
        "sizes: " + "[" * 2_000,
        "sizes: " + "[" * 2_000 + "]" * 2_000,
        "{a: " * 5_000 + "}" * 5_000,
        "inner: {name: 2020-13-45}",
        ALIASES_OF_ALIASES,
        MERGES_OF_MERGES,
        "inner: {rate: !!int ''}",
        "inner: {rate: !!float +}",
        "flag: !!bool maybe",
        "inner: {name: !!timestamp soon}",
        "inner: {rate: " + ":".join(["59"] * 400) + ".5}",
        'inner: {name: "\\ud800"}',
        "x" * 10_000 + ": 1",
        '"a\\nb": 1',
    ],
    ids=[
        *("latin-1", "utf-16", "binary", "own alias", "list in itself", "open", "deep list", "deep map", "no such day"),
        *(
            "aliases of aliases",
            "merges of merges",
            "empty int",
            "sign alone",
            "no bool",
            "no time",
            "huge sexagesimal",
        ),
        *("half a character", "endless key", "line break in a key"),
    ],
)
def test_what_is_no_settings_file_is_one_line(load: Load, text: str | bytes) -> None:
    with pytest.raises(ConfigError, match=r"settings\.yaml") as caught:
        load(text)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400 or str(text).startswith("xxx")


@pytest.mark.parametrize(
    "value",
    [
        *("!!int ''", "!!bool maybe", "!!timestamp soon", ":".join(["59"] * 400) + ".5", '"\\ud800"', "&me {<<: *me}"),
        "{" + ", ".join(MERGES_OF_MERGES.splitlines()) + "}",
        "[" + ", ".join(line.partition(": ")[2] for line in ALIASES_OF_ALIASES.splitlines()) + "]",
    ],
)
def test_an_override_that_no_setting_can_hold_is_one_line(load: Load, value: str) -> None:
    with pytest.raises(ConfigError, match=r"--set inner.name=.*not valid YAML"):
        load("", f"inner.name={value}")


def test_aliases_may_be_used_as_often_as_a_file_needs(load: Load) -> None:
    assert load("sizes: &all [1, 2]\ninner: &one {rate: 0.1}\n").sizes == (1, 2)
    assert len(load("sizes: [" + "&n 7, " + "*n, " * 20_000 + "]").sizes) == 20_001


@settings(derandomize=True, deadline=None, max_examples=150)
@given(st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3)))
def test_any_value_is_taken_or_refused_in_one_line(value: Any) -> None:
    for override in (f"inner={json.dumps(value)}", f"inner.name={json.dumps(value)}", f"{value}={value}"):
        try:
            load_settings(Outer, None, [override])
        except ConfigError as error:
            assert str(error).isprintable() and len(str(error)) < 1600


def test_a_file_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.yaml: no such file"):
        load_settings(Outer, tmp_path / "nowhere.yaml")


def test_a_folder_is_not_a_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_settings(Outer, tmp_path)


@pytest.mark.parametrize(
    ("text", "overrides", "expected"),
    [
        ("inner: {rate: 1}", ["inner.rate=2"], Outer(inner=Inner(rate=2.0))),
        ("inner: {rate: 1, name: y}", ["inner.rate=2"], Outer(inner=Inner(rate=2.0, name="y"))),
        ("", ["inner.rate=2", "inner.rate=3"], Outer(inner=Inner(rate=3.0))),
        ("", ["inner.rate=1e-4"], Outer(inner=Inner(rate=1e-4))),
        ("", [" inner.rate = 4 "], Outer(inner=Inner(rate=4.0))),
        ("inner:", ["inner.rate=2"], Outer(inner=Inner(rate=2.0))),
        ("", ["inner.name=null"], Outer(inner=Inner(name=None))),
        ("", ["inner.name="], Outer(inner=Inner(name=None))),
        ("", ["inner.name=a=b"], Outer(inner=Inner(name="a=b"))),
        ("", ["inner.name=on"], Outer(inner=Inner(name="on"))),
        ("", ["inner.name='1'"], Outer(inner=Inner(name="1"))),
        ("", ["sizes=[3, 4]"], Outer(sizes=(3, 4))),
        ("", ["inner={rate: 2}"], Outer(inner=Inner(rate=2.0))),
    ],
)
def test_an_override_wins_over_the_file(load: Load, text: str, overrides: list[str], expected: Outer) -> None:
    assert load(text, *overrides) == expected


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("inner.rate", "expected key=value"),
        ("=3", "expected key=value"),
        ("inner.raet=3", "did you mean inner.rate"),
        ("inner.rate=fast", "inner.rate: expected float, got str"),
        ("inner.rate=[1", "not valid YAML"),
        ("sizes=&me [*me]", "sizes"),
        ("inner=3", "expected object, got int"),
        ("flag.x=3", "flag"),
        ("flag=", "expected bool, got null"),
        ("inner.=3", "unknown key"),
        (".=3", "unknown key"),
        ("inner.rate.x=3", "inner.rate"),
    ],
)
@pytest.mark.parametrize("text", ["", "flag: true\ninner: {rate: 1}\n"])
def test_a_bad_override_is_named(load: Load, override: str, words: str, text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(text, override)
    assert f"--set {override}" in str(caught.value)
    assert words in str(caught.value) or "single value, not a group" in str(caught.value)


def test_read_yaml_gives_the_bare_mapping(tmp_path: Path) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text("epochs: 3\nrates: {head: 1e-3}\n", encoding="utf-8")
    assert read_yaml(path) == {"epochs": 3, "rates": {"head": 1e-3}}


@pytest.mark.parametrize(
    ("text", "right"),
    [("command: notify-send hello", "[notify-send, hello]"), ("command: 'say: yes'", '["say:", yes]')],
)
def test_a_text_in_place_of_a_list_is_shown_as_one(tmp_path: Path, text: str, right: str) -> None:
    path = tmp_path / "settings.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match="line 1: command") as error:
        load_settings(Listed, path)
    assert right in str(error.value)
    path.write_text(f"command: {right}")
    assert load_settings(Listed, path).command == tuple(text.removeprefix("command: ").strip("'").split())
    with pytest.raises(ConfigError) as error:
        load_settings(Listed, None, ["sizes=1 2"])
    assert "[1, 2]" not in str(error.value), "these are no texts"
