"""The sections of the page, one per step of the lifecycle, from the stages' reports."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from lifecycle.reporting.index.records import (
    BatchView,
    CandidateView,
    IntervalView,
    MetricsView,
    PartView,
    ProblemView,
    ProvenanceView,
    QualityView,
    ScopeView,
    SealedTestView,
    SelectionView,
    SplitView,
    ThresholdView,
    VerdictView,
)
from lifecycle.reporting.index.section import Chart, Line, Section, TextTable, Tone, chart_bars
from lifecycle.reporting.text import format_count, format_through

MOST = 12  # bars of a chart


def describe_question(scope: ScopeView) -> Section:
    """The question, who acts on a prediction, the KPIs, and whether there are enough rows."""
    short = [check.name for check in scope.checks if not check.enough]
    lead = f"Not enough: {', '.join(short)}." if short else "There are enough rows to answer the question."
    return Section(
        "question",
        "Question",
        lead,
        facts=list_facts(scope.problem),
        charts=chart_target(scope),
        tables=(tabulate_kpis(scope.problem), tabulate_checks(scope)),
        tone="bad" if short else "good",
    )


def list_facts(problem: ProblemView) -> tuple[tuple[str, str], ...]:
    """The facts of a problem: unit, decision, prediction time and costs, where it states them."""
    facts = [("One row", problem.unit), ("Who acts", problem.decision.who), ("How", problem.decision.how)]
    if problem.prediction_time:
        facts.append(("Prediction time", problem.prediction_time.description))
    if problem.costs:
        costs = problem.costs
        facts.append(
            ("Costs", f"{costs.false_positive:g} per false positive, {costs.false_negative:g} per false negative")
        )
    return tuple(facts)


def tabulate_kpis(problem: ProblemView) -> TextTable:
    """Each KPI with its floor and its reason."""
    rows = [(kpi.metric, format_value(kpi.floor), kpi.why) for kpi in problem.kpis]
    return TextTable("What is good enough", ("KPI", "floor", "why"), tuple(rows))


def tabulate_checks(scope: ScopeView) -> TextTable:
    """Each precondition: what there is, what is needed, and whether that is enough."""
    rows = [
        (check.name, format_value(check.found), format_value(check.needed), "yes" if check.enough else "no")
        for check in scope.checks
    ]
    return TextTable("Are there enough rows?", ("condition", "found", "needed", "enough"), tuple(rows))


def chart_target(scope: ScopeView) -> tuple[Chart, ...]:
    """The target by month, and the learning curve of a quick model; empty where neither is known."""
    problem, rate = scope.problem, scope.problem.task == "binary"
    months = {one.month: one.mean for one in scope.labels_by_month}
    curve = {f"{point['rows']:,.0f} rows": point[problem.score] for point in scope.learning_curve}
    title = f"Share of train rows by month: {problem.positive}" if rate else f"Mean of {problem.target} by month"
    return (
        *chart_bars(title, months, ".1%" if rate else ",.4g"),
        *chart_bars(f"Learning curve of a quick model: {problem.score} by number of train rows", curve, ".4f"),
    )


def describe_data(provenance: ProvenanceView) -> Section:
    """The raw rows of the data version by table and batch, and their origin."""
    batches = provenance.batches
    rows = Counter[str]()
    for batch in batches:
        rows[table_of(batch)] += batch.rows
    verb = "makes" if len(batches) == 1 else "make"
    count = f"{format_count(len(batches), 'batch', 'batches')} with {format_count(sum(rows.values()), 'row')}"
    tables = chart_bars("Raw rows by table", dict(rows.most_common(MOST)), ",.0f")
    origins = dict.fromkeys((one.source, one.licence, one.publisher) for one in batches)
    return Section(
        "data",
        "Data",
        f"{count} {verb} up the data version{format_through(provenance.through)}.",
        charts=(*tables, *chart_batches(provenance, rows)),
        tables=(TextTable("Where the rows come from", ("source", "licence", "publisher"), tuple(origins)),),
    )


def chart_batches(provenance: ProvenanceView, rows: Counter[str]) -> tuple[Chart, ...]:
    """The rows of the latest batches of the largest table; empty where that is one batch."""
    largest = rows.most_common(1)[0][0]
    batches = {name_of(one): float(one.rows) for one in provenance.batches if table_of(one) == largest}
    latest = dict(list(batches.items())[-MOST:]) if len(batches) > 1 else {}
    return chart_bars(f"Rows by batch of {largest}", latest, ",.0f")


def table_of(batch: BatchView) -> str:
    """The table of a batch."""
    return batch.batch.split("/")[0]


def name_of(batch: BatchView) -> str:
    """The name of a batch without its table and ending."""
    return batch.batch.split("/")[1].removesuffix(".parquet")


def describe_quality(quality: QualityView) -> Section:
    """The rejected rows with their reasons, and the missing and repaired values of those kept."""
    rejected, kept = quality.rejected_rows, quality.kept_rows
    lead = f"{kept:,} rows are kept, {rejected:,} rejected ({rejected / max(1, kept + rejected):.1%})."
    lead += f" {quality.open_rows:,} have no label yet." if quality.open_rows else ""
    missing = dict(sorted(quality.missing_share.items(), key=lambda one: (-one[1], one[0]))[:MOST])
    return Section(
        "quality",
        "Quality",
        lead + ("" if missing else " No value is missing."),
        charts=(
            *chart_bars("Rejected rows by reason", quality.rejected_by_reason, ",.0f"),
            *chart_bars("Share of missing values by column", missing, ".3%"),
        ),
        tables=tabulate_repairs(quality),
    )


def tabulate_repairs(quality: QualityView) -> tuple[TextTable, ...]:
    """How many values cleaning blanked or clipped, by column; empty where it changed none."""
    changed = {name: sum(counts.values()) for name, counts in quality.changed_values.items()}
    rows = [(name, f"{count:,}") for name, count in sorted({**changed, **quality.blanked_as_noise}.items())]
    return (TextTable("Values blanked or clipped", ("column", "values"), tuple(rows)),) if rows else ()


def describe_parts(split: SplitView) -> Section:
    """The rows of train, valid and test, their time spans, and the signs of target leakage."""
    parts = {"train": split.parts.train, "valid": split.parts.valid, "test": split.parts.test}
    rows = {name: part.rows for name, part in parts.items()}
    signs = [(", ".join(sign.columns), sign.kind, format_value(sign.strength)) for sign in split.signs[:5]]
    leaks = TextTable(
        "Strongest signs of target leakage, all below the limit", ("columns", "kind", "strength"), tuple(signs)
    )
    return Section(
        "parts",
        "Parts",
        f"{rows['train']:,} rows train the model, {rows['valid']:,} validate it, "
        f"{rows['test']:,} are sealed for the test.",
        charts=(*chart_bars("Rows by part", rows, ",.0f"), *chart_spans(parts)),
        tables=(leaks,) if signs else (),
    )


def chart_spans(parts: Mapping[str, PartView]) -> tuple[Chart, ...]:
    """The time span of each part; empty where rows have no time."""
    spans = {name: (part.first, part.last) for name, part in parts.items() if part.first and part.last}
    if len(spans) < len(parts):
        return ()
    lines = [
        Line(name, f"{first[:10]} to {last[:10]}", to_seconds(first), to_seconds(last))
        for name, (first, last) in spans.items()
    ]
    low, high = min(line.start or 0 for line in lines), max(line.end or 0 for line in lines)
    return (Chart("Time span of each part (UTC)", tuple(lines), low, high),)


def to_seconds(time: str) -> float:
    """An ISO 8601 time as seconds since 1970."""
    return datetime.fromisoformat(time).timestamp()


def describe_candidates(selection: SelectionView) -> Section:
    """The cross-validated score of each candidate, and the reason for the choice."""
    scores = {one: one.score for one in selection.candidates if one.score is not None}
    lines = [
        Line(one.option, format_value(score), min(0.0, score), max(0.0, score), tone=tone_of(one, selection))
        for one, score in scores.items()
    ]
    note = (
        "Green: the winner. Blue: within the noise of its score. Grey: worse. "
        "Scores are means over the same folds of the train part."
    )
    chart = Chart(
        f"Mean {selection.metric}", tuple(lines), min(0.0, *scores.values()), max(0.0, *scores.values()), note
    )
    return Section("candidates", "Candidates", end_sentence(selection.reason), charts=(chart,))


def tone_of(candidate: CandidateView, selection: SelectionView) -> Tone:
    """The tone of a candidate's bar."""
    if candidate.option == selection.winner:
        return "good"
    return "plain" if candidate.within_noise else "quiet"


def describe_evaluation(metrics: MetricsView, threshold: ThresholdView, importance: Mapping[str, float]) -> Section:
    """Metrics on the valid part beside the baseline's, the decision threshold, and the permutation importance."""
    rows = [
        (name, format_value(value), format_value(metrics.baseline.get(name)))
        for name, value in sorted(metrics.valid.items())
        if value is not None
    ]
    lead = "How the winner scores on the valid part, which it was not trained on, beside a trivial baseline."
    return Section(
        "evaluation",
        "Evaluation",
        lead + describe_threshold(threshold),
        charts=chart_bars(
            "Permutation importance: fall of the score when a feature is shuffled",
            dict(list(importance.items())[:MOST]),
            ".4f",
        ),
        tables=(TextTable("Metrics on the valid part", ("metric", "model", "baseline"), tuple(rows)),),
    )


def describe_threshold(threshold: ThresholdView) -> str:
    """The threshold and the mean costs as a sentence after a space; empty where the problem states no costs."""
    cost, none, every = threshold.cost, threshold.cost_of_none, threshold.cost_of_all
    if threshold.threshold is None or cost is None or none is None or every is None:
        return ""
    return (
        f" A row is predicted positive at probability ≥ {threshold.threshold:.3f}. The mean cost per row is then "
        f"{cost:.3f}, against {none:.3f} when no row is predicted positive and {every:.3f} when all are."
    )


def describe_test(test: SealedTestView) -> Section:
    """Each KPI on the sealed test part with its confidence interval, floor and baseline: passed or missed."""
    missed = [name for name, verdict in test.kpis.items() if not verdict.passed]
    lead = f"{len(test.kpis) - len(missed)} of {len(test.kpis)} KPIs reach their floor on {test.rows:,} sealed rows"
    lead += f", {test.first[:10]} to {test.last[:10]} (UTC)." if test.first and test.last else "."
    verdicts = sorted(test.kpis.items())
    rows = [(name, format_value(one.floor), "passed" if one.passed else "MISSED", one.reason) for name, one in verdicts]
    return Section(
        "test",
        "Test",
        lead,
        charts=tuple(chart_kpi(name, verdict) for name, verdict in verdicts),
        tables=(TextTable("Verdicts", ("KPI", "floor", "verdict", "why"), tuple(rows)),),
        tone="bad" if missed else "good",
    )


def chart_kpi(name: str, verdict: VerdictView) -> Chart:
    """The model and the baseline on one scale, each with its confidence interval, and the floor through both."""
    lines = (
        draw_interval("model", verdict.model, verdict.floor, "good" if verdict.passed else "bad"),
        draw_interval("baseline", verdict.baseline, verdict.floor, "quiet"),
    )
    ends = [place for line in lines for place in (line.start, line.end, *(at for _, at in line.marks))]
    known = [place for place in ends if place is not None]
    margin = 0.05 * (max(known) - min(known)) or 1.0
    note = f"The black line is the floor, {verdict.floor:g}."
    return Chart(name, lines, min(known) - margin, max(known) + margin, note)


def draw_interval(label: str, interval: IntervalView, floor: float, tone: Tone) -> Line:
    """A confidence interval as a band, with marks at the floor and at the value."""
    marks = (("floor", floor), *((("value", interval.value),) if interval.value is not None else ()))
    return Line(label, format_interval(interval), interval.low, interval.high, marks, tone)


def format_interval(interval: IntervalView) -> str:
    """A value with the ends of its confidence interval, where it has one.

    >>> format_interval(IntervalView(value=0.76, low=0.69, high=0.8))
    '0.7600 (0.6900 to 0.8000)'
    """
    if interval.low is None or interval.low == interval.high:
        return format_value(interval.value)
    return f"{format_value(interval.value)} ({format_value(interval.low)} to {format_value(interval.high)})"


def format_value(value: float | None) -> str:
    """A number with four decimals, an integer from 10 up without; a dash for a missing value.

    >>> format_value(0.5), format_value(1000.5), format_value(2000.0), format_value(None)
    ('0.5000', '1,000.5000', '2,000', '–')
    """
    if value is None:
        return "–"
    return f"{value:,.0f}" if float(value).is_integer() and abs(value) >= 10 else f"{value:,.4f}"


def end_sentence(text: str) -> str:
    """The text with a full stop at its end."""
    return text if text.endswith(".") else f"{text}."
