"""The HTML pages' templates."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import jinja2

_TEMPLATES = Path(__file__).parents[1] / "templates"


def render_page(template: str, filters: dict[str, Callable[..., Any]] | None = None, **values: Any) -> str:
    """The HTML text of training/templates/`template`. Every value is escaped: names and labels come from users."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= filters or {}
    return environment.get_template(template).render(**values)
