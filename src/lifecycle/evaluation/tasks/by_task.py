"""The appraisal that belongs to a task."""

from lifecycle.evaluation.case import Appraisal, Case
from lifecycle.evaluation.tasks import binary, clustering, multiclass, regression

APPRAISALS = {
    "binary": binary.appraise,
    "multiclass": multiclass.appraise,
    "regression": regression.appraise,
    "clustering": clustering.appraise,
}


def appraise(case: Case) -> Appraisal:
    """What the answers say, as the case's task asks for it."""
    return APPRAISALS[case.task](case)
