"""YAML into frozen msgspec structs, with errors that name the file, the line, the key and the nearest right one."""

import difflib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin

import msgspec
import yaml

from app.config.struct_keys import all_keys, current_key, current_values, struct_fields
from app.errors import ConfigError

T = TypeVar("T", bound=msgspec.Struct)
Path_ = tuple[str, ...]
BOOL = "tag:yaml.org,2002:bool"
MOST_NODES = 100_000  # with every alias written out: a few lines of aliases of aliases can mean billions
# What PyYAML's constructors let out for a value that does not fit its tag ("!!int x", "!!bool x", "1:1:...:1.5").
_BAD_VALUE = (ValueError, ArithmeticError, LookupError, AttributeError, TypeError, RecursionError)


class _Loader(yaml.SafeLoader):
    """As YAML 1.2: 1e-4 is a number, on and off are texts. In Python: the C loader crashes on deep nesting."""

    yaml_implicit_resolvers = {  # noqa: RUF012 (PyYAML's own way)
        first: [rule for rule in rules if rule[0] != BOOL]
        for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


_Loader.add_implicit_resolver(BOOL, re.compile(r"^(true|True|TRUE|false|False|FALSE)$"), list("tTfF"))
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"^[-+]?[0-9][0-9_]*(\.[0-9_]*)?[eE][-+]?[0-9]+$"), list("-+0123456789")
)


def load_settings(kind: type[T], path: Path | None, overrides: Sequence[str] = ()) -> T:
    """Defaults of `kind`, then the YAML file at `path` (None: no file), then `overrides` ("smoothing.tau_s=0.5").

    Returns a validated `kind`. Raises ConfigError for an unreadable file, a syntax error, an unknown or repeated
    key, a wrong type or a value out of range.
    """
    values: dict[str, Any] = {}
    lines: dict[Path_, int] = {}
    name = "settings"
    if path is not None:
        name = str(path)
        values, lines = _read(path)
        values = current_values(kind, values)
    origin: dict[Path_, str] = {current_key(kind, key): f"{name}, line {line}" for key, line in lines.items()}
    for override in overrides:
        key, value = _parse_override(override)
        key = current_key(kind, key)
        value = current_values(_kind_at(kind, key), value)
        _assign(values, key, value, override)
        for depth in range(1, len(key)):
            origin.setdefault(key[:depth], f"--set {override}")
        origin[key] = f"--set {override}"
    _refuse_unknown(kind, kind, values, (), origin, name)
    try:
        return msgspec.convert(values, kind)
    except msgspec.ValidationError as error:
        raise ConfigError(_explain(str(error), kind, origin, name)) from None


def read_yaml(path: Path) -> dict[str, Any]:
    """The mapping in a YAML file. Raises ConfigError as `load_settings` does."""
    return _read(path)[0]


def _read(path: Path) -> tuple[dict[str, Any], dict[Path_, int]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such file; give the path of a YAML file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read as UTF-8 text ({error})") from None
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


def _compose(text: str) -> yaml.Node | None:
    """The document's node. Raises YAMLError, and ValueError for one that is endless, too large, or no Unicode."""
    node = yaml.compose(text, Loader=_Loader)
    if node is not None and _size(node, {}) > MOST_NODES:
        raise ValueError(f"more than {MOST_NODES:,} values, counting each as often as it is used (aliases)")
    return node


def _size(node: yaml.Node, known: dict[int, int]) -> int:
    """Nodes below and with this one. known: sizes by id; 0 while a node is being counted."""
    if id(node) not in known:
        known[id(node)] = 0
        if isinstance(node, yaml.ScalarNode):
            node.value.encode()  # "\ud800" is half a character: no file could hold it
        pairs = node.value if isinstance(node, yaml.MappingNode) else []
        inner = node.value if isinstance(node, yaml.SequenceNode) else [part for pair in pairs for part in pair]
        known[id(node)] = 1 + sum(_size(part, known) for part in inner)
    if not known[id(node)]:
        raise ValueError("an alias stands inside what it names")
    return known[id(node)]


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def _lines(node: yaml.Node, key: Path_, path: Path) -> Iterator[tuple[Path_, int]]:
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
            raise ConfigError(f"{path}, line {line}: a key must be a text, got a list or a mapping")
        if name.value in seen:
            raise ConfigError(f"{path}, line {line}: {'.'.join(here)} stands twice; keep one")
        seen.add(name.value)
        yield here, line
        yield from _lines(value, here, path)


def _parse_override(override: str) -> tuple[Path_, Any]:
    key, equals, text = override.partition("=")
    if not equals or not key.strip():
        raise ConfigError(f"--set {override}: expected key=value, such as smoothing.threshold=0.6")
    try:
        _compose(text)
        value = yaml.load(text, Loader=_Loader)
    except (yaml.YAMLError, *_BAD_VALUE):
        raise ConfigError(f"--set {override}: the value is not valid YAML; quote it") from None
    return tuple(key.strip().split(".")), value


def _assign(values: dict[str, Any], key: Path_, value: Any, override: str) -> None:
    for name in key[:-1]:
        inner = values.setdefault(name, {})
        if inner is None:
            inner = values[name] = {}
        if not isinstance(inner, dict):
            raise ConfigError(f"--set {override}: {name} is a single value, not a group")
        values = inner
    values[key[-1]] = value


def _kind_at(kind: Any, key: Path_) -> Any:
    for name in key:
        kind = (struct_fields(kind) or {}).get(name)
    return kind


def _refuse_unknown(root: Any, kind: Any, values: Any, key: Path_, origin: dict[Path_, str], name: str) -> None:
    fields = struct_fields(kind)
    if fields is None or not isinstance(values, dict):
        return
    for wrong in values:
        if wrong not in fields:
            here = ".".join((*key, str(wrong)))
            raise ConfigError(f"{_where((*key, str(wrong)), origin, name)}: unknown key {here}; {_nearest(here, root)}")
    for field, value in values.items():
        _refuse_unknown(root, fields[field], value, (*key, field), origin, name)


def _nearest(wrong: str, kind: Any) -> str:
    known = list(all_keys(kind))
    by_leaf = {key.rpartition(".")[2]: key for key in reversed(known)}
    close = difflib.get_close_matches(wrong, known, n=1, cutoff=0.6)
    close = close or [by_leaf[leaf] for leaf in difflib.get_close_matches(wrong.rpartition(".")[2], by_leaf, n=1)]
    return f"did you mean {close[0]}?" if close else f"known keys: {', '.join(struct_fields(kind) or ())}"


def _explain(message: str, kind: Any, origin: dict[Path_, str], name: str) -> str:
    problem, _, place = message.partition(" - at `$")
    key = tuple(part for part in re.split(r"[.\[\]`]+", place) if part)
    problem = problem.replace("`", "")
    if problem.startswith("Invalid enum value"):
        problem += f"; expected {', '.join(_choices(kind, key))}"
    return f"{_where(key, origin, name)}: {'.'.join(key) or 'the file'}: {problem[:1].lower()}{problem[1:]}"


def _choices(kind: Any, key: Path_) -> list[str]:
    """The texts that a setting takes, or each item of one that is a list."""
    for part in key:
        kind = (struct_fields(kind) or {}).get(part, kind)  # "..." stands for an item of the list before it
    while kind is not None and get_origin(kind) is not Literal:
        kind = next((inner for inner in get_args(kind) if get_args(inner)), None)
    return [str(choice) for choice in get_args(kind)]


def _where(key: Path_, origin: dict[Path_, str], name: str) -> str:
    while key:
        if key in origin:
            return origin[key]
        key = key[:-1]
    return name
