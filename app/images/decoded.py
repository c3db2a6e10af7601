"""From what a video codec leaves to the picture that it means: pixels square, colours ordinary, upright."""

from fractions import Fraction

from av.video.frame import VideoFrame

from app.arrays import Image
from app.images.hdr import HdrImage
from app.images.upright import Turn, turn_of
from app.images.yuv import YuvImage
from app.system.process import MAX_PIXELS

_ODDEST = 10  # pixels more than ten times as wide as high, or as high as wide, are a mistake in the file


def picture_of(decoded: VideoFrame, pixel_aspect: Fraction | None, turn: Turn | None = None) -> Image | YuvImage:
    """Makes the picture of a decoded image.

    Args:
        decoded: the image.
        pixel_aspect: width over height of a pixel; None when the file does not say.
        turn: what makes it upright; None: what its display matrix says.

    Returns:
        The picture; as a `YuvImage` where it need not be converted yet.
    """
    turn = turn_of(decoded) if turn is None else turn
    square = _with_square_pixels(decoded, pixel_aspect)
    if HdrImage.can_hold(square):
        return HdrImage(square, turn)
    image = YuvImage(square, turn)
    return image if YuvImage.can_hold(square) else image.image


def _with_square_pixels(decoded: VideoFrame, aspect: Fraction | None) -> VideoFrame:
    """Stretches an image whose pixels are not square along their longer side, so that nothing is lost."""
    if not aspect or aspect == 1:
        return decoded
    width = round(decoded.width * max(aspect, Fraction(1)))
    height = round(decoded.height * max(1 / aspect, Fraction(1)))
    if not 1 / _ODDEST < aspect < _ODDEST or width * height > MAX_PIXELS:
        return decoded
    return decoded.reformat(width=width, height=height)
