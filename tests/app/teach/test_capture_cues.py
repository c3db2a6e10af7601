from pathlib import Path

import cv2
import numpy as np
import pytest

from app.arrays import Image
from app.cues.finder import CueFinder
from app.cues.findings import Findings
from app.cues.vector import NAMES
from app.teach.capture_cues import with_cues
from app.teach.captures import Capture
from tests import toy


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, ...]]:
    """The sizes and blues of the images that were looked at."""
    seen: list[tuple[int, ...]] = []

    def look(finder: CueFinder, image: Image) -> Findings:
        seen.append((*image.shape[:2], int(image[0, 0, 0])))
        return Findings()

    monkeypatch.setattr(CueFinder, "look", look)
    return seen


def test_the_whole_image_is_looked_at_where_its_file_is_there(tmp_path: Path, looked: list[tuple[int, ...]]) -> None:
    path = tmp_path / "1.png"
    path.write_bytes(cv2.imencode(".png", toy.plain((200, 0, 0), 320, 240))[1].tobytes())
    small = np.full((32, 32, 3), (0, 0, 90), np.uint8)  # RGB
    found = with_cues([Capture(small, "a", path=path), Capture(small, "a", path=tmp_path / "gone.png")], 1)
    assert looked == [(240, 320, 200), (32, 32, 90)]
    assert all(capture.cues is not None and capture.cues.shape == (len(NAMES),) for capture in found)


def test_what_was_looked_at_is_not_looked_at_again(looked: list[tuple[int, ...]]) -> None:
    once = with_cues([Capture(np.zeros((32, 32, 3), np.uint8), "a")], 1)
    assert with_cues(once, 1)[0].cues is once[0].cues and len(looked) == 1
