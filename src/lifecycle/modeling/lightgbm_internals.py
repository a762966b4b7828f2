"""LightGBM's private and undocumented parts: the one module that reads them.

Read from LightGBM 4.7.0. tests/contracts/test_private_parts.py holds every name that is used here against the
installed version. The functions of the C library itself are documented, in its c_api.h.
"""

import ctypes
import re
from collections.abc import Mapping
from typing import Any, cast

from lifecycle.modeling.lightgbm_text import check_model_text
from lifecycle.modeling.sklearn_structure import check_job_count

BOOSTER = "lightgbm.basic.Booster"
MODELS = ("lightgbm.sklearn.LGBMClassifier", "lightgbm.sklearn.LGBMRegressor")
# A parameter reaches the C library as one of the words of a text, where a blank would begin another parameter.
ALPHA = "alpha"  # the quantile, which lifecycle.modeling.estimators.quantiles gives beside what an option may
WORD = re.compile(r"[A-Za-z0-9_]*")
THREADS = re.compile(r"\[num_threads: \d+\]")


def open_library() -> ctypes.CDLL:
    """The C library that the package has loaded; raises AttributeError where a version keeps it elsewhere."""
    from lightgbm import libpath

    return libpath._LIB


def read_handle(booster: Any) -> ctypes.c_void_p:
    """The booster as the C library knows it; raises AttributeError where a version keeps it elsewhere."""
    return cast("ctypes.c_void_p", booster._handle)


def read_categories(booster: Any) -> list[list[Any]]:
    """The categories of each column that had some in fitting, in the columns' order."""
    return booster.pandas_categorical or []


def reset_threads(model: str) -> str:
    """The text of a model with 0 as the number of threads that fitted it, which changes no prediction."""
    return THREADS.sub("[num_threads: 0]", model)


def is_lightgbm_error(cause: Exception) -> bool:
    """Whether LightGBM itself raised it, recognized by its name: most fits have nothing to do with LightGBM."""
    return type(cause).__name__ == "LightGBMError"


def check_booster_state(state: Mapping[str, Any]) -> None:
    """Raise ValueError unless the state that a Booster is made of holds a text that the C library can read."""
    text = state.get("_handle")
    if not isinstance(text, str) or "handle" in state:
        raise ValueError("a LightGBM model has no text")
    check_model_text(text)


def check_parameters(model: Any) -> None:
    """Raise ValueError for a parameter that is no plain value, or that no option may give: all go to the C library."""
    from lifecycle.targets import list_extra_arguments

    own = model._other_params
    names = model._get_param_names()
    unknown = sorted(set(own) - set(names) - list_extra_arguments(type(model)) - {ALPHA})
    if unknown:
        raise ValueError(f"a LightGBM model has the parameter {unknown[0]!r}")
    check_job_count(own.get("n_jobs"))
    named = {**{name: getattr(model, name) for name in names}, **own}
    for name, value in {**named, "_objective": model._objective, "_n_classes": getattr(model, "_n_classes", 1)}.items():
        if not is_plain(value) and name != "class_weight":
            raise ValueError(f"a LightGBM model has {name} {str(value)[:40]!r}")


def is_plain(value: Any) -> bool:
    """Whether a parameter is nothing, a number, or one word."""
    return value is None or isinstance(value, int | float) or (isinstance(value, str) and bool(WORD.fullmatch(value)))
