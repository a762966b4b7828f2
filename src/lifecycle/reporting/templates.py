"""Reports from Jinja templates: `report.py` fills `report.md.j2` or `report.html.j2` beside it."""

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lifecycle.io.plain_text import escape_value
from lifecycle.reporting.markdown import embed_figure, escape_markdown, escape_words, quote_code, render_table

if TYPE_CHECKING:
    from jinja2 import Environment

HERE = Path(__file__).parent


def render(module: str, form: str, **values: Any) -> str:
    """The text of the template beside a module: pass `__file__` as `module`, and `md` or `html` as `form`.

    In HTML every value is escaped, and a page extends `templates.html.j2` of this folder. In Markdown the filter
    `escape_markdown` escapes a value, `escape_words` names and sentences with names, and `quote_code` writes a name as
    code; `embed_figure` links a figure, and `templates.md.j2` of this folder has the macro `table`. In both, no hidden
    character of a value is left. Raises jinja2's UndefinedError for a value that the template names and `values` lacks.
    """
    path = Path(module)
    return _load_environment(path.parent).get_template(f"{path.stem}.{form}.j2").render(values)


@lru_cache(maxsize=32)
def _load_environment(folder: Path) -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

    environment = Environment(
        finalize=escape_value,
        autoescape=select_autoescape(("html.j2",)),
        keep_trailing_newline=True,
        loader=FileSystemLoader([folder, HERE]),
        lstrip_blocks=True,
        trim_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters.update(escape_markdown=escape_markdown, escape_words=escape_words, quote_code=quote_code)
    environment.globals.update(embed_figure=embed_figure, render_table=render_table)
    return environment
