from pathlib import Path

import numpy as np
import pytest

from app.errors import ConfigError, OutputError
from tests.training import pictures
from training.__main__ import main
from training.commands.find_rate import FindRateOptions, _job, find_rate
from training.data.dataset import load_dataset
from training.data.split_store import store_path, write_store
from training.fitting.lr_finder import HIGHEST_RATE, LOWEST_RATE, STEPS, find_lr
from training.fitting.warm_up import warm_up
from training.recipe import load_recipe

RATES = np.geomspace(LOWEST_RATE, HIGHEST_RATE, STEPS)
SETTINGS = (
    f"input_size={pictures.SIZE}",
    f"alpha={pictures.ALPHA}",
    "batch_size=6",
    "warmup.epochs=2",
    "backbone=baseline_cnn",
)


@pytest.fixture(scope="module")
def discs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pictures.make_folders(tmp_path_factory.mktemp("data") / "discs", 30)


def test_mistakes_are_found_before_any_work(tmp_path: Path) -> None:
    options = FindRateOptions(data=tmp_path, overrides=["strategy=frozen"], plot=tmp_path / "rates.png")
    with pytest.raises(ConfigError, match=r"strategy frozen never uses optimizer\.learning_rate"):
        find_rate(options)
    for plot in (tmp_path / "nowhere" / "rates.png", tmp_path):
        with pytest.raises(OutputError, match=str(plot)):
            find_rate(FindRateOptions(data=tmp_path, plot=plot))


def test_the_whole_command(
    discs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = [part for setting in SETTINGS for part in ("--set", setting)]
    (tmp_path / "rates.png").write_text("mine")
    assert main(["find-rate", "--data", str(discs), "--weights", "none", *settings]) == 0
    assert (tmp_path / "rates.png").read_text() == "mine"
    assert (tmp_path / "rates_2.png").read_bytes().startswith(b"\x89PNG")
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["cache"]
    last = capsys.readouterr().out.rstrip().splitlines()[-1]
    assert last.startswith(("suggested: --set optimizer.learning_rate=", "no rate lowered"))


def test_at_the_lowest_rates_nothing_is_learnt_and_later_something_is(discs: Path, tmp_path: Path) -> None:
    overrides = [*SETTINGS, "class_weights=balanced", "optimizer.name=sgd", "mix.mixup=1", "mix.prob=0.5", "dropout=0"]
    options = FindRateOptions(data=discs, weights="none", runs=tmp_path, plot=tmp_path / "rates.png")
    job = _job(options, load_recipe(None, overrides))
    warm_up(job)
    rates, losses = find_lr(job)
    assert (rates == RATES[: len(losses)]).all()
    assert np.ptp(losses[:20]) < 0.01 * np.ptp(losses)  # whatever the batches


def test_the_split_of_runs_that_are_kept_elsewhere_is_used(discs: Path, tmp_path: Path) -> None:
    """Every image of the training part comes from where `train` would take it."""
    recipe = load_recipe(None, SETTINGS)
    samples = load_dataset(discs).samples
    parts = ["val", "test", *["train"] * 28] * 3
    write_store(store_path(tmp_path / "elsewhere", "discs", recipe.seed), samples, parts)
    options = FindRateOptions(data=discs, weights="none", runs=tmp_path / "elsewhere")
    job = _job(options, recipe)
    assert len(job.train.rows) == 84 and list(job.counts) == [28] * 3
    assert {parts[row] for row in job.train.rows} == {"train"} and {parts[row] for row in job.val.rows} == {"val"}
    assert list((tmp_path / "elsewhere" / "cache").iterdir())


def test_images_that_a_dataset_pins_to_a_part_stay_there(discs: Path, tmp_path: Path) -> None:
    """Else the rate would be found on images that `train` keeps for the test."""
    (tmp_path / "pinned.yaml").write_text(
        "name: pinned\nclasses: {blue: [blue], green: [green], red: [red]}\n"
        "groups: {red: 'red-(00)'}\npinned: {test: ['red:00']}\n",
        encoding="utf-8",
    )
    options = FindRateOptions(data=tmp_path / "pinned.yaml", data_root=discs, weights="none", runs=tmp_path)
    job = _job(options, load_recipe(None, SETTINGS))
    names = [sample.name for sample in load_dataset(options.data, discs).samples]
    pinned = [name for name in names if "red-00" in name]
    assert len(pinned) == 10 and not {names[row] for row in [*job.train.rows, *job.val.rows]} & set(pinned)
