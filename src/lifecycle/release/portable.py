"""Models in a form that needs no Python: LightGBM's text format, for the families that are made of its trees."""

from typing import Any

from lifecycle.modeling.lightgbm_internals import reset_threads


def export_portable_forms(estimator: Any) -> dict[str, str]:
    """The files of a fitted estimator by name: none, one, or one per end of an interval.

    The trees take the prepared columns that the file names, percent-encoded as in a web address, categories as their
    place in the file's `pandas_categorical`.
    """
    from lightgbm import LGBMModel

    from lifecycle.modeling.estimators.quantiles import Quantiles

    if isinstance(estimator, LGBMModel):
        return {"model.lightgbm.txt": dump_trees(estimator)}
    if isinstance(estimator, Quantiles):
        names = ("low", "middle", "high")
        return {f"{name}.lightgbm.txt": dump_trees(one) for name, one in zip(names, estimator.models_, strict=True)}
    return {}


def dump_trees(estimator: Any) -> str:
    """One estimator's trees, without the number of threads that it was fitted with."""
    return reset_threads(str(estimator.booster_.model_to_string()))
