from pathlib import Path

import numpy as np
import pytest

from app.errors import ConfigError
from tests.training import pictures
from training.commands.find_rate import FindRateOptions, draw_rates, find_rate
from training.fitting.lr_finder import HIGHEST_RATE, LOWEST_RATE, STEPS, suggest

RATES = np.geomspace(LOWEST_RATE, HIGHEST_RATE, STEPS)
SETTINGS = (
    f"input_size={pictures.SIZE}",
    f"alpha={pictures.ALPHA}",
    "batch_size=6",
    "warmup.epochs=2",
    "backbone=baseline_cnn",
)


def curve(noise: float, descent: float = 1e-4, divergence: float = 1e-2) -> np.ndarray:
    """A loss that falls from 2 to 1 around one rate and climbs around another."""
    position = np.log10(RATES)
    fall = 1 / (1 + np.exp(-5 * (position - np.log10(descent))))
    climb = np.exp(np.minimum(3 * (position - np.log10(divergence)), 3))
    return 2 - fall + climb + np.random.default_rng(0).normal(0, noise, STEPS)


def test_the_plot_replaces_an_older_one_and_leaves_no_draft(tmp_path: Path) -> None:
    target = tmp_path / "rates.png"
    target.write_bytes(b"old")
    draw_rates(RATES, curve(0.05), suggest(RATES, curve(0.05)), target)
    assert target.read_bytes().startswith(b"\x89PNG")
    assert [path.name for path in tmp_path.iterdir()] == ["rates.png"]
    draw_rates(RATES[:3], np.array([2.0, 2.0, 9.0]), None, target)
    assert target.stat().st_size > 1000


def test_a_plot_that_cannot_be_written_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "rates.png").mkdir()
    with pytest.raises(ConfigError, match=r"the plot cannot be written .*choose another --plot"):
        draw_rates(RATES, curve(0.0), None, tmp_path / "rates.png")
    assert [path.name for path in tmp_path.iterdir()] == ["rates.png"]


def test_mistakes_are_found_before_any_work(tmp_path: Path) -> None:
    options = FindRateOptions(data=tmp_path, overrides=["strategy=frozen"], plot=tmp_path / "rates.png")
    with pytest.raises(ConfigError, match=r"strategy frozen never uses optimizer\.learning_rate"):
        find_rate(options)
    with pytest.raises(ConfigError, match="no such folder for the plot"):
        find_rate(FindRateOptions(data=tmp_path, plot=tmp_path / "nowhere" / "rates.png"))


def test_the_whole_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    data = pictures.make_folders(tmp_path / "discs", 30)
    curves: list[tuple[np.ndarray, np.ndarray]] = []
    monkeypatch.setattr(
        "training.commands.find_rate.draw_rates", lambda *values: (curves.append(values[:2]), draw_rates(*values))
    )
    overrides = [*SETTINGS, "class_weights=balanced", "optimizer.name=sgd", "mix.mixup=1", "mix.prob=0.5"]
    find_rate(FindRateOptions(data=data, weights="none", overrides=overrides, plot=tmp_path / "rates.png"))
    assert (tmp_path / "rates.png").read_bytes().startswith(b"\x89PNG")
    output = capsys.readouterr().out
    assert "range test: 100 steps from a rate of 1e-07 to 10" in output
    assert output.rstrip().splitlines()[-1].startswith(("suggested: --set optimizer.learning_rate=", "no rate lowered"))
    rates, losses = curves[0]
    assert (rates == RATES[: len(losses)]).all()
    # at the lowest rates nothing is learnt, whatever the batch; later something is
    assert np.ptp(losses[:20]) < 0.01 * np.ptp(losses)
