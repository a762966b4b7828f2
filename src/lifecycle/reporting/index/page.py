"""Sections as one self-contained HTML page: no script, no request, every text escaped."""

from collections.abc import Sequence

from lifecycle.reporting.index.section import Section

FIRST = 4
TEMPLATE = """\
{% macro shown(pictures) %}
<div class="pictures">
{% for picture in pictures %}
<figure>
<figcaption>{{ picture.title }}</figcaption>
{% if picture.lesson %}<p>{{ picture.lesson | safe }}</p>{% endif %}
<div class="scroll"><img alt="{{ picture.title }}" src="{{ picture.address }}"
 style="min-width: {{ picture.legible }}px"></div>
</figure>
{% endfor %}
</div>
{% endmacro %}
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<link rel="icon" href="data:,">
<title>{{ title }}</title>
<style>
:root { --ink: #1f2933; --faint: #57606a; --line: #dfe3e8; --paper: #fff; --wash: #f5f7fa;
  --blue: #0072b2; --green: #00795a; --red: #b3470a; }
* { box-sizing: border-box; }
html { scroll-behavior: smooth; scroll-padding-top: 3.5rem; }
body { margin: 0; color: var(--ink); background: var(--wash); overflow-wrap: anywhere;
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
a { color: var(--blue); }
header, main, footer { max-width: 70rem; margin: 0 auto; padding: 0 1rem; }
header { padding-top: 2.2rem; padding-bottom: 1.2rem; }
.kind { margin: 0; color: var(--faint); font-size: .9rem; }
h1 { font-size: clamp(1.35rem, 1rem + 2vw, 2.1rem); line-height: 1.25; margin: .3rem 0 1.2rem; max-width: 52rem; }
h2 { font-size: 1.3rem; margin: 0; }
h2 .step { color: var(--faint); font-weight: 400; }
h3, h4, h5, h6 { font-size: 1rem; margin: 1.1rem 0 .5rem; }
nav { position: sticky; top: 0; z-index: 1; background: var(--ink); }
nav ol { list-style: none; display: flex; gap: .15rem; margin: 0 auto; padding: .45rem .6rem; max-width: 70rem;
  overflow-x: auto; scrollbar-width: thin; }
nav a { display: block; padding: .25rem .6rem; border-radius: .4rem; color: #fff; text-decoration: none;
  white-space: nowrap; font-size: .92rem; }
nav a:hover, nav a:focus { background: #3b4856; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 10.5rem), 1fr));
  gap: .6rem; margin: 0; }
.facts div { background: var(--wash); border-radius: .5rem; padding: .55rem .8rem; }
header .facts div { background: var(--paper); border: 1px solid var(--line); }
dt { color: var(--faint); font-size: .82rem; }
dd { margin: 0; font-weight: 600; }
section { background: var(--paper); border: 1px solid var(--line); border-radius: .8rem; margin: 1.1rem 0;
  padding: 1.1rem clamp(.9rem, 2.5vw, 1.6rem) 1.2rem; display: grid; gap: 1.1rem; }
section > * { min-width: 0; }
.lead { font-size: 1.05rem; max-width: 52rem; margin: 0; }
.good > .lead { border-left: .3rem solid var(--green); padding-left: .7rem; }
.bad > .lead { border-left: .3rem solid var(--red); padding-left: .7rem; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 1.1rem 2.2rem; }
figure { margin: 0; min-width: 0; }
figcaption { font-weight: 600; margin-bottom: .45rem; }
.note { color: var(--faint); font-size: .88rem; margin: .5rem 0 0; }
.chart { display: grid; grid-template-columns: minmax(4.5rem, auto) minmax(5rem, 1fr) minmax(3.5rem, auto);
  grid-auto-flow: row dense; gap: .32rem .6rem; align-items: center; font-size: .88rem; }
.chart .label { grid-column: 1; max-width: 11rem; }
.chart .told { grid-column: 3; text-align: right; font-variant-numeric: tabular-nums; max-width: 13rem; }
.track { grid-column: 2; position: relative; height: 1.15rem; background: var(--wash); border-radius: .2rem; }
.bar, .mark { position: absolute; top: 0; bottom: 0; }
.bar { background: var(--blue); border-radius: .2rem; min-width: 2px; }
.bar.good { background: var(--green); } .bar.bad { background: var(--red); } .bar.quiet { background: #9aa5b1; }
.mark { width: 2px; margin-left: -1px; background: var(--ink); top: -.15rem; bottom: -.15rem; }
.mark.value { width: .55rem; margin-left: -.275rem; border-radius: 50%; top: .3rem; bottom: .3rem;
  background: var(--paper); border: 2px solid var(--ink); height: .55rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .88rem; }
th, td { padding: .3rem .7rem .3rem 0; text-align: left; border-bottom: 1px solid var(--line); vertical-align: top;
  overflow-wrap: normal; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
.pictures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 1.4rem 1.6rem; }
.pictures img { display: block; width: 100%; height: auto; border: 1px solid var(--line); border-radius: .4rem; }
.pictures p { margin: 0 0 .5rem; font-size: .92rem; }
@media (min-width: 60rem) { .pictures img { min-width: 0 !important; } }
details { border-top: 1px solid var(--line); padding-top: .6rem; }
details[open] > summary { margin-bottom: .9rem; }
summary { cursor: pointer; color: var(--blue); }
blockquote { margin: .6rem 0; padding-left: .8rem; border-left: .25rem solid var(--line); color: var(--faint); }
code { background: var(--wash); border-radius: .25rem; padding: .05rem .25rem; font-size: .9em; }
pre { overflow-x: auto; background: var(--wash); padding: .7rem; border-radius: .4rem; }
footer { color: var(--faint); font-size: .88rem; padding-top: .4rem; padding-bottom: 2.5rem; }
@media (max-width: 30rem) { .pictures figcaption::after { content: " (swipe)"; font-weight: 400; color: var(--faint); }
  .chart { grid-template-columns: 1fr auto; gap: .1rem .6rem; }
  .chart .track { grid-column: 1 / -1; margin-bottom: .4rem; } .chart .label { max-width: none; }
  .chart .told { grid-column: 2; max-width: 12rem; } }
@media print { nav { display: none; } section { break-inside: avoid; } }
</style>
</head>
<body>
<header>
<p class="kind">{{ kind }}</p>
<h1>{{ title }}</h1>
<dl class="facts">{% for name, value in facts %}<div><dt>{{ name }}</dt><dd>{{ value }}</dd></div>{% endfor %}</dl>
</header>
<nav aria-label="Steps of the lifecycle"><ol>
{%- for section in sections %}<li><a href="#{{ section.name }}">{{ section.title }}</a></li>{% endfor -%}
</ol></nav>
<main>
{% for section in sections %}
<section id="{{ section.name }}" class="{{ section.tone }}">
<h2><span class="step">{{ loop.index }}</span> {{ section.title }}</h2>
<p class="lead">{{ section.lead }}</p>
{% if section.facts %}
<dl class="facts">
{% for name, value in section.facts %}<div><dt>{{ name }}</dt><dd>{{ value }}</dd></div>{% endfor %}
</dl>
{% endif %}
{% if section.charts %}
<div class="charts">
{% for chart in section.charts %}
<figure>
<figcaption>{{ chart.title }}</figcaption>
<div class="chart">
{% for line in chart.lines %}
<span class="label">{{ line.label }}</span>
<span class="told">{{ line.told }}</span>
<span class="track">
{%- if line.start is not none and line.end is not none -%}
<span class="bar {{ line.tone }}"
 style="left: {{ chart.place(line.start) }}%; right: {{ 100 - chart.place(line.end) }}%"></span>{%- endif -%}
{%- for kind, at in line.marks %}<span class="mark {{ kind }}" style="left: {{ chart.place(at) }}%"></span>{% endfor -%}
</span>
{% endfor %}
</div>
{% if chart.note %}<p class="note">{{ chart.note }}</p>{% endif %}
</figure>
{% endfor %}
</div>
{% endif %}
{% for table in section.tables %}
<figure>
<figcaption>{{ table.title }}</figcaption>
<div class="scroll"><table>
<thead><tr>
{%- for cell in table.head %}<th scope="col" class="{{ table.kind(loop.index0) }}">{{ cell }}</th>{% endfor -%}
</tr></thead>
<tbody>
{% for row in table.rows %}
<tr>{% for cell in row %}<td class="{{ table.kind(loop.index0) }}">{{ cell }}</td>{% endfor %}</tr>
{% endfor %}
</tbody>
</table></div>
</figure>
{% endfor %}
{% if section.pictures %}
{{ shown(section.pictures[:FIRST]) }}
{% if section.pictures[FIRST:] %}
<details>
<summary>{{ section.pictures[FIRST:] | length }} more pictures</summary>
{{ shown(section.pictures[FIRST:]) }}
</details>
{% endif %}
{% endif %}
{% for document in section.documents %}
<details>
<summary>{{ document.title }}</summary>
{{ document.body | safe }}
<p class="note">File: <a href="{{ document.address }}">{{ document.address }}</a></p>
</details>
{% endfor %}
</section>
{% endfor %}
</main>
<footer><p>{{ closing }}</p></footer>
</body>
</html>
"""


def page(kind: str, title: str, facts: Sequence[tuple[str, str]], sections: Sequence[Section], closing: str) -> str:
    """The page; the same sections give the same text."""
    from jinja2 import Environment, StrictUndefined

    made = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return made.from_string(TEMPLATE).render(
        kind=kind, title=title, facts=facts, sections=sections, closing=closing, FIRST=FIRST
    )
