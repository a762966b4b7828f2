"""Numbers: errors, residuals, errors by decile of the prediction, and the coverage of prediction intervals."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from lifecycle.arrays import Floats
from lifecycle.evaluation import curves, plots
from lifecycle.evaluation.baseline import ENDS
from lifecycle.evaluation.case import Case, Evaluation
from lifecycle.evaluation.metrics.regression import find_covered, median_error
from lifecycle.reporting.markdown import escape_markdown, format_table
from lifecycle.reporting.templates import render

POINTS = 2000
NOMINAL = ENDS[1] - ENDS[0]


def evaluate_regression(case: Case) -> Evaluation:
    """The evaluation of a regression."""
    places = curves.select_evenly(len(case.truth), POINTS)
    points = pd.DataFrame({"predicted": case.number, "actual": case.truth}).iloc[places]
    bins, tenths = bin_errors(case.truth - case.number), summarize_deciles(case)
    tables = {"points": points, "errors": bins, "deciles": tenths}
    figures = {
        "actual": plots.plot_actual_vs_predicted(points, "Actual against predicted", case.axis_label),
        "residuals": plots.plot_residuals(points, "Residuals by prediction", case.axis_label),
        "errors": plots.plot_error_distribution(bins, "Distribution of the errors", case.axis_label),
        "deciles": plots.plot_error_by_decile(tenths, "Error by decile of the prediction", case.axis_label),
    }
    return Evaluation(tables, figures | draw_coverage(case, tenths), render_section(case, tenths))


def draw_coverage(case: Case, tenths: pd.DataFrame) -> dict[str, Figure]:
    """The plot of the intervals' coverage where there are intervals."""
    if case.scores.ndim == 1:
        return {}
    return {"coverage": plots.plot_coverage(tenths, "Coverage of the prediction intervals", case.axis_label, NOMINAL)}


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
    """One row per decile of the prediction, from the lowest up.

    `rows`, the means `predicted` and `actual`, the mean `absolute_error` and `error` (actual less
    predicted); with intervals the share `covered` with the ends `low` and `high` of its 95 % interval, and
    the mean `width`.
    """
    order = np.argsort(case.number, kind="stable")
    return pd.DataFrame([summarize_rows(case, part) for part in np.array_split(order, 10) if len(part)])


def summarize_rows(case: Case, part: np.ndarray[tuple[int], np.dtype[np.intp]]) -> dict[str, float]:
    """Means of some rows: predictions, truth, errors, and coverage where there are intervals."""
    truth, number = case.truth[part], case.number[part]
    means = {
        "rows": len(part),
        "predicted": float(number.mean()),
        "actual": float(truth.mean()),
        "absolute_error": float(np.abs(truth - number).mean()),
        "error": float((truth - number).mean()),
    }
    if case.scores.ndim == 1:
        return means
    interval = case.scores[part]
    share = float(find_covered(truth, interval).mean())
    low, high = curves.compute_wilson_interval(share, len(part))
    width = float((interval[:, 2] - interval[:, 0]).mean())
    return means | {"covered": share, "low": low, "high": high, "width": width}


@dataclass(frozen=True)
class ErrorSummary:
    """Mean and median absolute error, beside the mean of the train part and its mean absolute error as a prediction.

    All are in the target's unit; the last two are None without train labels.
    """

    mean: float
    median: float
    train_mean: float | None
    baseline: float | None


@dataclass(frozen=True)
class CoverageSummary:
    """The share of rows within their interval, the nominal share, and the mean width in the target's unit."""

    share: float
    nominal: float
    width: float


def render_section(case: Case, tenths: pd.DataFrame) -> str:
    """Errors, coverage, deciles and plots, as Markdown."""
    formats = {"rows": ",d", "predicted": ".4g", "actual": ".4g", "absolute_error": ".4g", "error": ".4g"}
    formats |= {"covered": ".1%", "width": ".4g"} if "covered" in tenths else {}
    unit = case.units.get(case.target or "", "")
    return render(
        __file__,
        "md",
        error=summarize_errors(case),
        coverage=summarize_coverage(case),
        unit=f" {escape_markdown(unit)}" if unit else "",
        deciles=format_table(tenths, formats),
    )


def summarize_errors(case: Case) -> ErrorSummary:
    """The typical error, beside that of always predicting the train part's mean."""
    mean = float(np.abs(case.truth - case.number).mean())
    median = median_error(case.truth, case.number)
    if not len(case.labels_train):
        return ErrorSummary(mean, median, None, None)
    constant = float(case.labels_train.mean())
    return ErrorSummary(mean, median, constant, float(np.abs(case.truth - constant).mean()))


def summarize_coverage(case: Case) -> CoverageSummary | None:
    """How often the truth lies in its interval; None without intervals."""
    if case.scores.ndim == 1:
        return None
    share = float(find_covered(case.truth, case.scores).mean())
    return CoverageSummary(share, NOMINAL, float((case.scores[:, 2] - case.scores[:, 0]).mean()))
