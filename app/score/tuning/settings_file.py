"""Tuned settings as a file for `--config`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import yaml

from app.config.settings import Settings, SmoothingSettings


def settings_text(present: Settings, smoothing: SmoothingSettings, model: Path, reasons: Sequence[str]) -> str:
    """Returns a settings file: all of the smoothing, and what else the present settings change of the defaults.

    Args:
        present: the settings that were tuned.
        smoothing: what takes the place of theirs.
        model: the model that they were tuned for.
        reasons: lines that say where the values come from.
    """
    changed = _changed(msgspec.to_builtins(present), msgspec.to_builtins(Settings()))
    if present.model != Settings().model:
        changed["model"] = str(model.resolve())
    changed["smoothing"] = msgspec.to_builtins(smoothing)
    comments = "".join(f"# {reason}".rstrip() + "\n" for reason in reasons)
    return comments + "\n" + yaml.safe_dump(changed, sort_keys=False, allow_unicode=True)


def _changed(values: dict[str, Any], defaults: dict[str, Any]) -> dict[str, Any]:
    """What differs from the defaults, group by group."""
    found: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, dict):
            if inner := _changed(value, defaults[key]):
                found[key] = inner
        elif value != defaults[key]:
            found[key] = value
    return found
