"""The window of the desktop, through OpenCV: it opens with the first image."""

import time

import cv2

from app.arrays import Image
from app.images.fit import fit_into
from app.system.x_keys import XKeys
from app.system.x_window import XWindow

TITLE = "Daily activity"
LOOK_EVERY_S = 0.5  # s between two questions to the X server
MUCH = 0.1  # share of an image that must differ from its corner for a plain window to be a fault
PAINTED_S = 6.0  # s after its opening in which a window that stays plain is opened again
FIRST_SIZE_PX = (1600, 900)  # a larger image opens scaled down to this; the user may resize the window


class Screen:
    """A window, with its keys and its close button. Lives on the main thread, as macOS demands.

    Attributes:
        is_open: whether there is a window.
    """

    def __init__(self) -> None:
        self.is_open = self._is_unpainted = self._shows_much = False
        self._first_size = (1, 1)  # width and height of the image that the window was opened for, px
        self._x_window, self._looked_s, self._opened_s = XWindow(TITLE), time.monotonic(), 0.0
        self._x_keys = XKeys(self._x_window)

    def show(self, image: Image) -> None:
        """Shows an image, uint8 BGR (H, W, 3); one of other proportions than the first gets black bars."""
        if not self.is_open:
            self._open(image)
        self._shows_much = bool((image[::16, ::16] != image[0, 0]).any(axis=2).mean() > MUCH)
        cv2.imshow(TITLE, self._with_bars(image))

    def keys(self) -> list[int]:
        """Returns the codes of the keys that were pressed, in order, and lets the toolkit do its work."""
        code = cv2.pollKey()
        return self._x_keys.up_to(None if code < 0 else code)

    def was_closed(self) -> bool:
        """Returns whether the user has closed the window, or somebody has destroyed it."""
        if self._is_destroyed():
            return True
        if self._is_unpainted:
            self._open_again()
            return False
        try:
            return cv2.getWindowProperty(TITLE, cv2.WND_PROP_VISIBLE) < 1
        except cv2.error:  # what OpenCV's Qt says of a window that is gone
            return True

    def close(self) -> None:
        """Closes the window. May be called twice."""
        if self.is_open:
            self.is_open = False
            cv2.destroyAllWindows()
            cv2.pollKey()  # lets the toolkit carry the closing out

    def _is_destroyed(self) -> bool:
        now_s = time.monotonic()
        if now_s - self._looked_s < LOOK_EVERY_S:
            return False
        self._looked_s = now_s
        self._is_unpainted = now_s < self._opened_s + PAINTED_S and self._shows_much and self._x_window.is_plain()
        return self._x_window.is_gone()

    def _open_again(self) -> None:
        """Qt now and then paints nothing into a new window, ever; another window is painted."""
        self._is_unpainted = False
        cv2.destroyWindow(TITLE)
        self._x_window.forget()
        self.is_open = False

    def _open(self, image: Image) -> None:
        cv2.namedWindow(TITLE, cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO | cv2.WINDOW_GUI_NORMAL)
        height, width = image.shape[:2]
        self._first_size = width, height
        scale = min(1.0, FIRST_SIZE_PX[0] / width, FIRST_SIZE_PX[1] / height)
        cv2.resizeWindow(TITLE, round(width * scale), round(height * scale))
        self.is_open, self._opened_s = True, time.monotonic()

    def _with_bars(self, image: Image) -> Image:
        """The image in the first one's proportions, at its full size: OpenCV would stretch it."""
        height, width = image.shape[:2]
        first_width, first_height = self._first_size
        scale = max(width / first_width, height / first_height)
        size = round(first_width * scale), round(first_height * scale)
        return image if size == (width, height) else fit_into(image, *size)
