"""Two classes: curves over all thresholds, how far probabilities can be trusted, and what mistakes cost."""

import numpy as np
import pandas as pd

from lifecycle.data.problem import Costs
from lifecycle.evaluation import curves, plots, thresholds
from lifecycle.evaluation.case import Evaluation, Case
from lifecycle.reporting.markdown import embed_figure

EVEN = Costs(false_positive=1.0, false_negative=1.0)


def evaluate_binary(case: Case) -> Evaluation:
    """ROC, precision and recall, calibration, confusion and cost; without costs each mistake costs 1."""
    labels, probability, costs = case.truth, case.scores, case.costs or EVEN
    choice = thresholds.priced(labels, probability, case.cut, costs)
    tables = {
        "roc": curves.roc_points(labels, probability),
        "pr": curves.recall_points(labels, probability),
        "calibration": curves.calibration_table(labels, probability),
        "cost": thresholds.curve(labels, probability, costs),
    }
    flag = (probability >= case.cut).astype(np.int64)
    counts = [[int(((labels == truth) & (flag == said)).sum()) for said in (0, 1)] for truth in (0, 1)]
    at, rate = f"from a probability of {case.cut:.2f}", float(labels.mean())
    pictures = {
        "roc": plots.roc_curve({"model": tables["roc"]}, "Found against false positives"),
        "pr": plots.pr_curve({"model": tables["pr"]}, "How pure and how complete flags are", rate),
        "calibration": plots.calibration({"model": tables["calibration"]}, "Can the probabilities be trusted?"),
        "confusion": plots.confusion(counts, f"Right and wrong, flagged {at}", case.classes),
        "cost": plots.cost_curve(tables["cost"], case.cut, "What a row costs by threshold"),
    }
    names = np.array(case.classes, dtype=object)
    confusion = pd.DataFrame({"actual": names[labels], "predicted": names[flag]}, dtype="str")
    return Evaluation(tables, pictures, paragraphs(choice), confusion)


def paragraphs(choice: thresholds.Choice) -> list[str]:
    """What the threshold means, and the pictures."""
    return [
        f"A row is flagged from a probability of **{choice.threshold:.3f}** on: "
        f"a row then costs {choice.cost:.3f} on average, against {choice.cost_of_none:.3f} when none is flagged "
        f"and {choice.cost_of_all:.3f} when all are.",
        embed_figure("ROC curve", "roc.png") + " " + embed_figure("Precision and recall", "pr.png"),
        " ".join(
            [
                embed_figure("Calibration", "calibration.png"),
                embed_figure("Confusion", "confusion.png"),
                embed_figure("Cost by threshold", "cost.png"),
            ]
        ),
    ]
