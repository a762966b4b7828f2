"""The model card: what a release is for, what it learned from, how good it is, and where it ends."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from lifecycle.data.problem import Problem
from lifecycle.reporting.markdown import escape_markdown
from lifecycle.reporting.text import format_count, format_through

# The packages whose versions an answer depends on.
PACKAGES = ("scikit-learn", "lightgbm", "numpy", "pandas", "skops")
WORST = 5
LEAST_ROWS = 100


@dataclass(frozen=True)
class CardFacts:
    """What earlier stages wrote that the card tells: their records, and the environment's lock as text."""

    problem: Problem
    lineage: Mapping[str, Any]
    quality: Mapping[str, Any]
    parts: Mapping[str, Any]
    training: Mapping[str, Any]
    threshold: float | None
    test: Mapping[str, Any]
    slices: pd.DataFrame
    lock: str
    fields: int
    portable: tuple[str, ...]


def render_card(facts: CardFacts) -> str:
    """The card as Markdown."""
    blocks = [
        f"# {escape_markdown(facts.problem.question)}",
        purpose(facts),
        "## What it learned from",
        learned(facts),
        "## How good it is",
        measured(facts),
        *weakest(facts),
        "## Where it ends",
        limits(facts),
        "## What it is made of",
        made_of(facts),
    ]
    return "\n\n".join(blocks)


def purpose(facts: CardFacts) -> str:
    """Who does what with the answer."""
    asked = facts.problem
    lines = [
        f"- Unit: {escape_markdown(asked.unit)}.",
        f"- For {escape_markdown(asked.decision.who)}: {escape_markdown(asked.decision.how)}.",
        f"- Task: {asked.task}" + (f" of `{asked.target}`." if asked.target else "."),
    ]
    lines += [f"- Asked at: {escape_markdown(asked.prediction_time.description)}."] if asked.prediction_time else []
    lines += (
        [f"- A row is flagged when its probability reaches {facts.threshold:g}."] if facts.threshold is not None else []
    )
    return "\n".join(lines)


def learned(facts: CardFacts) -> str:
    """The data version and the rows."""
    quality, training = facts.quality, facts.training
    rejected = f"{quality['kept_rows']:,} rows kept, {quality['rejected_rows']:,} rejected"
    lines = [
        f"- Data{format_through(facts.lineage.get('through'))}: {format_count(len(facts.lineage['batches']), 'batch', 'batches')}, {rejected}.",
        f"- Fitted on {training['model']['rows']:,} rows of {' and '.join(training['model']['parts'])}: "
        f"{training['winner']}, {facts.fields} features.",
    ]
    parts = [f"{name} {part['rows']:,}{span(part)}" for name, part in sorted(facts.parts["parts"].items())]
    return "\n".join([*lines, f"- Rows of each part: {'; '.join(parts)}."])


def span(part: Mapping[str, Any]) -> str:
    """From when to when, where rows have a time."""
    return f" ({part['first'][:10]} to {part['last'][:10]})" if "first" in part else ""


def measured(facts: CardFacts) -> str:
    """Each KPI on the sealed test part with its 95 % interval, beside the trivial baseline."""
    rows = [
        f"| {name} | {kpi['model']['value']:.4f} | {ends(kpi['model'])} | {number(kpi['baseline']['value'])} | "
        f"{kpi['floor']:g} | {'yes' if kpi['passed'] else '**no**'} |"
        for name, kpi in sorted(facts.test["kpis"].items())
    ]
    head = f"On {facts.test['rows']:,} test rows that nothing was chosen by:"
    ruler = "| metric | value | 95 % interval | trivial baseline | floor | reached |\n|---|---:|---|---:|---:|---|"
    return "\n".join([head, "", ruler, *rows])


def ends(interval: Mapping[str, Any]) -> str:
    """The ends of an interval."""
    return f"{number(interval['low'])} to {number(interval['high'])}"


def number(value: float | None) -> str:
    """A number in four decimals; a dash where there is none."""
    return "–" if value is None else f"{value:.4f}"


def weakest(facts: CardFacts) -> list[str]:
    """The slices of the valid part in which the score is furthest from the others; nothing without slices."""
    score = facts.problem.score
    if facts.slices.empty or score not in facts.slices:
        return []
    found = facts.slices[(facts.slices["rows"] >= LEAST_ROWS) & facts.slices[score].notna()]
    ordered = found.sort_values([score, "column", "value"])
    chosen = pd.concat([ordered.head(WORST), ordered.tail(WORST)]).drop_duplicates(["column", "value"])
    if chosen.empty:
        return []
    rows = [
        f"| {escape_markdown(str(row['column']))} | {escape_markdown(str(row['value']))} | {row['rows']:,} | {row[score]:.4f} |"
        for row in chosen.to_dict("records")
    ]
    head = f"The slices of the valid part with the lowest and the highest {score}:"
    return ["\n".join([head, "", f"| column | value | rows | {score} |", "|---|---|---:|---:|", *rows])]


def limits(facts: CardFacts) -> str:
    """What the release does not promise."""
    missed = [name for name, kpi in sorted(facts.test["kpis"].items()) if not kpi["passed"]]
    lines = [
        "- It answers for rows like those it learned from. Nothing in it notices that the world has changed.",
        "- Its features must be made as they were for learning, from what is known at the moment asked about.",
        "- A category that it has not seen is taken as its preprocessing takes an unknown one.",
        *(f"- It misses its floor for {name}." for name in missed),
    ]
    return "\n".join(lines)


def made_of(facts: CardFacts) -> str:
    """Environment and lineage; all hashes stand in lineage.json."""
    versions = ", ".join(f"{name} {version}" for name, version in locked(facts.lock, PACKAGES))
    tables = [*facts.lineage["data"].items(), *facts.lineage["model"].items(), *facts.lineage["environment"].items()]
    lines = [
        f"- Environment: {versions}.",
        *(f"- `{name}` SHA-256 `{hashed[:12]}…`" for name, hashed in tables),
        "- Every hash, of each batch, configuration file and module: lineage.json.",
        *(f"- `{name}`: the trees in LightGBM's text format, for use without Python." for name in facts.portable),
    ]
    return "\n".join(lines)


def locked(lock: str, names: Iterable[str]) -> list[tuple[str, str]]:
    """The versions that an environment's lock has of some packages."""
    found = dict(re.findall(r"(?m)^([\w.\[\]-]+)==([\w.+!]+)", lock))
    return [(name, found[name]) for name in names if name in found]
