import random

import numpy as np
import pytest

from training.data.components import connected_components, numbered


def test_links_chain_and_sets_are_numbered_as_they_appear() -> None:
    assert connected_components(6, [(4, 5), (1, 3), (3, 0)]).tolist() == [0, 0, 1, 0, 2, 2]


@pytest.mark.parametrize("links", [[], np.empty((0, 2), np.int64)])
def test_without_links_everything_is_alone(links: list[tuple[int, int]]) -> None:
    found = connected_components(3, links)
    assert found.tolist() == [0, 1, 2] and found.dtype == np.int64
    assert connected_components(0, links).tolist() == []


def test_repeated_reversed_and_reflexive_links_change_nothing() -> None:
    assert connected_components(3, [(0, 2), (2, 0), (0, 2), (1, 1)]).tolist() == [0, 1, 0]


@pytest.mark.parametrize("seed", range(10))
def test_the_sets_are_those_of_a_search(seed: int) -> None:
    rng = random.Random(seed)
    count = rng.randint(1, 60)
    links = [(rng.randrange(count), rng.randrange(count)) for _ in range(rng.randint(0, 50))]
    expected = list(range(count))
    for _ in range(count):
        for left, right in links:
            expected[left] = expected[right] = min(expected[left], expected[right])
    assert connected_components(count, links).tolist() == numbered(expected).tolist()


def test_numbers_follow_the_first_appearance() -> None:
    assert numbered([9, 9, 2, 5, 2]).tolist() == [0, 0, 1, 2, 1]
    assert numbered([]).tolist() == []
