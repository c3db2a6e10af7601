from typing import Any

import cv2
import pytest

from app.arrays import Image
from tests.app.overlay.drawing import Written


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[Written]:
    """(text, left, right, baseline) of each piece of text that is drawn."""
    pieces: list[Written] = []
    write = cv2.putText

    def listen(image: Image, text: str, at: tuple[int, int], *style: Any) -> Any:
        end, box = write(image, text, at, *style)
        pieces.append((text, at[0], int(end[0]), at[1]))
        return end, box

    monkeypatch.setattr(cv2, "putText", listen)
    return pieces
