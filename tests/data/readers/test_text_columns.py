"""Columns of a text as numpy reads them from pyarrow's memory."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from data.readers._text import _as_numpy


@pytest.mark.parametrize(
    "column",
    [
        pa.array([], pa.float64()),
        pa.array([None, None], pa.float64()),
        pa.array([1.5, None, -2.0], pa.float64()),
        pa.array([0.0, 1.0, 2.0, 3.0], pa.float64()).slice(1, 2),
        pa.array([0.0, 1.0, None, 3.0], pa.float64()).slice(2, 2),
    ],
)
def test_numbers_are_those_that_pyarrow_tells_and_nulls_are_nan(column: pa.Array) -> None:
    wanted = np.array([np.nan if v is None else v for v in column.to_pylist()], dtype=np.float64)
    np.testing.assert_array_equal(_as_numpy(column), wanted)
