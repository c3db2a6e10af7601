"""OpenCV's windows without a display."""

from collections.abc import Callable
from typing import Any

import cv2
import pytest

from app.arrays import Image
from app.sinks.window.screen import TITLE


class Toolkit:
    """What OpenCV's windows are told, and what they answer."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls: list[str] = []
        self.sizes: list[tuple[int, int]] = []
        self.shown: list[Image] = []
        self.code, self.visible = -1, 1.0
        for name, answer in {
            "namedWindow": lambda title, flags: None,
            "resizeWindow": lambda title, width, height: self.sizes.append((width, height)),
            "imshow": lambda title, image: self.shown.append(image),
            "pollKey": lambda: self.code,
            "getWindowProperty": lambda title, what: self.visible,
            "destroyWindow": lambda title: None,
            "destroyAllWindows": lambda: None,
        }.items():
            monkeypatch.setattr(cv2, name, self._noting(name, answer), raising=False)

    def _noting(self, name: str, answer: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            self.calls.append(name)
            assert not arguments or arguments[0] == TITLE
            return answer(*arguments)

        return call
