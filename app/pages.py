"""HTML pages made from templates."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import jinja2


def render_page(template: Path, filters: dict[str, Callable[..., Any]] | None = None, **values: Any) -> str:
    """Renders a template; every value is escaped, as names and labels come from users.

    Args:
        template: the file.
        filters: name in the template -> function.
        values: what the template shows; one that it misses is an error.

    Returns:
        The HTML text.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(template.parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= filters or {}
    return environment.get_template(template.name).render(**values)
