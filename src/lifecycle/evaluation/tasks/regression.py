"""Numbers: how far predictions are off, where, and whether the truth lies in its interval as often as promised."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from lifecycle.arrays import Floats
from lifecycle.evaluation import curves, plots
from lifecycle.evaluation.baseline import ENDS
from lifecycle.evaluation.case import Evaluation, Case
from lifecycle.evaluation.metrics.regression import find_covered, median_error
from lifecycle.reporting.markdown import embed_figure, escape_markdown, format_table

POINTS = 2000
PROMISED = ENDS[1] - ENDS[0]


def evaluate_regression(case: Case) -> Evaluation:
    """Predictions beside what happened, errors, errors by tenth of the prediction, and coverage of intervals."""
    places = curves.spread(len(case.truth), POINTS)
    points = pd.DataFrame({"predicted": case.number, "actual": case.truth}).iloc[places]
    bins, tenths = bin_errors(case.truth - case.number), summarize_deciles(case)
    tables = {"points": points, "errors": bins, "deciles": tenths}
    pictures = {
        "actual": plots.actual_and_predicted(points, "What was predicted and what happened", case.name),
        "residuals": plots.residuals(points, "How far off, by the prediction", case.name),
        "errors": plots.errors(bins, "How far off, all rows", case.name),
        "deciles": plots.error_by_decile(tenths, "How far off in each tenth", case.name),
    }
    return Evaluation(tables, pictures | draw_coverage(case, tenths), paragraphs(case, tenths))


def draw_coverage(case: Case, tenths: pd.DataFrame) -> dict[str, Figure]:
    """The picture of the intervals' coverage where there are intervals."""
    if case.scores.ndim == 1:
        return {}
    return {"coverage": plots.coverage(tenths, "Does the truth lie in its interval?", case.name, PROMISED)}


def bin_errors(error: Floats, most: int = 40) -> pd.DataFrame:
    """The `share` of rows between `left` and `right`, in at most that many bins of one width.

    The outermost half percent at either side is counted in the first and the last bin.
    """
    low, high = np.quantile(error, [0.005, 0.995])
    count = int(np.clip(np.sqrt(len(error)), 5, most))
    edges = np.linspace(low, high, count + 1) if low < high else np.array([low - 0.5, low + 0.5])
    rows, _ = np.histogram(np.clip(error, edges[0], edges[-1]), edges)
    return pd.DataFrame({"left": edges[:-1], "right": edges[1:], "share": rows / len(error)})


def summarize_deciles(case: Case) -> pd.DataFrame:
    """One row per tenth of the rows, from the lowest prediction up.

    `rows`, the means `predicted` and `actual`, the mean `absolute_error` and `error` (actual less
    predicted); with intervals the share `covered` with the ends `low` and `high` of its 95 % interval, and
    the mean `width`.
    """
    order = np.argsort(case.number, kind="stable")
    return pd.DataFrame([summarize_rows(case, part) for part in np.array_split(order, 10) if len(part)])


def summarize_rows(case: Case, part: np.ndarray[tuple[int], np.dtype[np.intp]]) -> dict[str, float]:
    """What is told of some rows."""
    truth, number = case.truth[part], case.number[part]
    found = {
        "rows": len(part),
        "predicted": float(number.mean()),
        "actual": float(truth.mean()),
        "absolute_error": float(np.abs(truth - number).mean()),
        "error": float((truth - number).mean()),
    }
    if case.scores.ndim == 1:
        return found
    interval = case.scores[part]
    share = float(find_covered(truth, interval).mean())
    low, high = curves.wilson(share, len(part))
    width = float((interval[:, 2] - interval[:, 0]).mean())
    return found | {"covered": share, "low": low, "high": high, "width": width}


def paragraphs(case: Case, tenths: pd.DataFrame) -> list[str]:
    """How far off, how often in the interval, the tenths, and the pictures."""
    formats = {"rows": ",d", "predicted": ".4g", "actual": ".4g", "absolute_error": ".4g", "error": ".4g"}
    formats |= {"covered": ".1%", "width": ".4g"} if "covered" in tenths else {}
    return [
        describe_error(case),
        *describe_coverage(case),
        embed_figure("Predicted and actual", "actual.png") + " " + embed_figure("Errors by prediction", "residuals.png"),
        embed_figure("Distribution of the errors", "errors.png") + " " + embed_figure("Error in each tenth", "deciles.png"),
        *([embed_figure("Coverage in each tenth", "coverage.png")] if case.scores.ndim == 2 else []),
        "In each tenth of the rows, from the lowest prediction up:",
        format_table(tenths, formats),
    ]


def describe_error(case: Case) -> str:
    """The typical error in words, beside that of always saying the train part's mean."""
    unit = " " + escape_markdown(case.units[case.target or ""]) if case.units.get(case.target or "") else ""
    mean, half = float(np.abs(case.truth - case.number).mean()), median_error(case.truth, case.number)
    said = f"A prediction is off by {mean:.4g}{unit} on average, and half of them by {half:.4g}{unit} at most"
    if not len(case.labels_train):
        return said + "."
    middle = float(case.labels_train.mean())
    return said + f"; always saying the train part's mean, {middle:.4g}, is off by {compute_mean_error(case.truth, middle):.4g}."


def compute_mean_error(truth: Floats, number: float) -> float:
    """The mean absolute error of one number for all rows."""
    return float(np.abs(truth - number).mean())


def describe_coverage(case: Case) -> list[str]:
    """How often the truth lies in its interval, in words; nothing without intervals."""
    if case.scores.ndim == 1:
        return []
    share, width = find_covered(case.truth, case.scores).mean(), (case.scores[:, 2] - case.scores[:, 0]).mean()
    return [
        f"The truth lies in its interval for {share:.1%} of the rows, where {PROMISED:.0%} is promised; "
        f"an interval is {width:.4g} wide on average."
    ]
