from typing import Any, get_args

import numpy as np
import pytest

from app import arrays


@pytest.mark.parametrize(
    ("alias", "dtype"),
    [
        (arrays.Image, np.uint8),
        (arrays.Images, np.uint8),
        (arrays.Float32s, np.float32),
        (arrays.Float64s, np.float64),
        (arrays.Ints, np.int64),
        (arrays.Bools, np.bool_),
    ],
)
def test_each_name_stands_for_one_dtype(alias: Any, dtype: type[np.generic]) -> None:
    assert get_args(get_args(alias)[1]) == (dtype,)
