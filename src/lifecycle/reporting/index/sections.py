"""The steps of the lifecycle from their reports, in the order in which a person follows them."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pandas as pd

from lifecycle.reporting.index.section import Chart, Line, Section, Table, Tone, bars
from lifecycle.reporting.text import counted, until

Record = Mapping[str, Any]
MOST = 12


def question(scope: Record) -> Section:
    """What is asked, who acts on it, what is good enough, and whether the rows suffice."""
    asked = scope["problem"]
    facts = [("One row", asked["unit"]), ("Who acts", asked["decision"]["who"]), ("How", asked["decision"]["how"])]
    if asked["prediction_time"]:
        facts.append(("The answer is due", asked["prediction_time"]["description"]))
    if asked["costs"]:
        facts.append(
            ("Costs of a false positive and a miss", "{false_positive:g} and {miss:g}".format(**asked["costs"]))
        )
    short = [check["name"] for check in scope["checks"] if not check["enough"]]
    lead = f"Not enough: {', '.join(short)}." if short else "There are enough rows to answer it."
    tables = (good_enough(asked), checked(scope))
    tone: Tone = "bad" if short else "good"
    return Section("question", "Question", lead, tuple(facts), answers(scope), tables, tone=tone)


def good_enough(asked: Record) -> Table:
    """Each KPI with its floor and its reason."""
    rows = [(kpi["metric"], number(kpi["floor"]), kpi["why"]) for kpi in asked["kpis"]]
    return Table("What is good enough", ("KPI", "floor", "why"), tuple(rows))


def checked(scope: Record) -> Table:
    """How many rows there are of those needed."""
    rows = [
        (check["name"], number(check["found"]), number(check["needed"]), "yes" if check["enough"] else "no")
        for check in scope["checks"]
    ]
    return Table("Are there enough rows?", ("condition", "found", "needed", "enough"), tuple(rows))


def answers(scope: Record) -> tuple[Chart, ...]:
    """The target by month, and what a quick model learns from ever more rows, where they are known."""
    asked, score = scope["problem"], scope["problem"]["score"]
    rate = asked["task"] == "binary"
    months = {one["month"]: one["mean"] for one in scope["labels_by_month"]}
    learned = {f"{one['rows']:,} rows": one[score] for one in scope["learning_curve"]}
    title = f"Share of train rows by month: {asked['positive']}" if rate else f"Mean of {asked['target']} by month"
    return (
        *bars(title, months, ".1%" if rate else ",.4g"),
        *bars(f"{score} of a quick model that learns from ever more rows", learned, ".4f"),
    )


def data(provenance: Record) -> Section:
    """Which raw rows the version holds, and where they come from."""
    batches = provenance["batches"]
    rows = Counter[str]()
    for batch in batches:
        rows[batch["batch"].split("/")[0]] += batch["rows"]
    tables = dict(rows.most_common(MOST))
    largest = next(iter(tables))
    by_batch = {stem(one["batch"]): one["rows"] for one in batches if one["batch"].startswith(f"{largest}/")}
    latest = dict(list(by_batch.items())[-MOST:]) if len(by_batch) > 1 else {}
    sources = dict.fromkeys((one["source"], one["licence"], one["publisher"]) for one in batches)
    held = f"with {counted(sum(rows.values()), 'row')} {'makes' if len(batches) == 1 else 'make'}"
    made = f"{counted(len(batches), 'batch', 'batches')} {held}"
    return Section(
        "data",
        "Data",
        f"{made} up the data version{until(provenance)}.",
        charts=(*bars("Raw rows by table", tables, ",.0f"), *bars(f"Rows by batch of {largest}", latest, ",.0f")),
        tables=(Table("Where the rows come from", ("source", "licence", "publisher"), tuple(sources)),),
    )


def stem(batch: str) -> str:
    """A batch's name without its table and ending."""
    return batch.split("/")[1].removesuffix(".parquet")


def quality(found: Record) -> Section:
    """Which rows were rejected and why, and what is missing in those kept."""
    rejected, kept = found["rejected_rows"], found["kept_rows"]
    lead = f"{kept:,} rows are kept, {rejected:,} rejected ({rejected / max(1, kept + rejected):.1%})."
    missing = dict(sorted(found["missing_share"].items(), key=lambda one: (-one[1], one[0]))[:MOST])
    changed = {name: sum(counts.values()) for name, counts in found["changed_values"].items()}
    mended = sorted({**changed, **found["blanked_as_noise"]}.items())
    table = Table("Values blanked or clipped", ("column", "values"), tuple((name, f"{n:,}") for name, n in mended))
    return Section(
        "quality",
        "Quality",
        lead + ("" if missing else " No value is missing."),
        charts=(
            *bars("Rejected rows by reason", found["rejected_by_reason"], ",.0f"),
            *bars("Missing values by column", missing, ".3%"),
        ),
        tables=(table,) if mended else (),
    )


def parts(split: Record) -> Section:
    """How many rows train, valid and test hold, and when they are."""
    found = {name: split["parts"][name] for name in ("train", "valid", "test")}
    rows = {name: part["rows"] for name, part in found.items()}
    signs = [(", ".join(sign["columns"]), sign["kind"], number(sign["strength"])) for sign in split["signs"][:5]]
    leaks = Table("Strongest signs of a leak, none of which stops", ("columns", "kind", "strength"), tuple(signs))
    return Section(
        "parts",
        "Parts",
        f"{rows['train']:,} rows to learn from, {rows['valid']:,} to decide on, {rows['test']:,} sealed for the test.",
        charts=(*bars("Rows by part", rows, ",.0f"), *spans(found)),
        tables=(leaks,) if signs else (),
    )


def spans(found: Record) -> tuple[Chart, ...]:
    """When the rows of each part are, where they have a time."""
    if not all("first" in part for part in found.values()):
        return ()
    lines = [
        Line(name, f"{part['first'][:10]} to {part['last'][:10]}", seconds(part["first"]), seconds(part["last"]))
        for name, part in found.items()
    ]
    low, high = min(line.start or 0 for line in lines), max(line.end or 0 for line in lines)
    return (Chart("When they are (UTC)", tuple(lines), low, high),)


def seconds(time: str) -> float:
    """A time as seconds since 1970."""
    return datetime.fromisoformat(time).timestamp()


def candidates(selection: Record) -> Section:
    """What each candidate scored, and who won."""
    found = selection["candidates"]
    scores = [one["score"] for one in found if one["score"] is not None]
    lines = [
        Line(
            one["option"],
            number(one["score"]),
            min(0.0, one["score"]),
            max(0.0, one["score"]),
            tone="good" if one["option"] == selection["winner"] else "plain" if one["within_noise"] else "quiet",
        )
        for one in found
        if one["score"] is not None
    ]
    note = "Green won, blue is within its noise, grey is worse. Means over the same folds of the train part."
    chart = Chart(f"Mean {selection['metric']}", tuple(lines), min(0.0, *scores), max(0.0, *scores), note)
    return Section("candidates", "Candidates", sentence(selection["reason"]), charts=(chart,))


def evaluation(metrics: Record, threshold: Record, importance: pd.DataFrame) -> Section:
    """Metrics on the valid part beside the baseline's, and what the model leans on."""
    model, trivial = metrics["valid"], metrics["baseline"]
    rows = [(name, number(model[name]), number(trivial.get(name))) for name in sorted(model) if model[name] is not None]
    leans = dict(zip(importance["feature"].head(MOST), importance["fall"].head(MOST), strict=True))
    lead = "How the winner does on the valid part, which it did not learn from, beside a trivial baseline."
    if threshold.get("cost") is not None:
        lead += (
            f" A row is flagged from a probability of {threshold['threshold']:.3f} on and then costs "
            f"{threshold['cost']:.3f} on average, against {threshold['cost_of_none']:.3f} when none is flagged and "
            f"{threshold['cost_of_all']:.3f} when all are."
        )
    return Section(
        "evaluation",
        "Evaluation",
        lead,
        charts=bars("What the model leans on: how far the score falls without it", leans, ".4f"),
        tables=(Table("Metrics on the valid part", ("metric", "model", "baseline"), tuple(rows)),),
    )


def tested(test: Record) -> Section:
    """Each KPI on the sealed part with its interval, floor and baseline, pass or fail."""
    verdicts = test["kpis"]
    missed = [name for name, verdict in verdicts.items() if not verdict["passed"]]
    lead = f"{len(verdicts) - len(missed)} of {len(verdicts)} KPIs are reached on {test['rows']:,} sealed rows"
    lead += f", {test['first'][:10]} to {test['last'][:10]} (UTC)." if "first" in test else "."
    charts = [kpi(name, verdict) for name, verdict in sorted(verdicts.items())]
    reasons = Table("Verdicts", ("KPI", "floor", "verdict", "why"), tuple(
        (name, number(one["floor"]), "passed" if one["passed"] else "MISSED", one["reason"])
        for name, one in sorted(verdicts.items())
    ))  # fmt: skip
    return Section("test", "Test", lead, (), tuple(charts), (reasons,), tone="bad" if missed else "good")


def kpi(name: str, verdict: Record) -> Chart:
    """Model and baseline on one scale, each with its interval, and the floor through both."""
    lines = []
    tones: dict[str, Tone] = {"model": "good" if verdict["passed"] else "bad", "baseline": "quiet"}
    for who, tone in tones.items():
        one, floor = verdict[who], ("floor", verdict["floor"])
        marks = (floor, ("value", one["value"])) if one["value"] is not None else (floor,)
        lines.append(Line(who, ranged(one), one["low"], one["high"], marks, tone))
    ends = [place for line in lines for place in (line.start, line.end, *(at for _, at in line.marks))]
    known = [place for place in ends if place is not None]
    room = 0.05 * (max(known) - min(known)) or 1.0
    note = f"The black line is the floor, {verdict['floor']:g}."
    return Chart(name, tuple(lines), min(known) - room, max(known) + room, note)


def ranged(one: Record) -> str:
    """A value with the ends of its interval."""
    if one["low"] is None or one["low"] == one["high"]:
        return number(one["value"])
    return f"{number(one['value'])} ({number(one['low'])} to {number(one['high'])})"


def number(value: float | None) -> str:
    """A number in four digits behind the point, whole ones with commas; a dash where it is not known."""
    if value is None:
        return "–"
    return f"{value:,.0f}" if float(value).is_integer() and abs(value) >= 10 else f"{value:,.4f}"


def sentence(words: str) -> str:
    """Words as a sentence with a full stop."""
    return words if words.endswith(".") else f"{words}."
