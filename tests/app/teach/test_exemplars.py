import json

import numpy as np
import pytest

from app.errors import ModelError
from app.teach.exemplars import KEY, Prototypes, pack, unpack

SOME = Prototypes(np.random.default_rng(0).random((5, 7), np.float32) * 6, (2, 3), np.full(5, 0.9, np.float32), "test")


def test_what_is_packed_comes_back_nearly():
    found = unpack({KEY: pack(SOME)}, 2)
    np.testing.assert_allclose(np.sqrt(found.embedding), np.sqrt(SOME.embedding), atol=0.006)
    assert (found.counts, found.of) == ((2, 3), "test")
    np.testing.assert_allclose(found.confidence, 0.9)


def test_a_model_without_any():
    assert unpack({}, 2) is None


def test_those_of_another_model():
    with pytest.raises(ModelError, match="export the model again"):
        unpack({KEY: pack(SOME)}, 3)


BROKEN = [("data", "!"), ("data", ""), ("size", 10**12), ("size", 0), ("size", "x")]
BROKEN += [("counts", [2, 2]), ("top", "x"), ("confidence", [])]


@pytest.mark.parametrize("key, value", BROKEN)
def test_broken_ones(key, value):
    broken = json.dumps({**json.loads(pack(SOME)), key: value})
    with pytest.raises(ModelError, match="cannot be read"):
        unpack({KEY: broken}, 2)
