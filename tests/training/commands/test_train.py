import importlib.util
import json
import shutil
import signal
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from app.config.yaml_file import read_yaml
from app.model.classifier import Classifier
from tests.app.process import Running
from tests.conftest import ROOT
from tests.fakes import rows
from tests.training import pictures
from tests.training.conftest import PER_CLASS, train_arguments
from training.__main__ import main


def test_the_run_folder_tells_the_whole_story(run_folder: Path, folders: Path) -> None:
    names = {path.name for path in run_folder.iterdir()}
    assert names == {
        *("config.yaml", "split.csv", "history.csv", "metrics.json"),
        *("curves.png", "confusion.png", "samples.png", "best.weights.h5", "rejection.npz"),
    }
    config = read_yaml(run_folder / "config.yaml")
    assert config["labels"] == ["blue", "green", "red"] and config["data_root"] == folders.as_posix()
    assert config["recipe"]["epochs"] == 2 and config["recipe"]["seed"] == 42
    assert config["versions"]["keras"] and config["versions"]["python"]
    for name in ("curves.png", "confusion.png", "samples.png"):
        assert (run_folder / name).read_bytes().startswith(b"\x89PNG")


def test_it_learned_the_discs(run_folder: Path) -> None:
    metrics = json.loads((run_folder / "metrics.json").read_text())
    assert metrics["images"] == {"train": 72, "val": 9, "test": 9}
    assert metrics["images_per_class"]["red"] == {"train": 24, "val": 3, "test": 3}
    assert metrics["test"]["accuracy"] > 0.9 and metrics["val"]["accuracy"] > 0.9
    assert 0.25 <= metrics["temperature"] <= 4 and all(0.3 <= value <= 0.95 for value in metrics["thresholds"])
    assert np.array(metrics["test"]["confusion"]).sum() == 9


def test_the_history_has_both_stages_with_their_rates(run_folder: Path) -> None:
    history = rows(run_folder / "history.csv")
    assert [row["stage"] for row in history] == ["warmup"] * 12 + ["finetune"] * 2
    assert [int(row["epoch"]) for row in history] == list(range(1, 15))
    assert {float(row["learning_rate"]) for row in history[:12]} == {0.1}
    assert 2e-4 > float(history[12]["learning_rate"]) > float(history[13]["learning_rate"]) > 0
    assert all(0 <= float(row["val_accuracy"]) <= 1 and float(row["val_loss"]) > 0 for row in history)


def test_the_split_names_every_readable_image_once(run_folder: Path) -> None:
    split = rows(run_folder / "split.csv")
    assert len({row["path"] for row in split}) == len(split) == 3 * PER_CLASS
    assert "red/broken.jpg" not in {row["path"] for row in split}


def test_a_broken_file_is_named_and_one_line_an_epoch_is_printed(
    tmp_path: Path, folders: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    arguments = train_arguments(folders, tmp_path / "run", "strategy=frozen")
    assert main(arguments) == 0
    out, err = capfd.readouterr()
    unreadable, without_other, small = err.splitlines()
    assert unreadable == "warning: 1 unreadable file skipped: red/broken.jpg"
    assert "'other'" in without_other and small.startswith("warning: only 9 val and 9 test ")
    assert "discs: 3 classes, 72 train, 9 val, 9 test" in out
    assert "warm-up: validation accuracy" in out and "\b" not in out and "macro F1" in out
    assert out.splitlines()[-1].startswith("next: ") and "export" in out.splitlines()[-1]


def test_a_run_is_not_overwritten_by_accident(
    run_folder: Path, folders: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (run_folder / "metrics.json").stat().st_mtime_ns
    assert main(train_arguments(folders, run_folder)) == 2
    assert capsys.readouterr().err.startswith(f"error: {run_folder} exists; ")
    assert (run_folder / "metrics.json").stat().st_mtime_ns == before


def test_an_existing_run_is_named_before_weights_are_looked_for(
    run_folder: Path, folders: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(train_arguments(folders, run_folder, weights="gone.h5")) == 2
    assert f"error: {run_folder} exists" in capsys.readouterr().err


def test_on_a_small_set_the_averaged_weights_leave_their_start(tmp_path: Path, folders: Path) -> None:
    settings = ("strategy=full", "epochs=3", "optimizer.ema=0.999", "optimizer.learning_rate=0.003")
    assert main(train_arguments(folders, tmp_path / "run", *settings)) == 0
    losses = [float(row["val_loss"]) for row in rows(tmp_path / "run" / "history.csv")]
    assert losses[-1] < 0.9 * losses[0]


def test_overwrite_replaces_a_run(tmp_path: Path, folders: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    (run / "config.yaml").write_text("old")
    (run / "metrics.json").write_text("old")
    settings = ("strategy=frozen", "epochs=1", "class_weights=balanced", "augment=[none]")
    assert main([*train_arguments(folders, run, *settings), "--overwrite"]) == 0
    assert json.loads((run / "metrics.json").read_text())["images"]["train"] == 72
    assert [row["stage"] for row in rows(run / "history.csv")] == ["warmup"]


def test_a_mistake_leaves_no_run_folder(tmp_path: Path, folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = tmp_path / "run"
    assert main(train_arguments(folders, run, weights=tmp_path / "gone.h5")) == 2
    assert capsys.readouterr().err.startswith(f"error: {tmp_path / 'gone.h5'}: ")
    assert main(train_arguments(folders, run, "droput=0.3")) == 2
    assert "unknown key droput; did you mean dropout?" in capsys.readouterr().err
    assert not run.exists()


def started(arguments: list[str], *before: str) -> Running:
    """A training as a process of its own; before: of its command."""
    return Running([*before, sys.executable, "-m", "training", *arguments], folder=ROOT)


def has_begun(run: Path, epoch: str) -> bool:
    """Whether an epoch of the history, "finetune,13" or the first of "finetune", is over."""
    history = run / "history.csv"
    return history.exists() and f"{epoch}," in history.read_text()


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")
def test_ctrl_c_keeps_the_best_weights_and_the_history(tmp_path: Path, folders: Path) -> None:
    run = tmp_path / "run"
    as_a_job = ("sh", "-c", 'trap "" INT; exec "$@"', "sh")  # of a shell without job control: SIGINT ignored
    with started(train_arguments(folders, run, "epochs=5000"), *as_a_job) as training:
        training.waits_until(lambda: has_begun(run, "finetune"))
        ended = training.ends(signal.SIGINT)
    assert ended.returncode == 130
    assert ended.stderr.strip().splitlines()[-1].startswith("interrupted; ") and ended.stderr.endswith("--resume\n")
    assert "Traceback" not in ended.stderr
    assert (run / "best.weights.h5").stat().st_size > 100_000
    assert {row["stage"] for row in rows(run / "history.csv")} == {"warmup", "finetune"}


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGKILL")
def test_a_killed_run_goes_on_as_if_nothing_had_happened(tmp_path: Path, folders: Path) -> None:
    settings = ("epochs=4", "optimizer.ema=0.9", "augment=[strong]", "mix.mixup=0.2")
    assert main(train_arguments(folders, tmp_path / "whole", *settings)) == 0

    run = tmp_path / "killed"
    with started(train_arguments(folders, run, *settings)) as training:
        training.waits_until(lambda: has_begun(run, "finetune,14"))
        training.ends(signal.SIGKILL)
    assert not (run / "metrics.json").exists()
    assert main(["train", "--data", str(folders), "--run", str(run), "--resume"]) == 0
    whole, resumed = (rows(tmp_path / name / "history.csv") for name in ("whole", "killed"))
    assert [row["epoch"] for row in resumed] == [row["epoch"] for row in whole]
    for column in ("loss", "val_loss"):
        assert [float(row[column]) for row in resumed] == pytest.approx([float(row[column]) for row in whole], rel=2e-3)
    assert not list(run.glob("last-*"))


def test_the_same_seed_gives_the_same_run(tmp_path: Path, run_folder: Path, folders: Path) -> None:
    again = tmp_path / "again"
    assert main(train_arguments(folders, again)) == 0
    assert (again / "split.csv").read_bytes() == (run_folder / "split.csv").read_bytes()
    for one, other in zip(rows(again / "history.csv"), rows(run_folder / "history.csv"), strict=True):
        for column in ("loss", "val_loss", "val_accuracy"):
            assert float(one[column]) == pytest.approx(float(other[column]), abs=1e-3)
    metrics = [json.loads((folder / "metrics.json").read_text()) for folder in (again, run_folder)]
    assert metrics[0]["test"]["accuracy"] == pytest.approx(metrics[1]["test"]["accuracy"], abs=1e-3)
    assert metrics[0]["temperature"] == pytest.approx(metrics[1]["temperature"], abs=1e-3)


def test_resume_refuses_what_cannot_go_on(
    tmp_path: Path, run_folder: Path, folders: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", "--data", str(folders), "--run", str(run_folder), "--resume"]) == 2
    assert "this run is finished; nothing to resume" in capsys.readouterr().err
    unfinished = tmp_path / "unfinished"
    shutil.copytree(run_folder, unfinished)
    (unfinished / "metrics.json").unlink()
    resume = ["train", "--data", str(folders), "--run", str(unfinished), "--resume"]
    split = str(unfinished / "split.csv")
    for option in (["--weights", "other.h5"], ["--split", split], ["--teacher", str(run_folder)]):
        capsys.readouterr()
        assert main([*resume, *option]) == 2
        assert "leave out --weights, --split and --teacher" in capsys.readouterr().err
    assert main(["train", "--data", str(folders), "--run", str(tmp_path / "none"), "--resume"]) == 2
    assert "no training run here" in capsys.readouterr().err


def test_images_added_later_do_not_change_the_part_of_the_others(tmp_path: Path, folders: Path) -> None:
    data = tmp_path / "grows"
    shutil.copytree(folders, data)
    (data / "red" / "broken.jpg").unlink()
    settings = ("strategy=frozen", "epochs=1", "augment=[none]")
    assert main(train_arguments(data, tmp_path / "first", *settings)) == 0
    pictures.make_folders(data, per_class=PER_CLASS + 20)
    assert main(train_arguments(data, tmp_path / "second", *settings)) == 0
    first, second = (
        {row["sha256"]: row["part"] for row in rows(tmp_path / name / "split.csv")} for name in ("first", "second")
    )
    assert len(second) == len(first) + 60 and second.items() >= first.items()
    assert 14 <= list(second.values()).count("test") <= 17  # a tenth of 150; near-duplicates go in one piece


def test_a_student_learns_from_a_teacher(
    tmp_path: Path, run_folder: Path, folders: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = train_arguments(folders, tmp_path / "student", "strategy=frozen", "epochs=3")
    assert main([*arguments, "--teacher", str(run_folder)]) == 0
    assert f"teacher {run_folder}: answers for 72 images" in capsys.readouterr().out
    assert main([*arguments, "--overwrite", "--teacher", str(tmp_path)]) == 2
    assert "no training run here" in capsys.readouterr().err


def test_the_default_network_goes_all_the_way_at_another_size_than_it_was_trained(
    tmp_path: Path, folders: Path, base_weights: Path
) -> None:
    network = ("backbone=mobilenet_v2", f"alpha={pictures.ALPHA}", "batch_norm=frozen")
    settings = (*network, "warmup.learning_rate=0.03", "epochs=1", "input_size=48", "train_size=32")
    assert main(train_arguments(folders, tmp_path / "run", *settings, weights=base_weights)) == 0
    output = tmp_path / "models" / "discs.onnx"
    assert main(["export", str(tmp_path / "run"), "--output", str(output), "--mirror"]) == 0
    assert Classifier(output).contract.input.size == 48
    assert json.loads((tmp_path / "run" / "metrics.json").read_text())["test"]["accuracy"] > 0.9
    assert cv2.imread(str(tmp_path / "run" / "samples.png")) is not None


@pytest.mark.parametrize("strategy", ["top_n", "gradual", "full"])
def test_every_strategy_comes_to_its_end(tmp_path: Path, folders: Path, strategy: str) -> None:
    settings = (f"strategy={strategy}", "top_layers=5", "unfreeze_epoch=2", "epochs=2", "warmup.epochs=1")
    assert main(train_arguments(folders, tmp_path / "run", *settings)) == 0
    stages = [row["stage"] for row in rows(tmp_path / "run" / "history.csv")]
    assert stages == ["warmup"] * {"top_n": 1, "gradual": 2, "full": 0}[strategy] + ["finetune"] * 2


def test_tensorboard_is_asked_for_before_an_hour_of_training(
    tmp_path: Path, folders: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = train_arguments(folders, tmp_path / "run", "strategy=frozen", "epochs=1")
    if importlib.util.find_spec("tensorboard"):
        assert main([*arguments, "--tensorboard"]) == 0
        assert list((tmp_path / "run" / "tensorboard").glob("events.*"))
    else:
        assert main([*arguments, "--tensorboard"]) == 2
        assert capsys.readouterr().err.endswith("not installed: pip install tensorboard\n")
        assert not (tmp_path / "run").exists()


def test_a_split_that_cannot_be_read_leaves_no_run_folder(
    tmp_path: Path, folders: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = train_arguments(folders, tmp_path / "run", "strategy=frozen", "epochs=1")
    assert main([*arguments, "--split", str(tmp_path / "gone.csv")]) == 2
    assert str(tmp_path / "gone.csv") in capsys.readouterr().err and not (tmp_path / "run").exists()


def test_a_run_may_keep_the_split_of_the_one_that_it_replaces(tmp_path: Path, folders: Path, run_folder: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(run_folder, run)
    before = (run / "split.csv").read_bytes()
    arguments = train_arguments(folders, run, "strategy=frozen", "epochs=1", "seed=7")
    assert main([*arguments, "--overwrite", "--split", str(run / "split.csv")]) == 0
    assert (run / "split.csv").read_bytes() == before
    assert not (tmp_path / "splits").exists(), "a split that was given is not remembered"


def test_an_old_run_is_resumed(tmp_path: Path, folders: Path, run_folder: Path) -> None:
    run = tmp_path / "old"
    shutil.copytree(run_folder, run)
    (run / "metrics.json").unlink()
    (run / "history.csv").unlink()
    config = (run / "config.yaml").read_text(encoding="utf-8")
    old = config.replace("monitor:", "keep:").replace("prob:", "chance:")
    (run / "config.yaml").write_text(old, encoding="utf-8")
    assert old != config and main(["train", "--data", str(folders), "--run", str(run), "--resume"]) == 0
    assert (run / "split.csv").read_bytes() == (run_folder / "split.csv").read_bytes()
    assert len(rows(run / "history.csv")) == 14
