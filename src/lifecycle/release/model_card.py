"""The model card: purpose, training data, performance, limitations and lineage of a release."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from lifecycle.data.problem import Problem
from lifecycle.reporting.markdown import escape_markdown, escape_words, quote_code
from lifecycle.reporting.templates import render
from lifecycle.reporting.text import format_count, format_through

# The packages whose versions a prediction depends on.
PACKAGES = ("scikit-learn", "lightgbm", "numpy", "pandas", "skops")
WORST = 5
LEAST_ROWS = 100


@dataclass(frozen=True)
class CardFacts:
    """The records of earlier stages that the card shows, and the environment's lock as text."""

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


@dataclass(frozen=True)
class CardTable:
    """Columns and rows of a table of the card."""

    columns: list[str]
    rows: list[list[str]]


def render_card(facts: CardFacts) -> str:
    """The card as Markdown."""
    training, lineage = facts.training["model"], facts.lineage
    tables = [*lineage["data"].items(), *lineage["model"].items(), *lineage["environment"].items()]
    return render(
        __file__,
        "md",
        problem=facts.problem,
        target=quote_code(facts.problem.target) if facts.problem.target else "",
        threshold=None if facts.threshold is None else f"{facts.threshold:g}",
        through=format_through(lineage.get("through")),
        batches=format_count(len(lineage["batches"]), "batch", "batches"),
        kept=f"{facts.quality['kept_rows']:,}",
        rejected=f"{facts.quality['rejected_rows']:,}",
        fitted=f"{training['rows']:,}",
        training_parts=" and ".join(training["parts"]),
        winner=describe_winner(facts.training),
        fields=facts.fields,
        parts=describe_parts(facts.parts["parts"]),
        test_rows=f"{facts.test['rows']:,}",
        kpis=tabulate_kpis(facts.test["kpis"]),
        score=facts.problem.score,
        slices=tabulate_slices(facts.slices, facts.problem.score),
        missed=[name for name, kpi in sorted(facts.test["kpis"].items()) if not kpi["passed"]],
        environment=", ".join(f"{name} {version}" for name, version in parse_versions(facts.lock, PACKAGES)),
        hashes=[(name, hashed[:12]) for name, hashed in tables],
        portable=facts.portable,
    )


def describe_winner(training: Mapping[str, Any]) -> str:
    """The winner, of an ensemble with its members and their weights."""
    members = [f"{escape_words(one['candidate'])} {one['weight']:.0%}" for one in training.get("members", ())]
    winner = escape_words(training["winner"])
    return f"{winner} ({', '.join(members)})" if members else winner


def describe_parts(parts: Mapping[str, Any]) -> str:
    """The rows of each part, and from when to when where rows have a time."""
    return "; ".join(f"{name} {part['rows']:,}{describe_span(part)}" for name, part in sorted(parts.items()))


def describe_span(part: Mapping[str, Any]) -> str:
    """From when to when, where rows have a time."""
    return f" ({part['first'][:10]} to {part['last'][:10]})" if "first" in part else ""


def tabulate_kpis(kpis: Mapping[str, Any]) -> CardTable:
    """Each KPI on the sealed test part with its 95 % confidence interval, beside the trivial baseline."""
    columns = ["metric", "value", "95 % confidence interval", "trivial baseline", "floor", "reached"]
    rows = [
        [
            escape_words(name),
            f"{kpi['model']['value']:.4f}",
            f"{format_number(kpi['model']['low'])} to {format_number(kpi['model']['high'])}",
            format_number(kpi["baseline"]["value"]),
            f"{kpi['floor']:g}",
            "yes" if kpi["passed"] else "**no**",
        ]
        for name, kpi in sorted(kpis.items())
    ]
    return CardTable(columns, rows)


def format_number(value: float | None) -> str:
    """A number in four decimals; a dash where there is none."""
    return "–" if value is None else f"{value:.4f}"


def tabulate_slices(slices: pd.DataFrame, score: str) -> CardTable:
    """The slices of the valid part with the lowest and the highest score; no rows without slices."""
    columns = ["column", "value", "rows", escape_words(score)]
    if slices.empty or score not in slices:
        return CardTable(columns, [])
    large = slices[(slices["rows"] >= LEAST_ROWS) & slices[score].notna()]
    ordered = large.sort_values([score, "column", "value"])
    chosen = pd.concat([ordered.head(WORST), ordered.tail(WORST)]).drop_duplicates(["column", "value"])
    rows = [
        [
            escape_markdown(str(row["column"])),
            escape_markdown(str(row["value"])),
            f"{row['rows']:,}",
            f"{row[score]:.4f}",
        ]
        for row in chosen.to_dict("records")
    ]
    return CardTable(columns, rows)


def parse_versions(lock: str, names: Iterable[str]) -> list[tuple[str, str]]:
    """The versions that an environment's lock has of some packages."""
    found = dict(re.findall(r"(?m)^([\w.\[\]-]+)==([\w.+!]+)", lock))
    return [(name, found[name]) for name in names if name in found]
