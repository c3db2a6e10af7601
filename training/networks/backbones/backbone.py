"""What is known of a network besides its layers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Number = float | tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class Backbone:
    """A network without its top.

    Attributes:
        build: (size in px or None for any, colour channels, alpha, "imagenet" or None) -> keras.Model,
            (N, S, S, C) -> (N, h, w, D). A network without published weights ignores the last.
        scale: its input is image * scale + offset, image 0..255; one number, or one a channel (RGB).
        offset: as for scale.
        min_size: the smallest side it takes, px.
        grey_channels: of its input for grey images; networks with published weights want three equal ones.
        has_alpha: its width can be set.
        imagenet_alphas: the widths with published weights; () for none.
        core: the layer at which the network proper begins, behind the input scaling that Keras builds in; None: the
            first.
        bgr: its published weights expect BGR.
    """

    build: Callable[[int | None, int, float, str | None], Any]
    scale: Number = 1 / 127.5
    offset: Number = -1.0
    min_size: int = 32
    grey_channels: int = 3
    has_alpha: bool = False
    imagenet_alphas: tuple[float, ...] = (1.0,)
    core: str | None = None
    bgr: bool = False
