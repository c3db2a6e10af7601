from typing import Any

import msgspec
import pytest

from training.fitting.lr_schedule import WARMUP_START, plateaus, rate
from training.recipe import Recipe


def recipe(epochs: int = 10, peak: float = 0.1, **schedule: Any) -> Recipe:
    settings = {"warmup_epochs": 0.0, **schedule}
    return msgspec.convert({"epochs": epochs, "optimizer": {"learning_rate": peak}, "schedule": settings}, Recipe)


def test_the_cosine_falls_from_the_peak_to_the_final_share() -> None:
    cosine = recipe(name="cosine", final_share=0.1)
    rates = [rate(cosine, epoch, []) for epoch in (0, 5, 10)]
    assert rates == pytest.approx([0.1, 0.055, 0.01])
    assert rate(cosine, 11, []) == pytest.approx(0.01)  # a run that is prolonged stays there
    finely = [rate(cosine, step / 20, []) for step in range(201)]
    assert finely == sorted(finely, reverse=True)


@pytest.mark.parametrize("name", ["cosine", "plateau", "step", "constant"])
def test_every_schedule_warms_up_in_a_straight_line(name: str) -> None:
    warm = recipe(name=name, warmup_epochs=2.0)
    assert rate(warm, 0, []) == pytest.approx(0.1 * WARMUP_START)
    assert rate(warm, 2, []) == pytest.approx(0.1)
    middle = (rate(warm, 0, []) + rate(warm, 2, [])) / 2
    assert rate(warm, 1, []) == pytest.approx(middle)
    assert rate(warm, 1.999, []) < rate(warm, 2, [])


def test_the_cosine_begins_where_the_warm_up_ends() -> None:
    warm = recipe(name="cosine", warmup_epochs=2.0, final_share=0.0)
    assert [rate(warm, epoch, []) for epoch in (2, 6, 10)] == pytest.approx([0.1, 0.05, 0.0])


def test_a_warm_up_longer_than_the_training_never_reaches_the_peak() -> None:
    short = recipe(epochs=1, name="cosine", warmup_epochs=4.0)
    assert rate(short, 1, []) == pytest.approx(0.1 / 4, rel=0.01)


def test_steps_count_from_the_start() -> None:
    steps = recipe(name="step", factor=0.5, every_epochs=3)
    assert [rate(steps, epoch, []) for epoch in (0, 2.99, 3, 5.5, 6)] == pytest.approx([0.1, 0.1, 0.05, 0.05, 0.025])


def test_a_constant_rate_ignores_the_accuracy() -> None:
    assert rate(recipe(name="constant"), 7.3, [0.5] * 7) == 0.1


def test_a_plateau_lowers_the_rate() -> None:
    plateau = recipe(name="plateau", factor=0.3, patience=2)
    assert rate(plateau, 3, [0.5, 0.6, 0.6]) == pytest.approx(0.1)
    assert rate(plateau, 4, [0.5, 0.6, 0.6, 0.6]) == pytest.approx(0.03)
    assert rate(plateau, 6, [0.5, 0.6, 0.6, 0.6, 0.6, 0.5]) == pytest.approx(0.009)


@pytest.mark.parametrize(
    ("patience", "expected"),
    [(1, [0, 0, 1, 2, 2, 3, 4, 5]), (2, [0, 0, 0, 1, 1, 1, 2, 2]), (3, [0, 0, 0, 0, 0, 0, 0, 1]), (8, [0] * 8)],
)
def test_plateaus_for_each_patience(patience: int, expected: list[int]) -> None:
    accuracies = [0.5, 0.6, 0.6, 0.4, 0.7, 0.7, float("nan"), 0.69]
    assert [plateaus(accuracies[: number + 1], patience) for number in range(8)] == expected
