"""The page of all sections: self-contained HTML without scripts or requests, every text escaped."""

from collections.abc import Sequence

from lifecycle.reporting import templates
from lifecycle.reporting.index.section import Section

FIRST = 4  # figures of a section that are shown before the rest is folded


def render_page(
    kind: str, title: str, facts: Sequence[tuple[str, str]], sections: Sequence[Section], closing: str
) -> str:
    """The HTML of the page; the same sections give the same bytes."""
    return templates.render(
        __file__, "html", kind=kind, title=title, facts=facts, sections=sections, closing=closing, first=FIRST
    )
