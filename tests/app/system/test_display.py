import sys
import time

import cv2
import pytest

from app.system import display


@pytest.fixture
def window_kit(monkeypatch: pytest.MonkeyPatch) -> None:
    """An OpenCV that can show windows, whichever is installed."""
    monkeypatch.setattr(cv2, "imshow", lambda *_: None, raising=False)
    monkeypatch.setattr(cv2, "currentUIFramework", lambda: "QT5", raising=False)


@pytest.fixture
def linux(monkeypatch: pytest.MonkeyPatch, window_kit: None) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)


@pytest.mark.parametrize("framework", ["", "NONE"])
def test_a_headless_opencv_is_named(monkeypatch: pytest.MonkeyPatch, window_kit: None, framework: str) -> None:
    monkeypatch.setattr(cv2, "currentUIFramework", lambda: framework, raising=False)
    assert "headless" in display.why_no_window()


def test_an_opencv_without_windows_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(cv2, "imshow", raising=False)
    assert "headless" in display.why_no_window()


def test_an_opencv_that_does_not_know_is_taken_as_headless(monkeypatch: pytest.MonkeyPatch, window_kit: None) -> None:
    def unknown() -> str:
        raise cv2.error("not implemented")

    monkeypatch.setattr(cv2, "currentUIFramework", unknown, raising=False)
    assert "headless" in display.why_no_window()


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_other_systems_have_a_screen(monkeypatch: pytest.MonkeyPatch, window_kit: None, platform: str) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.delenv("DISPLAY", raising=False)
    assert display.why_no_window() is None


@pytest.mark.parametrize("value", [None, ""])
def test_linux_without_a_display(monkeypatch: pytest.MonkeyPatch, linux: None, value: str | None) -> None:
    if value is not None:
        monkeypatch.setenv("DISPLAY", value)
    assert "DISPLAY is not set" in display.why_no_window()


def test_wayland_alone_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch, linux: None) -> None:
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    assert "XWayland" in display.why_no_window()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="X11 only")
@pytest.mark.parametrize("address", [":987", "nonsense", "127.0.0.1:987"])
def test_a_display_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch, linux: None, address: str) -> None:
    """Qt would end the whole process."""
    started_s = time.monotonic()
    monkeypatch.setenv("DISPLAY", address)
    assert display.why_no_window() == f"the display {address} does not answer"
    assert time.monotonic() - started_s < 30
