"""The scope report: the question, what is good enough, and whether the rows can answer it."""

from dataclasses import dataclass

from lifecycle.data.problem import Problem, Task
from lifecycle.modeling.feasibility import DataCheck, Scope, ScoreGain
from lifecycle.modeling.irreducible_error import LEAST_GROUPS, LEAST_ROWS, MetricLimit
from lifecycle.modeling.run_budget import MINUTES
from lifecycle.reporting.markdown import escape_markdown, escape_words, quote_code
from lifecycle.reporting.templates import render

# How the strength of a sign of target leakage is measured, where it is not ROC-AUC.
MEASURES: dict[Task, str] = {
    "regression": "half of 1 + rank correlation",
    "multiclass": "least ROC-AUC between two classes",
}

PERFECT = 0.99995  # reads as 1 in four digits


@dataclass(frozen=True)
class LabelSection:
    """The labels as a titled table; `rows` is empty where there is nothing to list."""

    title: str
    columns: tuple[str, ...]
    rows: list[list[str]]


def render_scope_report(problem: Problem, scope: Scope) -> str:
    """The report as Markdown."""
    return render(
        __file__,
        "md",
        problem=problem,
        kpis=[[escape_words(kpi.metric), kpi.floor, escape_markdown(kpi.why)] for kpi in problem.kpis],
        checks=[format_check(check) for check in scope.checks],
        curve=[[f"{row['rows']:,.0f}", f"{row[problem.score]:.4f}"] for row in scope.learning_curve],
        score=escape_words(problem.score),
        gain=describe_gain(escape_words(problem.score), scope.learning_gain),
        irreducible=scope.irreducible_error,
        limits=[format_limit(limit) for limit in scope.irreducible_error.limits] if scope.irreducible_error else [],
        least=(LEAST_ROWS, LEAST_GROUPS),
        minutes=list_minutes(),
        searches=[
            [quote_code(one.candidate), f"{one.trials}", f"{one.finalists}", f"{one.fits}"] for one in scope.searches
        ],
        labels=summarize_labels(problem, scope),
        strength=f"strength alone ({MEASURES.get(problem.task, 'ROC-AUC')})",
        signs=[
            [sign["kind"], ", ".join(map(quote_code, sign["columns"])), f"{sign['strength']:.3f}"]
            for sign in scope.leak_signs
        ],
    )


def describe_gain(score: str, gain: ScoreGain | None) -> str:
    """Whether more rows would help, by the last step of the learning curve; empty where it has no two sizes."""
    if gain is None:
        return ""
    step = f"from {gain.fewer:,} to {gain.rows:,} train rows"
    by = f"{abs(gain.value):.4f} (95 % interval of the improvement: {gain.low:+.4f} to {gain.high:+.4f})"
    if gain.low > 0:
        return f"More rows would probably help: {step} {score} got better by {by}, more than chance."
    if gain.high < 0:
        return f"More rows of the same kind would not help this model: {step} {score} got worse by {by}."
    word = "better" if gain.value > 0 else "worse"
    return f"Whether more rows would help is not clear: {step} {score} got {word} by {by}, which may be chance."


def list_minutes() -> str:
    """The minutes of the runs that are planned, in words."""
    *first, last = MINUTES
    return f"{', '.join(map(str, first))} and {last}"


def format_limit(limit: MetricLimit) -> list[str]:
    """The cells of what any model can reach."""
    if limit.is_bound and limit.value >= PERFECT:
        return [limit.metric, "no bound below 1", ""]
    bound = "at most" if limit.is_bound else "about"
    return [escape_words(limit.metric), f"{bound} {limit.value:.4g}", f"{limit.low:.4g} to {limit.high:.4g}"]


def format_check(check: DataCheck) -> list[str]:
    """The cells of one condition."""
    return [
        escape_words(check.name),
        format_quantity(check.found),
        format_quantity(check.needed),
        "yes" if check.enough else "**no**",
    ]


def summarize_labels(problem: Problem, scope: Scope) -> LabelSection | None:
    """The labels in all and by month: the share of positives, the mean of a number, the shares of classes."""
    if problem.task == "binary":
        title = f"How often is {quote_code(problem.target)} true? {scope.labels['label_rate']:.1%} of the train rows"
        rows = [
            [escape_words(one.month), f"{one.rows:,}", f"{draw_bar(one.mean)} {one.mean:.1%}"]
            for one in scope.labels_by_month
        ]
        return LabelSection(title, ("month", "rows", "rate"), rows)
    if problem.task == "regression":
        title = (
            f"How large is {quote_code(problem.target)}? {scope.labels['label_mean']:.4g} on average in the train rows"
        )
        rows = [[escape_words(one.month), f"{one.rows:,}", f"{one.mean:.4g}"] for one in scope.labels_by_month]
        return LabelSection(title, ("month", "rows", "mean"), rows)
    if problem.task == "multiclass":
        shares = scope.labels["label_shares"].items()
        rows = [[quote_code(name), f"{draw_bar(share)} {share:.1%}"] for name, share in shares]
        return LabelSection(
            f"How often is {quote_code(problem.target)} which class?", ("class", "share of the train rows"), rows
        )
    return None


def format_quantity(number: float) -> str:
    """A count in full, a small number in three digits."""
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"


def draw_bar(share: float) -> str:
    """The share as a bar of up to twenty blocks, one for every five percent."""
    return "█" * round(share * 20)
