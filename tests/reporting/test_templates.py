"""Templates stand beside their module, escape what they show, and share one table and one page."""

import pytest
from jinja2 import UndefinedError

from lifecycle.reporting import templates
from lifecycle.reporting.markdown import render_table

CELLS = [["a|b", "1"], ["`c\nd`", "22"]]


@pytest.fixture
def module(tmp_path):
    (tmp_path / "report.md.j2").write_text(
        '{% from "templates.md.j2" import table %}\n'
        '# {{ title | escape_markdown }}\n\n{{ table(["x", "n"], rows, ["n"]) }}'
    )
    (tmp_path / "report.html.j2").write_text(
        '{% extends "templates.html.j2" %}\n{% block body %}\n<h1>{{ title }}</h1>\n{% endblock %}\n'
    )
    return str(tmp_path / "report.py")


def test_the_macro_gives_the_bytes_of_the_function(module):
    text = templates.render(module, "md", title="a_b", rows=CELLS)
    assert text == f"# a\\_b\n\n{render_table(['x', 'n'], CELLS, ['n'])}\n"


def test_a_page_has_a_title_a_policy_and_its_body(module):
    page = templates.render(module, "html", title="<b>")
    assert page.startswith('<!doctype html>\n<html lang="en">\n')
    assert "<title>&lt;b&gt;</title>" in page
    assert "content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">" in page
    assert "<body>\n<h1>&lt;b&gt;</h1>\n</body>\n</html>\n" in page


def test_an_undefined_value_is_an_error(module):
    with pytest.raises(UndefinedError, match="title"):
        templates.render(module, "html")
