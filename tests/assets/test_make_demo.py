import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from app.sources.open import open_source
from tests import toy
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def make_demo() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_demo", ROOT / "assets" / "make_demo.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def centre(image: Any) -> list[int]:
    return [int(part) for part in image[300, 640]]


@pytest.mark.parametrize("fps", [10, 25, 50])
def test_a_piece_has_the_demos_rate_whatever_the_files(make_demo: ModuleType, tmp_path: Path, fps: int) -> None:
    colours = (toy.RED, toy.GREEN, toy.BLUE)
    clip = toy.colour_clip(tmp_path / "clip.mp4", 3, fps, lambda time_s: colours[int(time_s)])
    images = list(make_demo.cut_out(clip, 0.5, 2.5))
    assert len(images) == 2 * make_demo.FPS
    middle = [np.argmax(image[20, 30]) for image in images]
    assert [middle.index(channel) / make_demo.FPS for channel in (2, 1, 0)] == pytest.approx([0, 0.5, 1.5], abs=0.1)


def test_a_file_that_is_shorter_keeps_its_last_image(make_demo: ModuleType, tmp_path: Path) -> None:
    clip = toy.colour_clip(tmp_path / "clip.mp4", 1, 25, lambda _: toy.RED)
    assert len(list(make_demo.cut_out(clip, 0.0, 2.0))) == 2 * make_demo.FPS


@pytest.mark.parametrize("size", [(640, 480), (1920, 1080), (480, 640)])
def test_any_shape_is_shown_whole_and_says_what_it_is(make_demo: ModuleType, size: tuple[int, int]) -> None:
    image = toy.plain(toy.RED, *size)
    framed = make_demo.framed(image, "nobody")
    assert framed.shape == (720, 1280, 3) and centre(framed) == list(toy.RED)
    other = make_demo.framed(image, "somebody else")
    assert not np.array_equal(framed[668:700], other[668:700]) and np.array_equal(framed[:660], other[:660])


def test_the_demo_is_as_long_as_its_cuts(make_demo: ModuleType) -> None:
    with open_source("demo") as source:
        times = [frame.time_s for frame in source]
    assert len(times) == sum(round((cut.end_s - cut.start_s) * make_demo.FPS) for cut in make_demo.CUTS)
    assert (ROOT / "assets" / "demo.mp4").stat().st_size < 2_500_000
