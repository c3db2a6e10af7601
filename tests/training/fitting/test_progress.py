import pytest

from training.fitting.progress import format_left, report_epoch

ROW = {"loss": 1.25, "accuracy": 0.5, "val_accuracy": 0.75, "seconds": 61.4}


@pytest.mark.parametrize(
    ("seconds", "text"), [(3, "3 s left"), (89, "89 s left"), (120, "2 min left"), (5400, "1 h 30 min left")]
)
def test_the_time_left_is_told_as_people_tell_it(seconds: float, text: str) -> None:
    assert format_left(seconds) == text


def test_an_epoch_says_whether_it_was_the_best_and_when_all_will_be_done(capsys: pytest.CaptureFixture[str]) -> None:
    report_epoch([ROW], 2, 4, 60)
    report_epoch([{**ROW, "val_accuracy": 0.8}, ROW], 4, 4, 60)
    assert capsys.readouterr().out.splitlines() == [
        "epoch 2/4  loss 1.250  accuracy 0.5000  validation 0.7500 (best)  61 s  2 min left",
        "epoch 4/4  loss 1.250  accuracy 0.5000  validation 0.7500 (best 0.8000)  61 s",
    ]
