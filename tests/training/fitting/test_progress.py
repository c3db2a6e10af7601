from typing import Any

import pytest

from training.fitting.progress import format_left, report_epoch, report_kept


@pytest.mark.parametrize(
    ("seconds", "text"), [(3, "3 s left"), (89, "89 s left"), (120, "2 min left"), (5400, "1 h 30 min left")]
)
def test_the_time_left_is_told_as_people_tell_it(seconds: float, text: str) -> None:
    assert format_left(seconds) == text


def row(stage: str, epoch: int, val_nll: float, val_accuracy: float = 0.75) -> dict[str, Any]:
    scores = {"loss": 1.25, "accuracy": 0.5, "val_accuracy": val_accuracy, "val_nll": val_nll}
    return {"stage": stage, "epoch": epoch, **scores, "seconds": 61.4}


def test_an_epoch_says_which_weights_are_kept_and_when_all_will_be_done(capsys: pytest.CaptureFixture[str]) -> None:
    """Every epoch once said (best), by its accuracy, while the weights of the warm-up were kept, by their loss."""
    warm, first, second = row("warmup", 20, 0.5), row("finetune", 21, 0.6, 1.0), row("finetune", 22, 0.4)
    report_epoch([warm, first], "loss", 1, 3, 60)
    report_epoch([warm, first, second], "loss", 2, 3, 60)
    report_epoch([warm, first, second, row("finetune", 23, 0.7)], "loss", 3, 3, 60)
    report_epoch([warm, first], "accuracy", 3, 3, 60)
    assert capsys.readouterr().out.splitlines() == [
        "epoch 1/3  loss 1.250  accuracy 0.5000  validation 1.0000 (kept: warm-up)  61 s  2 min left",
        "epoch 2/3  loss 1.250  accuracy 0.5000  validation 0.7500 (kept so far)  61 s  60 s left",
        "epoch 3/3  loss 1.250  accuracy 0.5000  validation 0.7500 (kept: epoch 2)  61 s",
        "epoch 3/3  loss 1.250  accuracy 0.5000  validation 1.0000 (kept so far)  61 s",
    ]


def test_a_warm_up_that_is_kept_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    report_kept([row("warmup", 20, 0.5), row("finetune", 21, 0.6)], "loss", 30)
    assert capsys.readouterr().out.startswith("kept: the warm-up")
    report_kept([row("warmup", 20, 0.5), row("finetune", 21, 0.4)], "loss", 30)
    assert capsys.readouterr().out == ""


def test_a_perfect_validation_says_how_little_it_proves(capsys: pytest.CaptureFixture[str]) -> None:
    report_kept([row("finetune", 1, 0.1, 1.0)], "loss", 30)
    out = capsys.readouterr().out
    assert "30 validation images" in out and "10%" in out and "300" in out
