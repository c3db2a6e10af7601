"""Loads settings from YAML and overrides; an error names the file, the line, the key and the nearest right one."""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin

import msgspec

from app.config.struct_keys import all_keys, current_key, current_values, may_be_secret, struct_fields
from app.config.yaml_reader import Key, parse_value, read_with_lines
from app.errors import ConfigError
from app.text import nearest

T = TypeVar("T", bound=msgspec.Struct)


def load_settings(kind: type[T], path: Path | None, overrides: Sequence[str] = ()) -> T:
    """Loads settings: the defaults, over them the file, over both the overrides.

    Args:
        kind: the struct of the settings; it has a default for each.
        path: the YAML file; None: no file.
        overrides: settings as the command line takes them, such as "smoothing.tau_s=0.5"; the last one counts.

    Returns:
        The validated settings.

    Raises:
        ConfigError: an unreadable file, a syntax error, an unknown or repeated key, a wrong type or a value out of
            range.
    """
    given = _Given(kind, path)
    for override in overrides:
        given.override(override)
    for key in _unknown_keys(kind, given.values):
        wrong = ".".join(key)
        raise ConfigError(f"{given.origin(key)}: unknown key {wrong}; {_suggestion(wrong, kind)}")
    try:
        return msgspec.convert(given.values, kind)
    except msgspec.ValidationError as error:
        raise ConfigError(_explanation(str(error), given)) from None


def read_yaml(path: Path) -> dict[str, Any]:
    """Reads a YAML file of `key: value` lines.

    Args:
        path: the file, UTF-8.

    Raises:
        ConfigError: an unreadable file, a syntax error, a repeated key, or no mapping.
    """
    return read_with_lines(path)[0]


class _Given:
    """The values that a file and overrides set, and where each was set.

    Attributes:
        kind: the struct that they are for.
        values: what is set so far.
    """

    def __init__(self, kind: type[msgspec.Struct], path: Path | None) -> None:
        self.kind = kind
        self._name = "settings" if path is None else str(path)
        values, lines = ({}, {}) if path is None else read_with_lines(path)
        self.values: dict[str, Any] = current_values(kind, values)
        self._origins = {current_key(kind, key): f"{self._name}, line {line}" for key, line in lines.items()}

    def override(self, override: str) -> None:
        """Sets one value over what is there. Raises ConfigError for what is no override."""
        shown = _shown(self.kind, override)
        key, value = _parse_override(override, shown)
        key = current_key(self.kind, key)
        value = current_values(_kind_at(self.kind, key), value)
        _assign(self.values, key, value, shown)
        for depth in range(1, len(key)):
            self._origins.setdefault(key[:depth], f"--set {shown}")
        self._origins[key] = f"--set {shown}"

    def origin(self, key: Key) -> str:
        """Where a key was set: the file and line, or the override; for one that was not, where its group was."""
        known = (key[:depth] for depth in range(len(key), 0, -1) if key[:depth] in self._origins)
        return self._origins.get(next(known, ()), self._name)


def _shown(kind: Any, override: str) -> str:
    """An override as errors quote it: without a value that may be secret."""
    name = re.match(r"[\w.\s-]*", override)
    key = name[0] if name else ""
    return f"{key.strip()}=..." if may_be_secret(kind, tuple(key.strip().split("."))) else override


def _parse_override(override: str, shown: str) -> tuple[Key, Any]:
    key, equals, text = override.partition("=")
    if not equals or not key.strip():
        raise ConfigError(f"--set {shown}: expected key=value, such as smoothing.threshold=0.6")
    try:
        return tuple(key.strip().split(".")), parse_value(text)
    except ValueError:
        raise ConfigError(f"--set {shown}: the value is not valid YAML; quote it") from None


def _assign(values: dict[str, Any], key: Key, value: Any, shown: str) -> None:
    for name in key[:-1]:
        inner = values.setdefault(name, {})
        if inner is None:
            inner = values[name] = {}
        if not isinstance(inner, dict):
            raise ConfigError(f"--set {shown}: {name} is a single value, not a group")
        values = inner
    values[key[-1]] = value


def _kind_at(kind: Any, key: Key) -> Any:
    for name in key:
        kind = (struct_fields(kind) or {}).get(name)
    return kind


def _unknown_keys(kind: Any, values: Any, key: Key = ()) -> Iterator[Key]:
    """The keys that the struct does not have, those of a group before those inside its groups."""
    fields = struct_fields(kind)
    if fields is None or not isinstance(values, dict):
        return
    yield from ((*key, str(name)) for name in values if name not in fields)
    for name, value in values.items():
        yield from _unknown_keys(fields.get(name), value, (*key, str(name)))


def _suggestion(wrong: str, kind: Any) -> str:
    """The key that looks most like a wrong one, as a whole or in its last name alone; else what there is."""
    known = list(all_keys(kind))
    by_name = {key.rpartition(".")[2]: key for key in reversed(known)}
    name = nearest(wrong.rpartition(".")[2], by_name)
    close = nearest(wrong, known) or (by_name[name] if name else None)
    return f"did you mean {close}?" if close else f"known keys: {', '.join(struct_fields(kind) or ())}"


def _explanation(message: str, given: _Given) -> str:
    """msgspec's message in this program's form: "Expected `int`, got `str` - at `$.inner.rate`"."""
    problem, _, place = message.partition(" - at `$")
    key = tuple(part for part in re.split(r"[.\[\]`]+", place) if part)
    problem = problem.replace("`", "")
    if problem.startswith("Invalid enum value"):
        problem += f"; expected {', '.join(_choices(given.kind, key))}"
    problem += _as_list(given, key) if problem.startswith("Expected array") else ""
    return f"{given.origin(key)}: {'.'.join(key) or 'the file'}: {problem[:1].lower()}{problem[1:]}"


def _as_list(given: _Given, key: Key) -> str:
    """How a text is written for a setting that takes a list of texts: notify-send hello as [notify-send, hello]."""
    value: Any = given.values
    for part in key:
        value = value.get(part) if isinstance(value, dict) else None
    kind = _kind_at(given.kind, key)
    takes_texts = any(get_origin(one) is tuple and str in get_args(one) for one in (kind, *get_args(kind)))
    if not takes_texts or not isinstance(value, str) or may_be_secret(given.kind, key):
        return ""
    return f"; write a list, such as [{', '.join(map(_plain, value.split()))}]"


def _plain(word: str) -> str:
    return word if re.fullmatch(r"[\w./-]+", word) else json.dumps(word, ensure_ascii=False)


def _choices(kind: Any, key: Key) -> list[str]:
    """The texts that a setting takes, or that each item of a list takes."""
    for part in key:
        kind = (struct_fields(kind) or {}).get(part, kind)  # "..." stands for an item of the list before it
    while kind is not None and get_origin(kind) is not Literal:
        kind = next((inner for inner in get_args(kind) if get_args(inner)), None)
    return [str(choice) for choice in get_args(kind)]
