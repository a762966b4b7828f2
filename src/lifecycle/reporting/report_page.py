"""A Markdown report with its figures as one HTML page that loads nothing."""

from pathlib import Path

from lifecycle.reporting import templates
from lifecycle.reporting.index.markdown import create_parser, encode_png, images_of


def render_report_page(title: str, markdown: str, folder: Path) -> str:
    """The page of a report whose figures are PNG files in `folder`; raw HTML in the report stays text."""
    parser = create_parser()
    tokens = parser.parse(markdown)
    for token in tokens:
        for image in images_of(token):
            image.attrs["src"] = encode_png(folder / str(image.attrs["src"]))
    body = str(parser.renderer.render(tokens, parser.options, {}))
    body = body.replace("<table>", '<div class="wide"><table>').replace("</table>", "</table></div>")
    return templates.render(__file__, "html", title=title, body=body)
