"""What the network said of a clip is computed once."""

from pathlib import Path

import numpy as np
import pytest

from app.config.settings import CueSettings, InferenceSettings, Settings, SmoothingSettings
from app.errors import SourceError
from app.model.classifier import Classifier
from app.score.tuning import network_pass
from app.score.tuning.network_pass import PassStore
from tests import toy


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The clips that the network has run over."""
    seen: list[Path] = []
    run = network_pass.watch

    def noted(clip: Path, *more: object) -> object:
        seen.append(clip)
        return run(clip, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(network_pass, "watch", noted)
    return seen


def store(folder: Path, model: Path, **settings: object) -> PassStore:
    return PassStore(folder / "kept", Classifier(model), Settings(**settings))  # type: ignore[arg-type]


def test_the_second_time_it_is_read(clip: Path, model: Path, tmp_path: Path, runs: list[Path]) -> None:
    first = store(tmp_path, model).get(clip)
    calm = store(tmp_path, model, smoothing=SmoothingSettings(tau_s=2.0))
    assert calm.has(clip)
    second = calm.get(clip)
    assert runs == [clip]
    assert first.end_s == second.end_s == pytest.approx(6.0)
    for name in ("times_s", "probs", "nobody"):
        assert np.array_equal(getattr(first, name), getattr(second, name))
    assert first.probs.shape == (60, 3) and first.probs.dtype == np.float32


@pytest.mark.parametrize("changed", [{"cues": CueSettings(rate_hz=4.0)}, {"inference": InferenceSettings(max_fps=5.0)}])
def test_other_frames_or_looks_are_another_pass(
    clip: Path, model: Path, tmp_path: Path, runs: list[Path], changed: dict[str, object]
) -> None:
    store(tmp_path, model).get(clip)
    assert not store(tmp_path, model, **changed).has(clip)
    store(tmp_path, model, **changed).get(clip)
    assert len(runs) == 2


def test_so_is_another_model_or_a_clip_that_changed(model: Path, tmp_path: Path, runs: list[Path]) -> None:
    clip = toy.colour_clip(tmp_path / "clip.mp4", 1.0, 10, lambda time_s: toy.RED)
    store(tmp_path, model).get(clip)
    other = toy.write_model(tmp_path / "other.onnx", labels=("a", "b", "c"))
    assert not store(tmp_path, other).has(clip)
    toy.colour_clip(clip, 2.0, 10, lambda time_s: toy.GREEN)
    assert not store(tmp_path, model).has(clip)


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 no archive", b"\x93NUMPY"])
def test_a_damaged_file_is_made_anew(clip: Path, model: Path, tmp_path: Path, runs: list[Path], damage: bytes) -> None:
    store(tmp_path, model).get(clip)
    (kept,) = (tmp_path / "kept").iterdir()
    kept.write_bytes(damage)
    store(tmp_path, model).get(clip)
    assert len(runs) == 2 and store(tmp_path, model).has(clip)


def test_what_is_no_clip_is_told(model: Path, tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"nothing")
    with pytest.raises(SourceError, match=r"clip\.mp4"):
        store(tmp_path, model).get(clip)
