"""The review as a page: the verdict first, all that it rests on below, short enough for a comment."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lifecycle.reporting.markdown import escape_markdown

Record = Mapping[str, Any]

LIMIT = 60_000
MOST = 15  # rows of a table in which all rows are alike
SIGNS = {
    "better": "🟢 Better",
    "worse": "🔴 Worse",
    "no real difference": "⚪ No real difference",
    "not comparable": "🟠 Not comparable",
}
MARKS = {"better": "🟢 better", "worse": "🔴 worse", "within noise": "within noise", "cannot be told": "cannot be told"}
PALETTE = '%%{init: {"themeVariables": {"xyChart": {"plotColorPalette": "#8c959f, #0969da"}}}}%%'


def page(found: Record, limit: int = LIMIT) -> str:
    """The whole page as Markdown, at most `limit` characters; sections left out at the end are named."""
    first = [headline(found), gate(found), warnings(found)]
    sections = {
        "Metrics": metrics(found),
        "Slices": slices(found),
        "Data": data(found.get("data", {})),
        "Parameters, code and environment": changes(found),
        "Cost": cost(found),
        "Plots": plots(found),
    }
    told = [(name, f"## {name}\n\n{text}") for name, text in sections.items() if text]
    while (made := joined(first, told, sections)) and len(made) > limit and told:
        told.pop()
    return made[:limit]


def joined(first: Sequence[str], told: Sequence[tuple[str, str]], sections: Mapping[str, str]) -> str:
    """The parts that are there, and the names of those that had to go."""
    kept = [name for name, _ in told]
    gone = [name for name, text in sections.items() if text and name not in kept]
    note = [f"Left out, too long for a comment: {', '.join(gone)}; reports/review.json has all."] if gone else []
    return "\n\n".join([*(part for part in first if part), *(text for _, text in told), *note]) + "\n"


def headline(found: Record) -> str:
    """The verdict with its reason, and which versions are compared."""
    base, head = found["base"], found["head"]
    before = f"`{base['revision'][:7]}`" if base["revision"] else f"{escape_markdown(str(base['asked']))} (not here)"
    after = f"`{head['revision'][:7]}`" if head["revision"] else "the files here"
    edited = " with uncommitted changes" if head["changed"] else ""
    told = found["verdict"]
    more = "".join(f"{one}\n\n" for one in (moved_beside(found), winners(found)) if one)
    return f"# {SIGNS[told['word']]}\n\n{escape_markdown(told['reason'])}\n\n{more}Base {before}, head {after}{edited}."


def moved_beside(found: Record) -> str:
    """Which metrics really moved although they do not decide, in words; empty where none did."""
    rows = found["comparisons"][0]["metrics"] if found["comparisons"] else []
    names = {
        mark: [row["name"] for row in rows if row["mark"] == mark and row["name"] not in found["deciding"]]
        for mark in ("worse", "better")
    }
    told = [f"really {mark}: {', '.join(map(escape_markdown, named))}" for mark, named in names.items() if named]
    return f"Of the metrics that do not decide, {'; '.join(told)}." if told else ""


def winners(found: Record) -> str:
    """That another candidate won, in words; empty where it is the same, or not known of both."""
    for one in found.get("cost", []):
        if one["what"] == "winner" and one["base"] != one["head"]:
            return (
                f"**The winner is another one:** {escape_markdown(one['head'])} instead of {escape_markdown(one['base'])}; "
                "reports/select.md says why."
            )
    return ""


def gate(found: Record) -> str:
    """Whether the gate is open, and what closes it or was accepted."""
    told = found["gate"]
    closing = [one for one in told["findings"] if not one["accepted"]]
    lines = ["**Gate: open.**" if told["open"] else f"**Gate: closed**, for {len(closing)} reason(s):", ""]
    lines += [
        f"- {'☑ accepted' if one['accepted'] else '✖'}: {escape_markdown(one['what'])}{label(one)}" for one in told["findings"]
    ]
    lines += [f"- ⚠ accepted by name, but nothing of that name is worse: {escape_markdown(name)}" for name in told["unused"]]
    return "\n".join(lines).rstrip()


def label(finding: Record) -> str:
    """How a finding may be accepted, where it may."""
    return f" (label `accept:{finding['accept']}` accepts it)" if finding["accept"] and not finding["accepted"] else ""


def warnings(found: Record) -> str:
    """What could not be compared, other test rows, and changed rules; nothing where there is nothing to warn of."""
    lines = []
    if found["gaps"]:
        lines += ["> [!CAUTION]", "> **The comparison is incomplete.**"]
        lines += [f"> - {escape_markdown(gap['what'])} — next: {escape_markdown(gap['todo'])}" for gap in found["gaps"]]
        lines += [""]
    if found.get("rules"):
        lines += ["> [!WARNING]", "> **This change alters the rules that it is judged by.**"]
        lines += [f"> - {escape_markdown(rule)}" for rule in found["rules"][:MOST]]
        lines += [""]
    rows = found["rows"]
    if None not in rows.values() and not rows["base"] == rows["head"] == rows["shared"]:
        lines += [
            "> [!IMPORTANT]",
            f"> **The test rows differ:** base has {rows['base']:,}, head {rows['head']:,}, "
            f"both share {rows['shared']:,}.",
            "> Numbers of each version's own rows are not held against each other.",
        ]
    return "\n".join(lines).rstrip()


def metrics(found: Record) -> str:
    """Each comparison's metrics, the KPIs with floor and baseline, and the numbers each version kept itself."""
    parts = [paired(one, found["deciding"]) for one in found["comparisons"]]
    parts += [floors(found["kpis"])] if found["kpis"] else []
    if found.get("kept"):
        rows = [[one["name"], number(one["base"]), number(one["head"])] for one in found["kept"]]
        text = "Each of its own test rows, as reports/test.json of each version says:\n\n" + table(
            ["metric", "base:", "head:"], rows
        )
        parts.append(text if not found["comparisons"] else folded("What each version measured itself", text))
    return "\n\n".join(parts)


def paired(one: Record, deciding: Sequence[str]) -> str:
    """The metrics of one comparison, those that decide first."""
    rows = sorted(one["metrics"], key=lambda row: (row["name"] not in deciding, row["name"]))
    cells = [
        [
            f"**{escape_markdown(row['name'])}**" if row["name"] in deciding else escape_markdown(row["name"]),
            "↑" if row["better"] == "higher" else "↓",
            number(row["base"]),
            number(row["head"]),
            number(row["difference"], "+"),
            f"{number(row['low'], '+')} to {number(row['high'], '+')}",
            number(row["tolerance"]),
            MARKS[row["mark"]],
        ]
        for row in rows
    ]
    head = ["metric", "better", "base:", "head:", "difference:", "95 % interval", "tolerance:", ""]
    blocks = f", {one['blocks']:,} independent blocks" if one["blocks"] != one["count"] else ""
    said = f"On {escape_markdown(one['rows'])}{blocks}; those in bold decide, all are looked at together:"
    return f"{said}\n\n{table(head, cells, plainly=False)}{threshold(one['thresholds'])}"


def threshold(told: Record) -> str:
    """A sentence on thresholds that differ, as the answers show them; empty where they do not."""
    if not told or told["base"] == told["head"] or max(told.values()) > 1:
        return ""
    return (
        f"\n\nA row is said to be positive from a probability of {number(told['head'])} on, in base from "
        f"{number(told['base'])} on: metrics of such decisions move with it."
    )


def floors(kpis: Sequence[Record]) -> str:
    """Head's KPIs beside floor and trivial baseline."""
    rows = [
        [
            one["metric"],
            number(one["model"]["value"]),
            f"{number(one['model']['low'])} to {number(one['model']['high'])}",
            number(one["floor"]),
            number(one["baseline"]["value"]),
            "passed" if one["passed"] else f"MISSED: {one['reason']}",
        ]
        for one in kpis
    ]
    return "Head's KPIs on its own test rows:\n\n" + table(
        ["KPI", "head:", "95 % interval", "floor:", "trivial baseline:", ""], rows
    )


def slices(found: Record) -> str:
    """The slices that are really worse, and all others folded."""
    if not found["comparisons"]:
        return ""
    rows = found["comparisons"][0]["slices"]
    worse = [row for row in rows if row["mark"] == "worse"]
    looked = (
        f"{len(rows)} slices of enough rows were looked at together, by {escape_markdown(found['comparisons'][0]['sliced_by'])}; "
    )
    if not rows:
        return "No slice has enough rows to be looked at."
    said = looked + (f"**{len(worse)} got really worse:**" if worse else "none got really worse.")
    parts = [said, *([parts_table(worse)] if worse else [])]
    others = [row for row in rows if row["mark"] != "worse"]
    if others:
        shown = others[:MOST] + [row for row in others[MOST:] if row["mark"] == "better"][:MOST]
        left = len(others) - len(shown)
        rest = f"\n\n… and {left:,} more in reports/review.json." if left else ""
        title = f"{'The other' if worse else 'All'} {len(others)}, the largest loss first"
        parts.append(folded(title, parts_table(shown) + rest))
    return "\n\n".join(parts)


def parts_table(rows: Sequence[Record]) -> str:
    """Slices as a table, with a bar for the gain."""
    widest = max((abs(row["gain"]) for row in rows), default=0.0)
    cells = [
        [
            row["name"],
            f"{row['rows']:,}",
            number(row["base"]),
            number(row["head"]),
            number(row["difference"], "+"),
            f"{number(row['low'], '+')} to {number(row['high'], '+')}",
            bar(row["gain"], widest),
            MARKS[row["mark"]],
        ]
        for row in rows[: 3 * MOST]
    ]
    return table(["slice", "rows:", "base:", "head:", "difference:", "95 % interval", "gain", ""], cells)


def bar(gain: float, widest: float) -> str:
    """A bar of up to ten blocks, to the left of a line for a loss and to the right for a gain."""
    length = round(10 * abs(gain) / widest) if widest else 0
    return "█" * length + "│" if gain < 0 else "│" + "█" * length


def data(told: Record) -> str:
    """Versions, batches, schema, rejected rows and shifted columns."""
    if not told:
        return ""
    parts = [batches(told["batches"])] if told["batches"] else []
    parts.append("Schema: " + ("; ".join(escape_markdown(one) for one in told["schema"][:MOST]) or "unchanged") + ".")
    parts.append(quality(told["quality"]))
    if told["shifted"]:
        rows = [[one["column"], bar(one["moved"], 1.0), f"{one['moved']:.0%}"] for one in told["shifted"]]
        parts.append(
            f"Columns in which a tenth or more of {told['shifted'][0]['rows']:,} rows lie elsewhere than base's:\n\n"
            + table(["column", "moved", "share:"], rows)
        )
    else:
        parts.append("No column shifted by a tenth of its rows or more.")
    return "\n\n".join(parts)


def quality(told: Sequence[Record]) -> str:
    """The numbers of the quality report that differ in what is shown of them."""
    shown = [[one["name"], number(one["base"]), number(one["head"])] for one in told]
    rows = [row for row in shown if row[1] != row[2]]
    if not rows:
        return f"Rows kept and rejected, and missing values: {'the same in four digits' if told else 'unchanged'}."
    return folded("Rows kept, rejected by reason, missing shares", table(["what", "base:", "head:"], rows, MOST * 3))


def batches(told: Record) -> str:
    """Batches and rows of both, and which came, went or changed."""
    count, rows = told["count"], told["rows"]
    lines = [f"{count['base']} → {count['head']} batches, {rows['base']:,} → {rows['head']:,} raw rows."]
    for kind in ("added", "removed", "changed"):
        named = [f"{escape_markdown(one['batch'])} ({one['rows']:,} rows)" for one in told[kind]]
        lines += [f"- {kind}: {', '.join(named[:MOST])}{more(named)}"] if named else []
    return "\n".join(lines)


def more(names: Sequence[Any]) -> str:
    """How many are not shown."""
    return f" and {len(names) - MOST} more" if len(names) > MOST else ""


def changes(found: Record) -> str:
    """Options, stages, code and packages that differ."""
    if "stages" not in found:
        return ""
    options = [[one["file"], one["key"], short(one["base"]), short(one["head"])] for one in found["options"]]
    stages = [
        [
            one["stage"],
            ", ".join(one["why"][:6]) + more_of(one["why"], 6),
            ", ".join(one["outputs"][:4]) or "the same bytes",
        ]
        for one in found["stages"]
    ]
    packages = [[one["package"], short(one["base"]), short(one["head"])] for one in found["packages"]]
    parts = [
        table(["file", "option", "base", "head"], options, 2 * MOST) if options else "Options: unchanged.",
        folded(f"{len(stages)} stages ran anew", table(["stage", "because of", "changed"], stages, 3 * MOST))
        if stages
        else "No stage ran anew.",
        table(["package", "base", "head"], packages, 2 * MOST) if packages else "Packages: unchanged.",
    ]
    code = [escape_markdown(name) for name in found["code"]]
    return "\n\n".join([*parts, f"Code: {', '.join(code[:MOST]) or 'unchanged'}{more(code)}."])


def more_of(names: Sequence[str], shown: int) -> str:
    """How many are not shown."""
    return f" and {len(names) - shown} more" if len(names) > shown else ""


def short(value: Any) -> str:
    """A value in few letters; what is not there as a dash."""
    text = "—" if value is None else str(value)
    return text if len(text) <= 80 else text[:79] + "…"


def cost(found: Record) -> str:
    """Sizes and counts of both, and times where a folder of base's was given."""
    if not found.get("cost"):
        return ""
    rows = [[one["what"], whole(one["base"]), whole(one["head"])] for one in found["cost"]]
    parts = [table(["what", "base:", "head:"], rows)]
    if found["clock"]:
        cells = [
            [one["stage"], *(f"{one[f'{side}_{key}']:,.1f}" for key in ("seconds", "peak_mebibytes") for side in SIDES)]
            for one in found["clock"]
        ]
        totals = [f"{sum(one[f'{side}_seconds'] for one in found['clock']):,.1f} s" for side in SIDES]
        text = table(["stage", "base s:", "head s:", "base MiB:", "head MiB:"], cells, 4 * MOST)
        parts.append(folded(f"Time by the clock: {totals[0]} → {totals[1]}", text))
    else:
        parts.append("Times are not compared: no timings of base were given (`--clock FOLDER`).")
    return "\n\n".join(parts)


SIDES = ("base", "head")


def whole(value: Any) -> str:
    """A count in full."""
    return f"{value:,}" if isinstance(value, int) else short(value)


def plots(found: Record) -> str:
    """The curves and tables of the comparison that decides."""
    if not found["comparisons"]:
        return ""
    told = found["comparisons"][0]["plots"]
    parts = []
    if told.get("roc") and all(told["roc"].values()):
        parts.append(chart("ROC: found, by share of false positives", "false positives", 1, told["roc"], 1))
    if told.get("errors"):
        top = max(max(line) for line in told["errors"].values())
        parts.append(
            chart("Absolute error that a share of rows stays below", "share of rows", 0.95, told["errors"], top)
        )
    tables = {
        "calibration": "Calibration: probability and what came true, by tenth of the rows",
        "confusion": "Confusion: rows of each class by the class they were given",
        "residuals": "Residuals: actual less predicted, by tenth of the truth",
        "clusters": "Rows of each cluster",
    }
    for name, title in tables.items():
        if told.get(name):
            heads = list(told[name][0])
            cells = [[cell(row[head]) for head in heads] for row in told[name]]
            parts.append(folded(title, table([f"{head.replace('_', ' ')}:" for head in heads], cells, 150)))
    return "\n\n".join([*parts, "All pictures are in the run's artefact, under reports/evaluate/."])


def chart(title: str, along: str, end: float, lines: Mapping[str, Sequence[float]], top: float) -> str:
    """Two lines as a Mermaid chart: base grey, head blue."""
    drawn = [f"  line [{', '.join(f'{value:.4g}' for value in lines[side])}]" for side in SIDES]
    body = [f'  x-axis "{along}" 0 --> {end:g}', f'  y-axis "" 0 --> {max(top, 1e-9):.4g}', *drawn]
    return "\n".join([f"{title} (base grey, head blue)", "", "```mermaid", PALETTE, "xychart-beta", *body, "```"])


def cell(value: Any) -> str:
    """A count in full, any other number in four digits, text as it is."""
    return number(value) if isinstance(value, float) else whole(value)


def number(value: Any, sign: str = "") -> str:
    """A number in four digits behind the point, a large one in four digits; what is none as it is or a dash."""
    if value is None:
        return "—"
    if not isinstance(value, float):
        return f"{value:,}" if isinstance(value, int) else str(value)
    return f"{value:{sign}.4f}" if abs(value) < 100 else f"{value:{sign},.4g}"


def folded(title: str, text: str) -> str:
    """Text that opens at a click."""
    return f"<details><summary>{title}</summary>\n\n{text}\n\n</details>"


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], most: int = 4 * MOST, plainly: bool = True) -> str:
    """Rows under heads, those that end in a colon to the right; the rows beyond `most` are counted only."""
    ruler = ["---:" if head.endswith(":") else "---" for head in heads]
    lines = [line(head.rstrip(":") for head in heads), line(ruler)]
    lines += [line(escape_markdown(value) if plainly else value for value in row) for row in rows[:most]]
    left = len(rows) - most
    return "\n".join(lines) + (f"\n\n… and {left:,} more in reports/review.json." if left > 0 else "")


def line(cells: Iterable[str]) -> str:
    """One row of a table."""
    return "| " + " | ".join(cells) + " |"
