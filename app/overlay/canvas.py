"""Drawing on an image, in sizes that follow the image's own."""

import cv2

from app.arrays import Image
from app.images.lettering import Colour, put_text

PANEL_SHADE, PANEL_LIFT = 0.32, 8  # share of the image that shows through a panel, and the grey levels added
REFERENCE_PX = 720  # the shorter side at which `Canvas.px` changes nothing


class Canvas:
    """An image and the shapes that are drawn on it; whatever lies outside is cut off.

    Attributes:
        image: uint8 BGR (H, W, 3), changed in place.
        width: W, px.
        height: H, px.
    """

    def __init__(self, image: Image) -> None:
        """Takes the image to draw on.

        Args:
            image: uint8 BGR (H, W, 3), changed in place.
        """
        self.image = image
        self.height, self.width = image.shape[:2]
        self._scale: float = min(self.width, self.height) / REFERENCE_PX

    def px(self, at_reference: float, at_least: int = 4) -> int:
        """Scales a length that is given for a 720p image to this one.

        Args:
            at_reference: the length at 720p, px.
            at_least: the smallest result, px.
        """
        return max(at_least, round(at_reference * self._scale))

    def text(self, text: str, x: int, y: int, size: int, colour: Colour, weight: int = 500) -> int:
        """Writes a line of `size` px with its baseline at `y`; returns the x at which it ends."""
        return put_text(self.image, text, (x, y), size, colour, weight)

    def panel(self, left: int, top: int, width: int, height: int) -> None:
        """Darkens a rectangle, as ground for light text."""
        area = self.image[max(0, top) : top + height, max(0, left) : left + width]
        if area.size:
            cv2.convertScaleAbs(area, area, PANEL_SHADE, PANEL_LIFT)

    def box(self, left: int, top: int, width: int, height: int, colour: Colour) -> None:
        """Fills a rectangle; an empty one draws nothing."""
        if width > 0 and height > 0:
            cv2.rectangle(self.image, (left, top), (left + width - 1, top + height - 1), colour, -1)

    def dot(self, x: int, y: int, radius: int, colour: Colour) -> None:
        """Fills a circle around (x, y)."""
        cv2.circle(self.image, (x, y), radius, colour, -1, cv2.LINE_AA)
