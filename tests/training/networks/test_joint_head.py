from dataclasses import replace

import numpy as np
import pytest

from app.cues.vector import NAMED, NAMES
from training.networks.joint_head import LOOKED_AT, JointHead, log_probs

H, K = 5, 3


def a_head(seed: int = 0) -> JointHead:
    rng = np.random.default_rng(seed)

    def numbers(*shape: int) -> np.ndarray:
        return rng.normal(size=shape).astype(np.float32)

    return JointHead(
        own=np.eye(K, dtype=np.float32) * 0.7,
        scene=numbers(len(NAMES) - NAMED, K),
        bias=numbers(K),
        centre=numbers(NAMED),
        scale=np.abs(numbers(NAMED)) + 0.1,
        hidden=numbers(NAMED, H) / 10,
        hidden_bias=numbers(H),
        from_hidden=numbers(H, K),
        direct=numbers(NAMED, K) / 10,
        temperature=2.0,
    )


def some_cues(count: int, seed: int = 1) -> np.ndarray:
    cues = np.random.default_rng(seed).random((count, len(NAMES)), np.float32)
    cues[:, LOOKED_AT] = 1
    return cues


def some_probs(count: int) -> np.ndarray:
    return np.random.default_rng(3).dirichlet(np.ones(K), count).astype(np.float32)


def test_where_nobody_looked_the_models_own_answer_stays() -> None:
    alone = a_head().logits(some_probs(4), np.zeros((4, len(NAMES)), np.float32))
    np.testing.assert_allclose(np.exp(alone), some_probs(4), rtol=1e-4)


def test_with_cues_all_sides_speak() -> None:
    head, cues = a_head(), some_cues(4)
    both = head.logits(some_probs(4), cues)
    np.testing.assert_allclose(replace(head, temperature=1.0).logits(some_probs(4), cues), both * 2, rtol=1e-4)
    silent = replace(head, from_hidden=head.from_hidden * 0, direct=head.direct * 0)
    wanted = (np.log(some_probs(4)) * 0.7 + cues[:, NAMED:] @ head.scene + head.bias) / 2
    np.testing.assert_allclose(silent.logits(some_probs(4), cues), wanted, rtol=1e-4)


def test_what_is_far_off_is_no_more_unusual_than_five_deviations() -> None:
    assert np.abs(a_head().standardised(some_cues(1) * 1e6)).max() == pytest.approx(5)


def test_what_is_hardly_likely_is_no_less_so() -> None:
    found = log_probs(np.array([[0.0, 1e-9, 1e-4, 1.0]], np.float32))[0]
    assert found.tolist() == pytest.approx([np.log(1e-4)] * 3 + [0])
