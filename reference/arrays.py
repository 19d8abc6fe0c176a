"""The two types that the closed forms speak."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Indices = Sequence[int] | npt.NDArray[np.int64]
Stream = Iterable[int]
"""Word indices that are drawn one after the other; an iterator is used up where it was left."""
Outputs = Mapping[str, Array]
"""Output name -> value; a scalar is an array of shape ()."""
