import jinja2
import pytest

from training.reports.pages import render_page

VALUES = {"name": "<set>", "usable": 1, "total": 2, "counts": [], "sections": [], "classes": []}


def test_values_are_escaped_and_filters_apply() -> None:
    page = render_page("check.html", {"printable": str.upper}, **VALUES)
    assert "&lt;SET&gt;" in page and "<SET>" not in page


def test_a_value_that_the_template_misses_is_an_error() -> None:
    values = {name: value for name, value in VALUES.items() if name != "sections"}
    with pytest.raises(jinja2.UndefinedError, match="sections"):
        render_page("check.html", {"printable": str}, **values)
