"""The keys of a settings struct: which there are, and which ones had another name before.

A struct lists its renamed keys in a class variable, so that old files still load:

    class Mix(Struct):
        FORMER_KEYS: ClassVar = {"chance": "prob"}
        prob: float = 0.5
"""

import functools
import sys
from collections.abc import Container, Iterator
from typing import Any

import msgspec


def struct_fields(kind: Any) -> dict[str, Any] | None:
    """Returns the keys of a struct and their types, None for what is no struct."""
    is_struct = isinstance(kind, type) and issubclass(kind, msgspec.Struct)
    return {field.encode_name: field.type for field in msgspec.structs.fields(kind)} if is_struct else None


def all_keys(kind: Any, key: tuple[str, ...] = ()) -> Iterator[str]:
    """Yields every key, dotted: those of the inner structs after the group that they belong to."""
    for field, inner in (struct_fields(kind) or {}).items():
        yield ".".join((*key, field))
        yield from all_keys(inner, (*key, field))


def may_be_secret(kind: Any, key: tuple[str, ...]) -> bool:
    """Tells whether a setting's value should be shown nowhere: it lies in, or holds, a struct that has SECRETS."""
    for name in key:
        if getattr(kind, "SECRETS", None):
            return True
        kind = (struct_fields(kind) or {}).get(name)
    return bool(getattr(kind, "SECRETS", None)) or any(
        may_be_secret(inner, ()) for inner in (struct_fields(kind) or {}).values()
    )


def current_values(kind: Any, values: Any) -> Any:
    """Renames the former keys in a mapping and in the mappings inside it; says so on stderr, once for each key.

    Args:
        kind: the struct that the mapping is for.
        values: what a YAML file holds.

    Returns:
        The same values under their present keys. A former key that stands beside its present one stays as it is.
    """
    fields = struct_fields(kind)
    if fields is None or not isinstance(values, dict):
        return values
    named = {_current_name(kind, name, values): value for name, value in values.items()}
    return {name: current_values(fields.get(name), value) for name, value in named.items()}


def current_key(kind: Any, key: tuple[str, ...]) -> tuple[str, ...]:
    """Renames the former names in a key; says so on stderr, once for each.

    Args:
        kind: the struct that the key leads into.
        key: the names from the outermost group to the setting.
    """
    if not key:
        return ()
    name = _current_name(kind, key[0])
    return (name, *current_key((struct_fields(kind) or {}).get(name), key[1:]))


def _current_name(kind: Any, name: str, beside: Container[str] = ()) -> str:
    new = getattr(kind, "FORMER_KEYS", {}).get(name)
    if new is None or new in beside:
        return name
    _say_once(f"warning: {kind.__name__.lower()} key {name} is now called {new}")
    return str(new)


@functools.cache
def _say_once(line: str) -> None:
    """One line is enough: a run's config is read several times, and `compare` reads those of many runs."""
    print(line, file=sys.stderr)
