"""What tests are made of: a tiny model that tells colours apart, and clips of plain colours. No TensorFlow."""

import struct
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper
from PIL import Image as Pillow

from app.arrays import Image
from app.entities import Frame
from app.images.prepare import InputSpec
from app.model.contract import ModelContract
from app.sources.base import Source

LABELS = ("red", "green", "blue")
RED, GREEN, BLUE, GREY = (0, 0, 255), (0, 255, 0), (255, 0, 0), (128, 128, 128)  # BGR
SHARPNESS = 8.0  # a pure colour gets probability 0.999, grey a third each


def write_model(
    path: Path,
    labels: Sequence[str] = LABELS,
    *,
    size: int = 32,
    classes: int = 3,
    metadata: dict[str, str] | None = None,
    threshold: float = 0.6,
) -> Path:
    """An ONNX file that keeps the contract: probs = softmax of the mean colour; embedding = the mean colour.

    metadata: replaces the contract's own; for files that break it.
    """
    pick = np.zeros((3, classes), np.float32)
    pick[np.arange(min(3, classes)), np.arange(min(3, classes))] = SHARPNESS
    nodes = [
        helper.make_node("Cast", ["frames"], ["float"], to=TensorProto.FLOAT),
        helper.make_node("Div", ["float", "white"], ["unit"]),
        helper.make_node("ReduceMean", ["unit"], ["embedding"], axes=[1, 2], keepdims=0),
        helper.make_node("MatMul", ["embedding", "pick"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["probs"], axis=-1),
    ]
    graph = helper.make_graph(
        nodes,
        "colours",
        [helper.make_tensor_value_info("frames", TensorProto.UINT8, ["N", size, size, 3])],
        [
            helper.make_tensor_value_info("probs", TensorProto.FLOAT, ["N", classes]),
            helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["N", 3]),
        ],
        [numpy_helper.from_array(pick, "pick"), numpy_helper.from_array(np.array(255, np.float32), "white")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    if metadata is None:
        metadata = ModelContract(tuple(labels), InputSpec(size, "crop"), (threshold,) * len(labels)).to_metadata()
    helper.set_model_props(model, metadata)
    onnx.save(model, path)
    return path


def plain(colour: tuple[int, int, int], width: int = 64, height: int = 48) -> Image:
    """A picture of one BGR colour: uint8 (height, width, 3)."""
    return np.full((height, width, 3), colour, np.uint8)


def write_clip(
    path: Path,
    pictures: Iterable[tuple[Image, float]],
    *,
    codec: str = "libx264",
    format_: str | None = None,
    options: dict[str, str] | None = None,
    pixels: str = "yuv420p",
) -> Path:
    """A video of (BGR picture, presentation time in s); H.264 without loss of colour by default."""
    base = Fraction(1, 1000)
    with av.open(str(path), "w", format=format_) as container:
        stream = None
        for image, time_s in pictures:
            if stream is None:
                stream = container.add_stream(codec, rate=30)
                stream.width, stream.height, stream.pix_fmt = image.shape[1], image.shape[0], pixels
                stream.codec_context.time_base = base
                stream.options = options or {}
            frame = av.VideoFrame.from_ndarray(image, format="bgr24").reformat(format=pixels)
            frame.pts, frame.time_base = round(time_s / base), base
            container.mux(stream.encode(frame))
        assert stream is not None
        container.mux(stream.encode(None))
    return path


def colour_clip(
    path: Path, seconds: float, fps: float, colour_at: Callable[[float], tuple[int, int, int]], **kwargs: int
) -> Path:
    """A clip of plain pictures whose colour at each time is `colour_at(time_s)`."""
    times = [index / fps for index in range(round(seconds * fps))]
    return write_clip(path, ((plain(colour_at(time_s), **kwargs), time_s) for time_s in times))


def stored_as(upright: Image, orientation: int) -> Image:
    """An image as a file stores it whose EXIF orientation, 1 to 8, makes it `upright` again."""
    turned = np.rot90(upright, {3: 2, 4: 2, 5: 1, 6: 1, 7: 3, 8: 3}.get(orientation, 0))
    if orientation in (2, 4):
        turned = np.fliplr(turned)
    elif orientation in (5, 7):
        turned = np.flipud(turned)
    return np.ascontiguousarray(turned)


def corners() -> Image:
    """Red top left, green top right, blue bottom left, white bottom right; 96x64."""
    image = np.zeros((64, 96, 3), np.uint8)
    image[:32, :48], image[:32, 48:], image[32:, :48], image[32:, 48:] = RED, GREEN, BLUE, (255,) * 3
    return image


def write_oriented(path: Path, upright: Image, orientation: int) -> Path:
    """An image file whose EXIF data says how to turn what it stores: JPEG, PNG, WebP or TIFF."""
    stored = Pillow.fromarray(np.ascontiguousarray(stored_as(upright, orientation)[..., ::-1]))
    exif = Pillow.Exif()
    exif[0x0112] = orientation
    stored.save(path, exif=exif, quality=95)
    return path


def exif_jpeg(image: Image, orientation: int) -> bytes:
    """A JPEG whose EXIF data says how to turn and mirror it, 1 to 8; 6 is by 90 degrees clockwise."""
    jpeg = cv2.imencode(".jpg", image)[1].tobytes()
    entry = struct.pack("<HHIHH", 0x0112, 3, 1, orientation, 0)  # tag, SHORT, one of them
    exif = b"Exif\0\0II*\0" + struct.pack("<IH", 8, 1) + entry + struct.pack("<I", 0)
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + jpeg[2:]


class Pictures(Source):
    """A source of given pictures at a steady rate; raises `error` after the last, if there is one."""

    def __init__(
        self,
        pictures: Iterable[Image],
        *,
        fps: float = 10.0,
        start_s: float = 0.0,
        live: bool = False,
        pause_s: float = 0.0,
        error: Exception | None = None,
        name: str = "pictures",
    ) -> None:
        self.source_id, self.is_live = name, live
        self._pictures, self._fps, self._start_s = pictures, fps, start_s
        self._pause_s, self._error = pause_s, error
        self._stopped = threading.Event()
        self.closed = 0

    def __iter__(self) -> Iterator[Frame]:
        for index, image in enumerate(self._pictures):
            if self._stopped.wait(self._pause_s):
                return
            yield Frame(image, index, self._start_s + index / self._fps, self.source_id)
        if self._error is not None:
            raise self._error

    def stop(self) -> None:
        self._stopped.set()

    def close(self) -> None:
        self.closed += 1


def luminance(bgr: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Relative luminance, 0..1, of BGR colours (..., 3), as WCAG's contrast counts it."""
    blue, green, red = np.moveaxis((np.asarray(bgr, float) / 255) ** 2.2, -1, 0)
    return np.asarray(blue * 0.0722 + green * 0.7152 + red * 0.2126)


def write_cue_model(path: Path, base: Path, cue: str, label: str = "blue") -> Path:
    """A model that takes cues beside: of the model `base`, but a found `cue` makes it answer `label`."""
    from app.cues.vector import NAMES, SPEC

    model = onnx.load(base)
    contract = ModelContract.from_metadata({item.key: item.value for item in model.metadata_props})
    strength = np.zeros((len(NAMES), len(contract.labels)), np.float32)
    strength[NAMES.index(cue), contract.labels.index(label)] = 100
    for node in model.graph.node:
        if node.op_type == "Softmax":
            node.input[0] = "with_cues"
            node.op_type, softmax = "Add", node.output[0]
            node.input[:], node.output[:] = ["logits", "of_cues"], ["with_cues"]
            del node.attribute[:]
    model.graph.node.insert(0, helper.make_node("MatMul", ["cues", "strength"], ["of_cues"]))
    model.graph.node.append(helper.make_node("Softmax", ["with_cues"], [softmax], axis=-1))
    model.graph.initializer.append(numpy_helper.from_array(strength, "strength"))
    model.graph.input.append(helper.make_tensor_value_info("cues", TensorProto.FLOAT, ["N", len(NAMES)]))
    taking = ModelContract(contract.labels, contract.input, contract.thresholds, contract.info, SPEC)
    helper.set_model_props(model, taking.to_metadata())
    onnx.save(model, path)
    return path
