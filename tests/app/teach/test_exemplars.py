import json

import numpy as np
import pytest

from app.errors import ModelError
from app.teach.exemplars import EXEMPLARS_KEY, Exemplars, pack, unpack

SOME = Exemplars(np.random.default_rng(0).random((5, 7), np.float32) * 6, (2, 3), np.full(5, 0.9, np.float32), "test")


def test_what_is_packed_comes_back_nearly() -> None:
    found = unpack({EXEMPLARS_KEY: pack(SOME)}, 2)
    assert found is not None
    np.testing.assert_allclose(np.sqrt(found.embedding), np.sqrt(SOME.embedding), atol=0.006)
    assert (found.counts, found.of) == ((2, 3), "test")
    np.testing.assert_allclose(found.confidence, 0.9)


def test_rows_are_sorted_by_class() -> None:
    assert SOME.labels.tolist() == [0, 0, 1, 1, 1]


def test_the_metadata_key_is_that_of_older_models() -> None:
    assert EXEMPLARS_KEY == "prototypes"


def test_a_model_without_any() -> None:
    assert unpack({}, 2) is None


def test_those_of_another_model() -> None:
    with pytest.raises(ModelError, match="export the model again"):
        unpack({EXEMPLARS_KEY: pack(SOME)}, 3)


BROKEN = [("data", "!"), ("data", ""), ("size", 10**12), ("size", 0), ("size", "x"), ("top", "x"), ("confidence", [])]
BROKEN += [("counts", counts) for counts in ([2, 2], [6, -1], [10**30, 1], [2.5, 2.5], [0, 0], "ab")]


@pytest.mark.parametrize(("key", "value"), BROKEN)
def test_broken_ones(key: str, value: object) -> None:
    broken = json.dumps({**json.loads(pack(SOME)), key: value})
    with pytest.raises(ModelError, match="cannot be read"):
        unpack({EXEMPLARS_KEY: broken}, 2)


@pytest.mark.parametrize("text", ["", "[]", "null", "{}", "3"])
def test_no_exemplars_at_all(text: str) -> None:
    with pytest.raises(ModelError, match="cannot be read"):
        unpack({EXEMPLARS_KEY: text}, 2)
