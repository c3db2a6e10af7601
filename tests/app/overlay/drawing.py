"""What the tests of panels draw on."""

from app.overlay.canvas import Canvas
from tests import toy

SIZES = [(320, 240), (641, 361), (1280, 720), (720, 1280), (3840, 2160)]
Written = tuple[str, int, int, int]  # text, left, right, baseline


def canvas(width: int = 1280, height: int = 720) -> Canvas:
    return Canvas(toy.plain(toy.GREY, width, height))
