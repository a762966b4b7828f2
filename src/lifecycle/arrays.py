"""The types of NumPy arrays that travel between modules, by what they hold."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]
Strings = Sequence[str] | npt.NDArray[np.object_]
Labels = npt.NDArray[Any]  # class codes as integers, or numbers
