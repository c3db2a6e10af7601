from pathlib import Path

import pytest

from app.errors import ConfigError
from training import run_folder as run

ROWS = [
    {"stage": "warmup", "epoch": 1, "loss": 1.5, "accuracy": 0.25, "val_loss": 1.25, "val_accuracy": 0.5}
    | {"val_nll": 1.5, "learning_rate": 1e-3, "seconds": 2.5},
    {"stage": "finetune", "epoch": 2, "loss": 1.0, "accuracy": 0.5, "val_loss": 0.75, "val_accuracy": 0.625}
    | {"val_nll": 1.0, "learning_rate": 1.5e-4, "seconds": 30.0},
]


def test_the_history_comes_back_as_it_was_written(tmp_path: Path) -> None:
    assert run.read_history(tmp_path) == []
    run.write_history(tmp_path, ROWS)
    assert run.read_history(tmp_path) == ROWS
    assert [path.name for path in tmp_path.iterdir()] == ["history.csv"]


@pytest.mark.parametrize("text", ["stage,epoch\nwarmup,1\n", "stage,epoch,loss\nwarmup,one,2\n"])
def test_a_damaged_history_is_one_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "history.csv").write_text(text)
    with pytest.raises(ConfigError, match="not the history of a run"):
        run.read_history(tmp_path)


@pytest.mark.parametrize("text", ["{", "[]", '{"temperature": 1}'])
def test_metrics_of_something_else_are_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "metrics.json").write_text(text)
    with pytest.raises(ConfigError, match=r"metrics\.json: not"):
        run.read_metrics(tmp_path)


def test_only_the_last_weights_are_kept(tmp_path: Path) -> None:
    for epochs in (1, 2, 3):
        run.last_weights(tmp_path, epochs).write_bytes(b"weights")
    run.remove_last_weights(tmp_path, but=run.last_weights(tmp_path, 3))
    assert [path.name for path in tmp_path.iterdir()] == ["last-3.weights.h5"]


def test_weights_that_cannot_be_saved_leave_the_old_ones(tmp_path: Path) -> None:
    class Full:
        def save_weights(self, path: Path) -> None:
            path.write_bytes(b"half")
            raise OSError(28, "No space left on device")

    (tmp_path / "best.weights.h5").write_bytes(b"old")
    with pytest.raises(ConfigError, match=r"cannot be saved .No space left on device.; is the disk full"):
        run.save_weights(Full(), tmp_path / "best.weights.h5")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"best.weights.h5": b"old"}
