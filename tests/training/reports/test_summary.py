import os
import sys
from pathlib import Path

import pytest

from app.errors import ConfigError
from tests.training.reports.runs import write_epochs, write_run
from training.recipe import Recipe
from training.reports.summary import summarise, summarise_all
from training.run_folder import HISTORY, METRICS, SPLIT, write_metrics


def test_a_finished_run_is_known_by_its_metrics(tmp_path: Path) -> None:
    found = summarise(write_run(tmp_path / "small", Recipe(alpha=0.35), test=70))
    assert (found.name, found.is_finished, found.parameters, found.minutes) == ("small", True, 2_260_546, 12.34)
    assert (found.train, found.validation, found.test) == (0.95, 0.71, 0.7) and found.gap == pytest.approx(0.25)
    assert found.test_interval == pytest.approx((0.604, 0.781), abs=1e-3), "Wilson's, where the file has none"
    assert (found.warmup_epochs, len(found.history), found.test_images) == (1, 3, frozenset({"p0", "p1", "p2"}))
    assert found.settings["alpha"] == "0.35" and found.settings["mix.prob"] == "0.5"
    assert found.settings["weights"] == "imagenet" and found.settings["augment"] == "strong"


def test_an_unfinished_run_is_known_by_its_best_epoch(tmp_path: Path) -> None:
    found = summarise(write_run(tmp_path / "running", test=None, accuracies=(0.5, 0.9, 0.8)))
    assert not found.is_finished and found.kept is not None and found.kept.number == 2
    assert (found.train, found.validation, found.minutes) == (1.0, 0.9, 1.5)
    assert (found.test, found.gap, found.parameters, found.test_images) == (None, None, None, None)


def test_a_run_that_only_just_began_knows_its_settings_alone(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "young", test=None)
    (folder / HISTORY).unlink()
    (folder / SPLIT).unlink()
    found = summarise(folder)
    assert (found.train, found.minutes, found.kept, found.history) == (None, None, None, ())
    assert found.architecture == "mobilenet_v2, 224 px"


def test_runs_of_one_name_are_called_by_their_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    runs = [write_run(Path(name)) for name in ("monday/net", "tuesday/net", "tuesday/other")]
    assert [summary.name for summary in summarise_all(runs)] == ["monday/net", "tuesday/net", "other"]


@pytest.mark.skipif(sys.platform != "linux", reason="file names of any bytes are Linux's")
def test_a_name_of_any_bytes_can_be_shown(tmp_path: Path) -> None:
    folder = write_run(Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9\x1b[31m")))
    name = summarise(folder).name
    assert name.isprintable() and name.startswith("caf") and name.encode("utf-8")


def test_a_damaged_history_is_named(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "a")
    (folder / HISTORY).write_text("stage,epoch\nwarmup,one\n", encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        summarise(folder)
    assert str(error.value).startswith(f"{folder / HISTORY}: ")


@pytest.mark.parametrize(
    "text",
    ["{", "[]", '{"temperature": 1, "thresholds": [], "images": {}, "images_per_class": {}, "val": 3, "test": {}}'],
)
def test_damaged_metrics_are_named(tmp_path: Path, text: str) -> None:
    folder = write_run(tmp_path / "a")
    (folder / METRICS).write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        summarise(folder)
    assert str(folder / METRICS) in str(error.value) and "\n" not in str(error.value)


def test_a_run_of_an_older_version_lacks_figures(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "old", test=None)
    write_epochs(folder, [0.5])
    old = {"temperature": 1, "thresholds": [], "images": {}, "images_per_class": {}, "val": {"accuracy": 0.5}}
    write_metrics(folder, old | {"test": {"accuracy": 0.75, "images": 4, "intervals": {"accuracy": [0.5, 1.0]}}})
    found = summarise(folder)
    assert (found.train, found.parameters, found.minutes, found.gap) == (None, None, None, None)
    assert (found.test, found.test_interval) == (0.75, (0.5, 1.0))
