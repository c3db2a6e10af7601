import importlib.util
from types import ModuleType
from typing import Any

import cv2
import numpy as np
import pytest

from tests import toy
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def make_demo() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_demo", ROOT / "assets" / "make_demo.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def stills(make_demo: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """Plain stills in place of the photographs, and a scene of 8 images."""
    colours = iter([toy.RED, toy.GREEN, toy.BLUE, toy.GREY, (255, 255, 255)])
    monkeypatch.setattr(make_demo, "load", lambda package, name: toy.plain(next(colours), 400, 300))
    monkeypatch.setattr(make_demo, "SCENE_S", 8 / make_demo.FPS)
    monkeypatch.setattr(make_demo, "FADE_S", 4 / make_demo.FPS)


def centre(image: Any) -> list[int]:
    return [int(part) for part in image[300, 640]]


def test_each_scene_fades_over_from_the_one_before(make_demo: ModuleType, stills: None) -> None:
    images = list(make_demo.images())
    assert len(images) == 8 * len(make_demo.SCENES)
    assert all(image.shape == (720, 1280, 3) and image.dtype == np.uint8 for image in images)
    assert centre(images[7]) == list(toy.RED)
    assert centre(images[8]) == list(toy.RED), "the fade begins"
    assert centre(images[10]) == pytest.approx([0, 128, 128], abs=1), "half way"
    assert centre(images[15]) == list(toy.GREEN)


def test_a_still_is_zoomed_and_says_that_it_is_one(make_demo: ModuleType) -> None:
    still = cv2.resize(np.eye(30, dtype=np.uint8)[..., None].repeat(3, 2) * 255, (400, 300))
    begin, end = (make_demo.scene(still, "A caption", progress) for progress in (0.0, 1.0))
    assert not np.array_equal(begin[:600], end[:600])
    assert np.array_equal(begin[628:700, 810:], end[628:700, 810:]), "the caption stands still"
    other = make_demo.scene(still, "Another", 0.0)
    assert not np.array_equal(other[660:700, 828:], begin[660:700, 828:])
    assert np.array_equal(other[:660], begin[:660])
