import threading
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from app.arrays import Image
from app.cues.finder import CueFinder
from app.cues.findings import Findings
from app.cues.vector import NAMES
from app.teach.capture_cues import CuesAhead, with_cues
from app.teach.capture_files import write_capture
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


def test_cues_are_found_ahead_and_not_again(tmp_path: Path) -> None:
    image = np.random.default_rng(0).integers(0, 256, (96, 96, 3), np.uint8)
    path = write_capture(tmp_path, "one", "today", image)
    capture = Capture(image[:32, :32], "one", path=path)
    ahead = CuesAhead()
    ahead.add(capture)
    ahead.add(capture)
    deadline_s = time.monotonic() + 60
    while path not in ahead.found:
        assert time.monotonic() < deadline_s
        time.sleep(0.02)
    ahead.close()
    (alone,) = with_cues([capture], 1)
    np.testing.assert_array_equal(ahead.found[path], alone.cues)
    marked = np.full_like(ahead.found[path], 7)
    steps: list[None] = []
    (known,) = with_cues([capture], 1, {path: marked}, lambda: steps.append(None))
    assert known.cues is marked and len(steps) == 1


def test_ahead_ends_whatever_it_was_doing(tmp_path: Path) -> None:
    CuesAhead().close()
    ahead = CuesAhead()
    for number in range(20):
        image = np.random.default_rng(number).integers(0, 256, (96, 96, 3), np.uint8)
        ahead.add(Capture(image[:32, :32], "one", path=write_capture(tmp_path, "one", "today", image)))
    ahead.close()
    assert len(ahead.found) < 20 and "cues ahead" not in {thread.name for thread in threading.enumerate()}
