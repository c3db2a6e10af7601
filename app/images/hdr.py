"""HDR video (PQ as in HDR10, HLG as telephones record) in the colours of an ordinary screen."""

from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt
from av.video.frame import VideoFrame
from av.video.reformatter import Colorspace

from app.arrays import Float64s, Image
from app.images.prepare import InputSpec, prepare
from app.images.yuv import YuvImage

_PQ, _HLG = 16, 18  # FFmpeg's AVCOL_TRC_SMPTE2084 and AVCOL_TRC_ARIB_STD_B67
_BT709, _UNSAID = 1, 2  # FFmpeg's AVCOL_PRI_BT709; unsaid primaries and colour spaces of HDR video are BT.2020
_WHITE_NITS = 203.0  # what is white on an ordinary screen (ITU-R BT.2408)
_KNEE = 0.75  # of white: darker light stays as it is, brighter is pressed together below white
_SCREEN_GAMMA = 2.4  # of an ordinary screen (ITU-R BT.1886)
_LEVELS = 65536  # of 16 bits
_TO_BT709 = np.array([[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]])  # BT.2087


class HdrImage(YuvImage):
    """A decoded HDR image that becomes an ordinary one when somebody asks for it."""

    @staticmethod
    def can_hold(decoded: VideoFrame) -> bool:
        """Returns whether the image is tagged as PQ or HLG."""
        return int(decoded.color_trc) in (_PQ, _HLG)

    def to_bgr(self) -> Image:
        return self._upright(_ordinary(self._decoded))

    def prepare(self, spec: InputSpec) -> Image:
        wide, high = self._decoded.width, self._decoded.height
        by = max(1, min(wide, high) // (2 * spec.size))  # `prepare` halves what is left
        small = self._decoded.reformat(width=wide // by, height=high // by, interpolation="AREA")
        return prepare(self._upright(_ordinary(small)), spec)


def _ordinary(decoded: VideoFrame) -> Image:
    """The image as an ordinary screen shows it: uint8 BGR."""
    space = Colorspace.BT2020 if int(decoded.colorspace) == _UNSAID else None
    coded = decoded.to_ndarray(format="rgb48le", src_colorspace=space)
    light = cv2.LUT(coded, _light(int(decoded.color_trc)))
    to_bt709 = np.eye(3) if int(decoded.color_primaries) == _BT709 else _TO_BT709
    return np.asarray(cv2.LUT(cv2.transform(light, to_bt709[::-1]), _codes()), np.uint8)  # reversed: from RGB to BGR


@lru_cache
def _light(transfer: int) -> npt.NDArray[np.uint16]:
    """The light of each code, white being the largest number."""
    codes = np.linspace(0, 1, _LEVELS)
    light = (_pq_nits(codes) if transfer == _PQ else _hlg_nits(codes)) / _WHITE_NITS
    room = 1 - _KNEE
    bright = _KNEE + room * (1 - np.exp(-(light - _KNEE) / room))
    return np.asarray(np.rint(np.where(light < _KNEE, light, bright) * (_LEVELS - 1)), np.uint16)


@lru_cache
def _codes() -> Image:
    """What an ordinary screen needs to show each light."""
    return np.asarray(np.rint(np.linspace(0, 1, _LEVELS) ** (1 / _SCREEN_GAMMA) * 255), np.uint8)


def _pq_nits(codes: Float64s) -> Float64s:
    """The light that PQ codes mean (SMPTE ST 2084)."""
    root = codes ** (32 / 2523)
    return np.asarray(10000 * (np.maximum(root - 3424 / 4096, 0) / (2413 / 128 - 2392 / 128 * root)) ** (16384 / 2610))


def _hlg_nits(codes: Float64s) -> Float64s:
    """The light that HLG codes mean on the screen of 1000 nits for which they are made (ITU-R BT.2100)."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = np.where(codes <= 0.5, codes**2 / 3, (np.exp((codes - c) / a) + b) / 12)
    return np.asarray(1000 * scene**1.2)
