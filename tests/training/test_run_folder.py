from pathlib import Path
from typing import Any

import pytest

from app.config.struct_keys import _say_once
from app.errors import ConfigError, OutputError
from training.recipe import Mix, Recipe
from training.run_folder import (
    RunConfig,
    check_unused,
    create_run,
    last_weights,
    read_config,
    read_history,
    read_metrics,
    read_unfinished,
    remove_last_weights,
    save_weights,
    write_history,
    write_metrics,
)

ROWS = [
    {"stage": "warmup", "epoch": 1, "loss": 1.5, "accuracy": 0.25, "val_loss": 1.25, "val_accuracy": 0.5}
    | {"val_nll": 1.5, "learning_rate": 1e-3, "seconds": 2.5},
    {"stage": "finetune", "epoch": 2, "loss": 1.0, "accuracy": 0.5, "val_loss": 0.75, "val_accuracy": 0.625}
    | {"val_nll": 1.0, "learning_rate": 1.5e-4, "seconds": 30.0},
]
METRICS: dict[str, Any] = {
    "temperature": 1.0,
    "thresholds": [0.5],
    "images": {},
    "images_per_class": {},
    "val": {},
    "test": {},
}


def config(recipe: Recipe | None = None) -> RunConfig:
    return RunConfig(
        dataset="toy",
        data="toy",
        data_root="/toy",
        weights="none",
        trained_on="2026-11-20",
        labels=["coffee: yes?", "手洗い"],
        versions={},
        recipe=recipe or Recipe(),
    )


def test_a_new_run_holds_its_config_alone(tmp_path: Path) -> None:
    run = tmp_path / "runs" / "a"
    create_run(run, config(), overwrite=False)
    assert [path.name for path in run.iterdir()] == ["config.yaml"] and read_config(run) == config()


def test_overwriting_empties_a_run_and_nothing_else(tmp_path: Path) -> None:
    run = tmp_path / "a"
    create_run(run, config(), overwrite=False)
    (run / "best.weights.h5").touch()
    with pytest.raises(ConfigError, match="--overwrite"):
        create_run(run, config(), overwrite=False)
    create_run(run, config(), overwrite=True)
    assert [path.name for path in run.iterdir()] == ["config.yaml"]

    (tmp_path / "thesis.txt").write_text("years of work")
    for folder in (tmp_path, tmp_path / "thesis.txt"):
        with pytest.raises(ConfigError, match=r"config\.yaml"):
            check_unused(folder, overwrite=True)
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="file/a: "):
        create_run(tmp_path / "file" / "a", config(), overwrite=False)


def test_only_an_unfinished_run_can_be_resumed(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"config\.yaml is missing"):
        read_unfinished(tmp_path)
    create_run(tmp_path / "a", config(), overwrite=False)
    assert read_unfinished(tmp_path / "a") == config()
    write_metrics(tmp_path / "a", METRICS)
    with pytest.raises(ConfigError, match="finished"):
        read_unfinished(tmp_path / "a")


def test_the_config_of_an_old_run_still_loads_with_one_line_for_each_renamed_key(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _say_once.cache_clear()
    recipe = Recipe(monitor="loss", mix=Mix(mixup=0.2, prob=0.25))
    create_run(tmp_path / "old", config(recipe), overwrite=False)
    path = tmp_path / "old" / "config.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("monitor:", "keep:").replace("prob:", "chance:"), encoding="utf-8")
    assert path.read_text(encoding="utf-8") != text
    for _ in range(2):
        assert read_config(tmp_path / "old") == config(recipe)
    assert capsys.readouterr().err.splitlines() == [
        "warning: recipe key keep is now called monitor",
        "warning: mix key chance is now called prob",
    ]


def test_the_history_comes_back_as_it_was_written(tmp_path: Path) -> None:
    assert read_history(tmp_path) == []
    write_history(tmp_path, ROWS)
    assert read_history(tmp_path) == ROWS
    assert [path.name for path in tmp_path.iterdir()] == ["history.csv"]


@pytest.mark.parametrize("text", ["stage,epoch\nwarmup,1\n", "stage,epoch,loss\nwarmup,one,2\n"])
def test_a_damaged_history_is_one_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "history.csv").write_text(text)
    with pytest.raises(ConfigError, match=r"history\.csv: "):
        read_history(tmp_path)


def test_metrics_come_back_as_they_were_written(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--resume"):
        read_metrics(tmp_path)
    write_metrics(tmp_path, METRICS)
    assert read_metrics(tmp_path) == METRICS


@pytest.mark.parametrize("text", ["{", "[]", '{"temperature": 1}'])
def test_metrics_of_something_else_are_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "metrics.json").write_text(text)
    with pytest.raises(ConfigError, match=r"metrics\.json: not"):
        read_metrics(tmp_path)


def test_only_the_last_weights_are_kept(tmp_path: Path) -> None:
    for epochs in (1, 2, 3):
        last_weights(tmp_path, epochs).write_bytes(b"weights")
    remove_last_weights(tmp_path, but=last_weights(tmp_path, 3))
    assert [path.name for path in tmp_path.iterdir()] == ["last-3.weights.h5"]


class Model:
    """What Keras does: a name must end with .weights.h5."""

    def __init__(self, error: OSError | None = None) -> None:
        self.error = error

    def save_weights(self, path: Path) -> None:
        assert path.name.endswith(".weights.h5")
        path.write_bytes(b"new")
        if self.error:
            raise self.error


def test_weights_that_cannot_be_saved_leave_the_old_ones(tmp_path: Path) -> None:
    path = tmp_path / "best.weights.h5"
    path.write_bytes(b"old")
    with pytest.raises(OutputError, match=r"best\.weights\.h5: .*No space left on device"):
        save_weights(Model(OSError(28, "No space left on device")), path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"best.weights.h5": b"old"}
    save_weights(Model(), path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"best.weights.h5": b"new"}
