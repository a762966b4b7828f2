"""Reports from Jinja templates: `report.py` is written by `report.md.j2` or `report.html.j2` beside it."""

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lifecycle.reporting.markdown import plain

if TYPE_CHECKING:
    from jinja2 import Environment

HERE = Path(__file__).parent


def render(module: str, form: str, **values: Any) -> str:
    """The text of the template that stands beside a module, `form` being `md` or `html`; pass `__file__` as `module`.

    In HTML every value is escaped; in Markdown the filter `plain` does it. The macros of reporting/templates.md.j2
    and templates.html.j2 (such as `table`) are imported by those names. An undefined value raises jinja2's
    UndefinedError.
    """
    path = Path(module)
    return _environment(path.parent).get_template(f"{path.stem}.{form}.j2").render(values)


@lru_cache(maxsize=32)
def _environment(folder: Path) -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

    made = Environment(
        autoescape=select_autoescape(("html.j2",)),
        keep_trailing_newline=True,
        loader=FileSystemLoader([folder, HERE]),
        lstrip_blocks=True,
        trim_blocks=True,
        undefined=StrictUndefined,
    )
    made.filters["plain"] = plain
    return made
