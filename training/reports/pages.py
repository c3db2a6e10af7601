"""The templates of the HTML pages."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.pages import render_page as render

_TEMPLATES = Path(__file__).parents[1] / "templates"


def render_page(template: str, filters: dict[str, Callable[..., Any]] | None = None, **values: Any) -> str:
    """Renders a template of training/templates, as `app.pages.render_page` does.

    Args:
        template: its name.
        filters: name in the template -> function.
        values: what the template shows; one that it misses is an error.

    Returns:
        The HTML text.
    """
    return render(_TEMPLATES / template, filters, **values)
