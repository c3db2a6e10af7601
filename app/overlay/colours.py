"""The overlay's colours, BGR."""

import colorsys

from app.images.lettering import Colour

WHITE, GREY, RED = (245, 245, 245), (185, 185, 185), (60, 60, 235)
UNSURE = (150, 150, 150)  # of a stretch without a label
TRACK = (62, 62, 62)  # behind a bar
STRIP = (40, 40, 40)  # of the strip where nothing was seen

_FIRST_HUE = 0.58  # of the hue circle: blue
_GOLDEN_ANGLE = 0.381966  # of the hue circle: neighbours in the label list get far-apart colours
_SATURATION, _VALUE = 0.62, 0.93
_DIMMED = 0.55


def label_colour(position: int) -> Colour:
    """Returns a bright BGR colour for the label at a position of the label list; the same in every run."""
    hue = (_FIRST_HUE + position * _GOLDEN_ANGLE) % 1
    red, green, blue = colorsys.hsv_to_rgb(hue, _SATURATION, _VALUE)
    return round(255 * blue), round(255 * green), round(255 * red)


def dimmed(colour: Colour) -> Colour:
    """Returns the same colour, dark enough for white text on it."""
    blue, green, red = (round(part * _DIMMED) for part in colour)
    return blue, green, red
