"""Reads YAML into plain values, with the line of each key. Whatever a file holds, it is read or refused in one line."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from app.errors import ConfigError

Key = tuple[str, ...]  # the names from the outermost group to the setting

MOST_NODES = 100_000  # with every alias written out: a few lines of aliases of aliases can mean billions
_BOOL, _FLOAT = "tag:yaml.org,2002:bool", "tag:yaml.org,2002:float"
# What PyYAML lets out for a value that does not fit its tag ("!!int x", "!!bool x", "1:1:...:1.5").
_BAD_VALUE = (ValueError, ArithmeticError, LookupError, AttributeError, TypeError, RecursionError)


class _Loader(yaml.SafeLoader):
    """As YAML 1.2: 1e-4 is a number, on and off are texts. In Python: the C loader crashes on deep nesting."""

    yaml_implicit_resolvers = {  # noqa: RUF012 (PyYAML's own way)
        first: [rule for rule in rules if rule[0] != _BOOL]
        for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


_Loader.add_implicit_resolver(_BOOL, re.compile(r"^(true|True|TRUE|false|False|FALSE)$"), list("tTfF"))
_Loader.add_implicit_resolver(
    _FLOAT, re.compile(r"^[-+]?[0-9][0-9_]*(\.[0-9_]*)?[eE][-+]?[0-9]+$"), list("-+0123456789")
)


def read_with_lines(path: Path) -> tuple[dict[str, Any], dict[Key, int]]:
    """Reads a YAML file of `key: value` lines.

    Args:
        path: the file, UTF-8.

    Returns:
        Its values, {} for an empty file, and the line of each key, the first being 1; an item of a list has its
        position as key.

    Raises:
        ConfigError: an unreadable file, a syntax error, a repeated key, or no mapping.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such file; give the path of a YAML file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read as UTF-8 text ({error}); give a readable text file") from None
    try:
        node = _compose(text)
        lines = dict(_lines(node, (), path)) if node is not None else {}
        values = yaml.load(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f", line {mark.line + 1}" if mark else ""
        raise ConfigError(f"{path}{where}: not valid YAML: {error.problem or error.context}") from None
    except (yaml.YAMLError, *_BAD_VALUE) as error:
        raise ConfigError(f"{path}: not valid YAML: {_first_line(error)}") from None
    if values is None:
        return {}, {}
    if not isinstance(values, dict):
        raise ConfigError(f"{path}, line 1: expected 'key: value' lines, got a {type(values).__name__}")
    return values, lines


def parse_value(text: str) -> Any:
    """Reads a single YAML value.

    Args:
        text: the value, such as "0.5", "[1, 2]" or "".

    Raises:
        ValueError: the text is not valid YAML.
    """
    try:
        _compose(text)
        return yaml.load(text, Loader=_Loader)
    except (yaml.YAMLError, *_BAD_VALUE) as error:
        raise ValueError(_first_line(error)) from None


def _compose(text: str) -> yaml.Node | None:
    """The document's node. Raises YAMLError, and ValueError for one that is endless, too large, or not Unicode."""
    node = yaml.compose(text, Loader=_Loader)
    if node is not None and _size(node, {}) > MOST_NODES:
        raise ValueError(f"more than {MOST_NODES:,} values, counting each as often as it is used (aliases)")
    return node


def _size(node: yaml.Node, known: dict[int, int]) -> int:
    """Counts a node and those inside it. known: the sizes so far, by id; 0 while a node is being counted."""
    if id(node) not in known:
        known[id(node)] = 0
        if isinstance(node, yaml.ScalarNode):
            node.value.encode()  # "\ud800" is half a character: no file could hold it
        pairs = node.value if isinstance(node, yaml.MappingNode) else []
        inner = node.value if isinstance(node, yaml.SequenceNode) else [part for pair in pairs for part in pair]
        known[id(node)] = 1 + sum(_size(part, known) for part in inner)
    if not known[id(node)]:
        raise ValueError("an alias refers to a value that contains it")
    return known[id(node)]


def _lines(node: yaml.Node, key: Key, path: Path) -> Iterator[tuple[Key, int]]:
    """The key and line of everything inside a node. Raises ConfigError for a key that no setting can have."""
    if isinstance(node, yaml.SequenceNode):
        for position, item in enumerate(node.value):
            yield (*key, str(position)), item.start_mark.line + 1
            yield from _lines(item, (*key, str(position)), path)
    if not isinstance(node, yaml.MappingNode):
        return
    seen: set[str] = set()
    for name, value in node.value:
        here = (*key, str(name.value))
        line = name.start_mark.line + 1
        if not isinstance(name, yaml.ScalarNode):
            raise ConfigError(f"{path}, line {line}: expected a text as key, got a list or a mapping")
        if name.value in seen:
            raise ConfigError(f"{path}, line {line}: {'.'.join(here)} is set twice; keep one")
        seen.add(name.value)
        yield here, line
        yield from _lines(value, here, path)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
