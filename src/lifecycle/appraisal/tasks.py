"""The appraisal that belongs to a task."""

from lifecycle.appraisal import binary, clustering, multiclass, regression
from lifecycle.appraisal.case import Appraisal, Case

APPRAISALS = {
    "binary": binary.appraise,
    "multiclass": multiclass.appraise,
    "regression": regression.appraise,
    "clustering": clustering.appraise,
}


def appraise(case: Case) -> Appraisal:
    """What the answers say, as the case's task asks for it."""
    return APPRAISALS[case.task](case)
