"""Numbers: how far predictions are off, where, and whether the truth lies in its interval as often as promised."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from lifecycle.arrays import Floats
from lifecycle.evaluation import curves, plots
from lifecycle.evaluation.baseline import ENDS
from lifecycle.evaluation.case import Appraisal, Case
from lifecycle.evaluation.metrics.regression import inside, median_error
from lifecycle.reporting.markdown import picture, plain, table

POINTS = 2000
PROMISED = ENDS[1] - ENDS[0]


def appraise(case: Case) -> Appraisal:
    """Predictions beside what happened, errors, errors by tenth of the prediction, and coverage of intervals."""
    places = curves.spread(len(case.truth), POINTS)
    points = pd.DataFrame({"predicted": case.number, "actual": case.truth}).iloc[places]
    bins, tenths = histogram(case.truth - case.number), deciles(case)
    tables = {"points": points, "errors": bins, "deciles": tenths}
    pictures = {
        "actual": plots.actual_and_predicted(points, "What was predicted and what happened", case.name),
        "residuals": plots.residuals(points, "How far off, by the prediction", case.name),
        "errors": plots.errors(bins, "How far off, all rows", case.name),
        "deciles": plots.error_by_decile(tenths, "How far off in each tenth", case.name),
    }
    return Appraisal(tables, pictures | coverage(case, tenths), paragraphs(case, tenths))


def coverage(case: Case, tenths: pd.DataFrame) -> dict[str, Figure]:
    """The picture of the intervals' coverage where there are intervals."""
    if case.scores.ndim == 1:
        return {}
    return {"coverage": plots.coverage(tenths, "Does the truth lie in its interval?", case.name, PROMISED)}


def histogram(error: Floats, most: int = 40) -> pd.DataFrame:
    """The `share` of rows between `left` and `right`, in at most that many bins of one width.

    The outermost half percent at either side is counted in the first and the last bin.
    """
    low, high = np.quantile(error, [0.005, 0.995])
    count = int(np.clip(np.sqrt(len(error)), 5, most))
    edges = np.linspace(low, high, count + 1) if low < high else np.array([low - 0.5, low + 0.5])
    rows, _ = np.histogram(np.clip(error, edges[0], edges[-1]), edges)
    return pd.DataFrame({"left": edges[:-1], "right": edges[1:], "share": rows / len(error)})


def deciles(case: Case) -> pd.DataFrame:
    """One row per tenth of the rows, from the lowest prediction up.

    `rows`, the means `predicted` and `actual`, the mean `absolute_error` and `error` (actual less
    predicted); with intervals the share `covered` with the ends `low` and `high` of its 95 % interval, and
    the mean `width`.
    """
    order = np.argsort(case.number, kind="stable")
    return pd.DataFrame([tenth(case, part) for part in np.array_split(order, 10) if len(part)])


def tenth(case: Case, part: np.ndarray[tuple[int], np.dtype[np.intp]]) -> dict[str, float]:
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
    share = float(inside(truth, interval).mean())
    low, high = curves.wilson(share, len(part))
    width = float((interval[:, 2] - interval[:, 0]).mean())
    return found | {"covered": share, "low": low, "high": high, "width": width}


def paragraphs(case: Case, tenths: pd.DataFrame) -> list[str]:
    """How far off, how often in the interval, the tenths, and the pictures."""
    formats = {"rows": ",d", "predicted": ".4g", "actual": ".4g", "absolute_error": ".4g", "error": ".4g"}
    formats |= {"covered": ".1%", "width": ".4g"} if "covered" in tenths else {}
    return [
        how_far(case),
        *how_often(case),
        picture("Predicted and actual", "actual") + " " + picture("Errors by prediction", "residuals"),
        picture("Distribution of the errors", "errors") + " " + picture("Error in each tenth", "deciles"),
        *([picture("Coverage in each tenth", "coverage")] if case.scores.ndim == 2 else []),
        "In each tenth of the rows, from the lowest prediction up:",
        table(tenths, formats),
    ]


def how_far(case: Case) -> str:
    """The typical error in words, beside that of always saying the train part's mean."""
    unit = " " + plain(case.units[case.target or ""]) if case.units.get(case.target or "") else ""
    mean, half = float(np.abs(case.truth - case.number).mean()), median_error(case.truth, case.number)
    said = f"A prediction is off by {mean:.4g}{unit} on average, and half of them by {half:.4g}{unit} at most"
    if not len(case.labels_train):
        return said + "."
    middle = float(case.labels_train.mean())
    return said + f"; always saying the train part's mean, {middle:.4g}, is off by {off(case.truth, middle):.4g}."


def off(truth: Floats, number: float) -> float:
    """The mean absolute error of one number for all rows."""
    return float(np.abs(truth - number).mean())


def how_often(case: Case) -> list[str]:
    """How often the truth lies in its interval, in words; nothing without intervals."""
    if case.scores.ndim == 1:
        return []
    share, width = inside(case.truth, case.scores).mean(), (case.scores[:, 2] - case.scores[:, 0]).mean()
    return [
        f"The truth lies in its interval for {share:.1%} of the rows, where {PROMISED:.0%} is promised; "
        f"an interval is {width:.4g} wide on average."
    ]
