"""The evaluation of each task."""

from lifecycle.evaluation.case import Case, Evaluation
from lifecycle.evaluation.tasks import binary, clustering, multiclass, regression

EVALUATIONS = {
    "binary": binary.evaluate_binary,
    "multiclass": multiclass.evaluate_multiclass,
    "regression": regression.evaluate_regression,
    "clustering": clustering.evaluate_clustering,
}


def evaluate_case(case: Case) -> Evaluation:
    """Tables, plots and report of the case's task."""
    return EVALUATIONS[case.task](case)
