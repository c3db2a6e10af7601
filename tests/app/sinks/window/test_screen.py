"""Which calls reach OpenCV; tests/app/sinks/window/test_window.py looks at the real window."""

import time

import cv2
import numpy as np
import pytest

from app.sinks.window.screen import FIRST_SIZE_PX, LOOK_EVERY_S, Screen
from tests import toy
from tests.app.sinks.window.toolkit import Toolkit


def test_the_window_opens_with_the_first_image(toolkit: Toolkit) -> None:
    screen = Screen()
    assert not screen.is_open and toolkit.calls == []
    for _ in range(3):
        screen.show(toy.plain(toy.RED))
        assert screen.is_open
    assert toolkit.calls.count("namedWindow") == 1 and toolkit.calls.count("imshow") == 3


@pytest.mark.parametrize(
    ("size", "opened"),
    [((640, 480), (640, 480)), (FIRST_SIZE_PX, FIRST_SIZE_PX), ((3840, 2160), (1600, 900)), ((1080, 1920), (506, 900))],
)
def test_a_large_image_opens_scaled_down(toolkit: Toolkit, size: tuple[int, int], opened: tuple[int, int]) -> None:
    Screen().show(toy.plain(toy.RED, *size))
    assert toolkit.sizes == [opened]


def test_a_key_is_its_code_and_none_is_no_key(toolkit: Toolkit) -> None:
    screen = Screen()
    screen.show(toy.plain(toy.RED))
    assert screen.keys() == []
    toolkit.code = ord("q")
    assert screen.keys() == [ord("q")]


def test_the_close_button_is_noticed(toolkit: Toolkit, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen()
    screen.show(toy.plain(toy.RED))
    assert not screen.was_closed()
    toolkit.visible = 0.0
    assert screen.was_closed()

    def gone(title: str, what: int) -> float:
        raise cv2.error("NULL window")

    monkeypatch.setattr(cv2, "getWindowProperty", gone)
    assert screen.was_closed()


def test_closing_twice_closes_once_and_without_a_window_does_nothing(toolkit: Toolkit) -> None:
    Screen().close()
    assert toolkit.calls == []
    screen = Screen()
    screen.show(toy.plain(toy.RED))
    screen.close()
    screen.close()
    assert toolkit.calls.count("destroyAllWindows") == 1 and not screen.is_open


@pytest.mark.parametrize("size", [(480, 640), (1280, 720), (320, 240), (1000, 10)])
def test_an_image_of_other_proportions_is_not_stretched(toolkit: Toolkit, size: tuple[int, int]) -> None:
    screen = Screen()
    screen.show(toy.plain(toy.RED, 640, 480))
    screen.show(toy.plain(toy.RED, *size))
    height, width = toolkit.shown[1].shape[:2]
    assert width / height == pytest.approx(640 / 480, rel=0.01)
    red = toolkit.shown[1][..., 2] > 250
    assert (red.any(0).sum(), red.any(1).sum()) == size, "whole, and as large as before"


def test_a_window_that_stays_plain_is_opened_again(toolkit: Toolkit, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen()
    image = np.random.default_rng(0).integers(0, 256, (48, 64, 3), np.uint8)
    screen.show(image)
    answers = iter([True, False])
    monkeypatch.setattr(screen._x_window, "is_plain", lambda: next(answers))
    time.sleep(LOOK_EVERY_S)
    assert not screen.was_closed() and not screen.is_open
    screen.show(image)
    assert screen.is_open and toolkit.calls.count("namedWindow") == 2
    time.sleep(LOOK_EVERY_S)
    assert not screen.was_closed() and screen.is_open


def test_a_plain_image_makes_a_plain_window(toolkit: Toolkit, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen()
    screen.show(toy.plain(toy.RED))
    monkeypatch.setattr(screen._x_window, "is_plain", lambda: True)
    time.sleep(LOOK_EVERY_S)
    assert not screen.was_closed() and screen.is_open
