"""LightGBM's private and undocumented parts: the one module that reads them.

Read from LightGBM 4.7.0. tests/contracts/test_private_parts.py holds every name that is used here against the
installed version. The functions of the C library itself are documented, in its c_api.h.
"""

import ctypes
import re
from typing import Any, cast

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
    """Whether LightGBM itself raised it, told by its name: most fits have nothing to do with LightGBM."""
    return type(cause).__name__ == "LightGBMError"
