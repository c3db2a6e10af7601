from pathlib import Path

import pytest

from app.benchmark.bench import Bench
from app.config.settings import Settings
from app.errors import ModelError, SourceError
from tests import toy


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return toy.colour_clip(tmp_path / "clip.mp4", 1.0, 30, lambda _: toy.RED, width=320, height=240)


@pytest.fixture
def bench(clip: Path, model: Path, tmp_path: Path) -> Bench:
    return Bench(str(clip), model, Settings(), 12, tmp_path)


def test_each_measurement_takes_the_frames_that_it_is_given(bench: Bench) -> None:
    turns = (bench.decode, bench.prepare, bench.look, bench.classify, bench.convert, bench.draw)
    assert [turn() for turn in (*turns, bench.file, bench.file_recorded)] == [12] * 8


def test_looks_are_counted_where_the_model_takes_cues(clip: Path, model: Path, tmp_path: Path) -> None:
    cued = Bench(str(clip), toy.write_cue_model(tmp_path / "cues.onnx", model, "hand 1 up"), Settings(), 12, tmp_path)
    assert [cued.look(), cued.look()] == [12, 12]


def test_encoding_costs_time(bench: Bench) -> None:
    cost = bench.encode()
    assert cost.wall_s > 0 and cost.cpu_s > 0


def test_live_scenes_lose_nothing_that_is_not_counted(bench: Bench) -> None:
    stats = bench.live(60, count=2)
    assert stats.frames_processed + stats.frames_dropped == stats.frames_read == 24


def test_a_still_scene_is_classified_now_and_then(clip: Path, model: Path, tmp_path: Path) -> None:
    stats = Bench(str(clip), model, Settings(), 60, tmp_path).still()
    assert stats.frames_reused > 0


def test_what_does_not_open_is_named(clip: Path, model: Path, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="nowhere"):
        Bench("nowhere.mp4", model, Settings(), 12, tmp_path)
    with pytest.raises(ModelError, match="nowhere"):
        Bench(str(clip), tmp_path / "nowhere.onnx", Settings(), 12, tmp_path)
    with pytest.raises(SourceError, match="two frames or more"):
        Bench(str(clip), model, Settings(), 1, tmp_path)
