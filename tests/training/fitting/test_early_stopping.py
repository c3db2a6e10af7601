import pytest

from training.fitting.early_stopping import nothing_to_gain, stop_reason
from training.recipe import Stop


def rows(val_accuracy: list[float], ahead: float | list[float] = 0.0) -> list[dict[str, float]]:
    gaps = ahead if isinstance(ahead, list) else [ahead] * len(val_accuracy)
    return [{"accuracy": value + gap, "val_accuracy": value} for value, gap in zip(val_accuracy, gaps, strict=True)]


def stops_after(stop: Stop, history: list[dict[str, float]]) -> int | None:
    """The number of epochs after which training stops."""
    return next((number for number in range(len(history) + 1) if stop_reason(stop, history[:number])), None)


@pytest.mark.parametrize(("patience", "expected"), [(1, 3), (2, 6), (3, 7), (4, None), (0, None)])
def test_stops_after_so_many_epochs_without_a_better_one(patience: int, expected: int | None) -> None:
    history = rows([0.5, 0.6, 0.6, 0.7, 0.65, 0.7, 0.69])
    assert stops_after(Stop(patience=patience), history) == expected


def test_a_better_epoch_starts_the_count_again() -> None:
    assert stops_after(Stop(patience=2), rows([0.5, 0.4, 0.51, 0.4, 0.52, 0.4, 0.4, 0.9])) == 7


@pytest.mark.parametrize(("gap_patience", "expected"), [(1, 2), (2, 5), (3, 6), (4, None)])
def test_stops_after_so_many_epochs_in_a_row_of_over_fitting(gap_patience: int, expected: int | None) -> None:
    history = rows([0.5, 0.6, 0.6, 0.7, 0.7, 0.8, 0.8], [0.0, 0.2, 0.1, 0.2, 0.15, 0.15, 0.14])
    assert stops_after(Stop(gap=0.15, gap_patience=gap_patience), history) == expected


def test_a_gap_of_zero_never_stops() -> None:
    assert stops_after(Stop(gap=0.0, gap_patience=1), rows([0.1] * 5, 0.9)) is None


def test_the_rule_of_fifteen_points_for_ten_epochs() -> None:
    assert stops_after(Stop(gap=0.15, gap_patience=10), rows([0.80] * 20, 0.15)) == 10
    assert stops_after(Stop(gap=0.15, gap_patience=10), rows([0.80] * 20, 0.149)) is None


def test_an_accuracy_that_is_no_number_is_not_better_nor_ahead() -> None:
    broken = rows([float("nan")] * 3)
    assert stop_reason(Stop(patience=4, gap=0.1, gap_patience=1), broken) is None
    assert stop_reason(Stop(patience=3), broken) is not None


def test_the_reason_is_one_line_with_the_figures() -> None:
    assert stop_reason(Stop(patience=1), rows([0.6, 0.5])) == "validation accuracy no better than 0.6000 for 1 epoch"
    assert stop_reason(Stop(gap=0.15, gap_patience=2), rows([0.6, 0.7], 0.3)) == (
        "training accuracy ahead of validation by 15 points or more for 2 epochs in a row"
    )


def test_after_a_perfect_warm_up_fine_tuning_that_does_not_better_it_ends() -> None:
    warm = {"stage": "warmup", "epoch": 20, "val_accuracy": 1.0, "val_nll": 0.02}
    worse = [{"stage": "finetune", "epoch": 21 + number, "val_accuracy": 1.0, "val_nll": 0.03} for number in range(3)]
    assert nothing_to_gain([warm, *worse[:2]], "loss") is None
    assert "perfect" in str(nothing_to_gain([warm, *worse], "loss"))
    assert nothing_to_gain([warm | {"val_accuracy": 0.99}, *worse], "loss") is None
    assert nothing_to_gain([warm, *worse[:2], worse[2] | {"val_nll": 0.01}], "loss") is None
