"""The scope as a page for a person: the question, what is good enough, and whether the rows can answer it."""

from typing import Any

from lifecycle.data.problem import Problem


def page(asked: Problem, found: dict[str, Any]) -> str:
    """The whole page as Markdown."""
    sections = [question(asked), goals(asked), rows_enough(asked, found), months(asked, found), signs(asked, found)]
    return "\n\n".join("\n".join(lines) for lines in sections if lines)


def question(asked: Problem) -> list[str]:
    """What is asked, by whom, and what mistakes cost."""
    positive = f"; positive means: {asked.positive}" if asked.positive else ""
    lines = [f"- One row is {asked.unit}{positive}."]
    if asked.prediction_time:
        lines.append(f"- The answer is due {asked.prediction_time.description}.")
    lines.append(f"- Who acts: {asked.decision.who}. How: {asked.decision.how}.")
    if asked.costs:
        lines.append(f"- A false positive costs {asked.costs.false_positive:g}, a miss {asked.costs.false_negative:g}.")
    return ["# The question", "", f"**{asked.question}**", "", *lines]


def goals(asked: Problem) -> list[str]:
    """The KPIs with their floors."""
    rows = [f"| {kpi.metric} | {kpi.floor} | {kpi.why} |" for kpi in asked.kpis]
    return ["## What is good enough", "", "| KPI | floor | why |", "|---|---:|---|", *rows]


def rows_enough(asked: Problem, found: dict[str, Any]) -> list[str]:
    """The minimum data against what is there, and the learning curve."""
    checks = [
        f"| {one['name']} | {short(one['found'])} | {short(one['needed'])} | {'yes' if one['enough'] else '**no**'} |"
        for one in found["checks"]
    ]
    lines = [
        "## Are there enough rows?",
        "",
        "| condition | found | needed | enough |",
        "|---|---:|---:|---|",
        *checks,
    ]
    return lines + (curve(asked, found["learning_curve"]) if found["learning_curve"] else [])


def curve(asked: Problem, sizes: list[dict[str, float]]) -> list[str]:
    """The learning curve of the quick model."""
    return [
        "",
        f"A quick model, learning from ever more of the rows before the last ones ({asked.score} on those):",
        "",
        f"| train rows | {asked.score} |",
        "|---:|---:|",
        *[f"| {row['rows']:,} | {row[asked.score]:.4f} |" for row in sizes],
    ]


def months(asked: Problem, found: dict[str, Any]) -> list[str]:
    """The labels in all and month by month: the share of positives, or the mean of a number."""
    by_month = found["labels_by_month"]
    if asked.task == "binary":
        title = f"## How often is {asked.target} true? {found['labels']['label_rate']:.1%} of the train rows"
        rows = [f"| {one['month']} | {one['rows']:,} | {bar(one['mean'])} {one['mean']:.1%} |" for one in by_month]
        return [title, *table("month | rows | rate", rows)]
    if asked.task == "regression":
        title = f"## How large is {asked.target}? {found['labels']['label_mean']:.4g} on average in the train rows"
        rows = [f"| {one['month']} | {one['rows']:,} | {one['mean']:.4g} |" for one in by_month]
        return [title, *table("month | rows | mean", rows)]
    if asked.task == "multiclass":
        shares = found["labels"]["label_shares"]
        rows = [f"| {name} | {bar(share)} {share:.1%} |" for name, share in shares.items()]
        return [f"## Which {asked.target} how often?", *table("class | share of the train rows", rows)]
    return []


def table(head: str, rows: list[str]) -> list[str]:
    """Rows under a head, all but the first and last column to the right; nothing without rows."""
    if not rows:
        return []
    middle = ["---:"] * (head.count("|") - 1)
    return ["", f"| {head} |", "|" + "|".join(["---", *middle, "---"]) + "|", *rows]


def signs(asked: Problem, found: dict[str, Any]) -> list[str]:
    """The strongest signs of a leak."""
    measure = {"regression": "half of 1 + rank correlation", "multiclass": "least ROC-AUC between two classes"}
    rows = [f"| {one['kind']} | {', '.join(one['columns'])} | {one['strength']:.3f} |" for one in found["leak_signs"]]
    return [
        "## Strongest signs of a leak",
        "",
        "None of them is strong enough to stop the run (conf/leaks/ says from where one would).",
        "",
        f"| sign | columns | strength alone ({measure.get(asked.task, 'ROC-AUC')}) |",
        "|---|---|---:|",
        *rows,
    ]


def short(number: float) -> str:
    """A count in full, a small number in three digits."""
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"


def bar(share: float) -> str:
    """The share as a bar of up to twenty blocks, one for every five percent."""
    return "█" * round(share * 20)
