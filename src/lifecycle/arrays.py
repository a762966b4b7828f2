"""The kinds of NumPy arrays that travel between modules, by what they hold."""

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]
Labels = npt.NDArray[Any]  # class codes as integers, or numbers
