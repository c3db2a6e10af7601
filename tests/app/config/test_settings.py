from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from app.config.settings import Settings, load, load_project_settings, model_path
from app.errors import ConfigError
from app.paths import PROJECT
from tests.conftest import ROOT

CONFIG = ROOT / "config.yaml"


def test_the_file_says_what_is_built_in() -> None:
    assert load(CONFIG, []) == Settings()


def test_the_file_holds_every_key() -> None:
    assert _keys(yaml.safe_load(CONFIG.read_text(encoding="utf-8"))) == _keys(msgspec.to_builtins(Settings()))


def test_every_value_in_the_file_has_its_reason() -> None:
    lines = CONFIG.read_text(encoding="utf-8").splitlines()
    values = [line for line in lines if ": " in line and not line.startswith("#") and not line.rstrip().endswith(":")]
    assert [line for line in values if "#" not in line] == []


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        Settings().smoothing.tau_s = 1.0  # type: ignore[misc]


@pytest.mark.parametrize(
    "override",
    [
        "source.camera.width_px=15",
        "source.camera.height_px=100000",
        "source.camera.fps=0",
        "source.camera.fps=241",
        "source.folder_fps=0",
        "source.folder_fps=-1",
        "source.folder_fps=.inf",
        "source.open_timeout_s=0",
        "source.open_timeout_s=.inf",
        "source.read_timeout_s=.nan",
        "inference.threads=-1",
        "inference.threads=1.5",
        "inference.threads=true",
        "smoothing.tau_s=-0.1",
        "smoothing.tau_s=.inf",
        "smoothing.margin=1.1",
        "smoothing.min_dwell_s=.nan",
        "smoothing.gap_s=0",
        "smoothing.threshold=2",
        "display.top=0",
        "display.top=6",
        "display.strip_s=.inf",
        "display.mirror=sometimes",
        "record.crf=52",
        "record.preset=placebo",
        "record.keyframe_s=0",
        "record.overlay=1",
        "model=",
        "snapshot.folder=3",
    ],
)
def test_a_value_out_of_range_is_refused(override: str) -> None:
    key = override.partition("=")[0]
    with pytest.raises(ConfigError, match=f"{key}: "):
        load(CONFIG, [override])


@pytest.mark.parametrize(
    "override",
    [
        "smoothing.tau_s=0",
        "smoothing.min_dwell_s=0",
        "smoothing.margin=0",
        "smoothing.threshold=0",
        "smoothing.threshold=1",
        "smoothing.threshold=null",
        "inference.threads=0",
        "record.crf=0",
        "record.crf=51",
        "display.mirror=on",
        "display.mirror=off",
        "display.mirror=auto",
        "source.folder_fps=240",
        "display.strip_s=3600",
    ],
)
def test_the_ends_of_the_ranges_are_good(override: str) -> None:
    load(CONFIG, [override])


def test_an_override_counts_more_than_the_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("smoothing:\n  tau_s: 0.2\n  margin: 0.3\n", encoding="utf-8")
    smoothing = load(path, ["smoothing.tau_s=0.4"]).smoothing
    assert (smoothing.tau_s, smoothing.margin, smoothing.gap_s) == (0.4, 0.3, Settings().smoothing.gap_s)


def test_the_projects_own_file_counts_where_none_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, mine = tmp_path / "config.yaml", tmp_path / "mine.yaml"
    monkeypatch.setattr("app.config.settings.CONFIG", ours)
    assert load_project_settings(None, []) == Settings()
    ours.write_text("display: {top: 1}\n", encoding="utf-8")
    mine.write_text("display: {top: 2}\n", encoding="utf-8")
    assert load_project_settings(None, []).display.top == 1
    assert load_project_settings(mine, []).display.top == 2
    assert load_project_settings(mine, ["display.top=5"]).display.top == 5


def _keys(values: dict[str, Any], prefix: str = "") -> set[str]:
    found = set()
    for key, value in values.items():
        found.add(prefix + key)
        if isinstance(value, dict):
            found |= _keys(value, f"{prefix}{key}.")
    return found


@pytest.mark.parametrize(
    ("model", "there", "expected"),
    [
        ("mine.onnx", True, "the user's"),
        ("mine.onnx", False, "the user's"),  # so that the error names the file that was meant
        (Settings().model, True, "the user's"),
        (Settings().model, False, "the project's"),
    ],
)
def test_the_model_counts_from_the_file_that_names_it(tmp_path: Path, model: str, there: bool, expected: str) -> None:
    if there:
        (tmp_path / model).parent.mkdir(exist_ok=True)
        (tmp_path / model).touch()
    folder = {"the user's": tmp_path, "the project's": PROJECT}[expected]
    assert model_path(Settings(model=model), tmp_path / "mine.yaml") == folder / model


def test_the_model_of_the_project_is_there() -> None:
    assert model_path(Settings()).is_file()
