"""LightGBM's trees on one row, by the call that the library has for it.

The Python package's own `predict` makes a dozen objects for each call, which takes longer than the trees do.
The C library keeps all that in a setting that is made once (c_api.h: LGBM_BoosterPredictForMatSingleRowFast).
"""

from __future__ import annotations

import ctypes
import threading
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from lifecycle.modeling import lightgbm_internals

Floats = npt.NDArray[np.float64]

# The constants of c_api.h: scores as `predict` gives them, of numbers with 64 bits.
NORMAL, FLOAT64 = 0, 1


def one_row(booster: Any) -> Callable[[Floats], Floats]:
    """The scores of a prepared row of shape (1, columns), by the quick call where the library has it."""
    try:
        return Quick(booster)
    except (AttributeError, OSError):
        return lambda row: np.asarray(booster.predict(row, num_threads=1, validate_features=False), dtype=np.float64)


class Quick:
    """The quick call on one booster.

    Raises AttributeError where this version of the library keeps its parts elsewhere, OSError where the library
    says no.
    """

    def __init__(self, booster: Any) -> None:
        library = lightgbm_internals.open_library()
        self.booster, self.columns = booster, int(booster.num_feature())  # the setting holds no booster of its own
        self.width = int(booster.num_model_per_iteration())
        self.call, self.setting = library.LGBM_BoosterPredictForMatSingleRowFast, ctypes.c_void_p()
        free, last = library.LGBM_FastConfigFree, max(int(booster.best_iteration), 0) or -1
        arguments = (NORMAL, 0, last, FLOAT64, self.columns, b"num_threads=1", ctypes.byref(self.setting))
        handle = lightgbm_internals.read_handle(booster)
        must(library.LGBM_BoosterPredictForMatSingleRowFastInit(handle, *arguments))
        self.lock = threading.Lock()  # the setting has room for one row, and Python lets go of a C call
        weakref.finalize(self, free, self.setting)

    def __call__(self, row: Floats) -> Floats:
        """The scores: one number in shape (1,), or one per class in shape (1, classes)."""
        if row.shape != (1, self.columns) or row.dtype != np.float64 or not row.flags.c_contiguous:
            raise ValueError(f"a row of shape {row.shape} and {row.dtype}, not of (1, {self.columns}) and float64")
        found, count = np.empty(self.width), ctypes.c_int64()
        with self.lock:
            must(self.call(self.setting, pointer(row), ctypes.byref(count), pointer(found)))
        return found if self.width == 1 else found[None, :]


def pointer(values: Floats) -> ctypes.c_void_p:
    """Where the values are."""
    return ctypes.c_void_p(values.ctypes.data)


def must(code: int) -> None:
    """Raise OSError where the library says that a call failed."""
    if code != 0:
        raise OSError(f"LightGBM's call failed with {code}")
