"""What a model made elsewhere takes and answers: as its user says, else as the file tells, else as is usual."""

import ast
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto

from app.arrays import Images
from app.config.yaml_file import load_settings
from app.errors import ConfigError, ModelError
from app.images.prepare import InputSpec
from app.text import listed
from training.onnx_files.foreign_model import ForeignModel
from training.onnx_files.graph_values import constants_of, inputs_of
from training.onnx_files.scaling import SCALINGS

LAYOUTS = ("NCHW", "NHWC")
LABELS_BESIDE = "labels.txt"
_NUMBERED = re.compile(r"(\d+)\s+(.+)")
_DTYPES: dict[int, npt.DTypeLike] = {
    TensorProto.FLOAT: np.float32,
    TensorProto.FLOAT16: np.float16,
    TensorProto.UINT8: np.uint8,
}
# Networks of keras.applications by what they call themselves, and the pixels that they were trained on.
_KNOWN_NETWORKS = (
    (r"resnet\d+v2|mobilenet(?!_?v3)|inception|xception|nasnet|expanded_conv", "-1..1"),
    (r"densenet\d", "imagenet"),
    (r"vgg1[69]|resnet(50|101|152)(?!v2|_?v2)", "caffe"),
)


class Choices(msgspec.Struct, frozen=True, kw_only=True):
    """What the user says: flags, over the YAML file beside the model; None: as the file tells."""

    labels: list[str] | str | None = None
    """Class names in the order of the answers, or a text file of them, one a line."""
    size: int | None = None
    """px."""
    scaling: Literal["0..1", "-1..1", "imagenet", "caffe", "none"] | None = None
    layout: Literal["NCHW", "NHWC"] | None = None
    answers: Literal["probs", "logits"] | None = None
    resize: Literal["squeeze", "crop", "stretch"] | None = None


@dataclass(frozen=True)
class Facts:
    """What a model takes and answers.

    Attributes:
        labels: class names, in the order of the answers.
        input: the image.
        dtype: of its pixels.
        scaling: a name of SCALINGS.
        layout: one of LAYOUTS.
        origins: what was found or guessed -> where it is from, for people.
    """

    labels: tuple[str, ...]
    input: InputSpec
    dtype: npt.DTypeLike
    scaling: str
    layout: str
    origins: dict[str, str]


def read_choices(model: Path, flags: dict[str, Any]) -> Choices:
    """Reads the YAML file beside a model, if there is one, and puts the flags over it.

    Args:
        model: the file; `model.h5.yaml` lies beside `model.h5`.
        flags: those that were given, by the field's name.

    Raises:
        ConfigError: the YAML file is wrong.
    """
    sidecar = Path(f"{model}.yaml")
    choices = load_settings(Choices, sidecar if sidecar.is_file() else None)
    if isinstance(choices.labels, str):
        choices = msgspec.structs.replace(choices, labels=str(model.parent / choices.labels))
    return msgspec.structs.replace(choices, **flags)


def find_facts(path: Path, foreign: ForeignModel, choices: Choices) -> Facts:
    """Puts together what the user says and what the file tells.

    Raises:
        ConfigError: something is left open; the message names the flag that says it.
        ModelError: the model takes something else than a square colour image.
    """
    origins: dict[str, str] = {}
    value = _image_input(path, foreign.graph)
    sides = [side.dim_value or None for side in value.type.tensor_type.shape.dim]
    dtype = _DTYPES.get(value.type.tensor_type.elem_type)
    if dtype is None:
        raise ModelError(f"{path}: expected an input of float32, float16 or uint8; write the model again with one")
    layout = _layout(path, sides, choices.layout)
    origins["layout"] = f"{layout}, {'float' if dtype != np.uint8 else 'uint8'} ({_said(choices.layout)})"
    size = _size(path, sides[2:4] if layout == "NCHW" else sides[1:3], choices.size, foreign.metadata)
    origins["size"] = f"{size} px ({'as the file says' if choices.size is None else '--size'})"
    labels, where, is_numbered = _labels(path, foreign.metadata, choices.labels)
    origins["labels"] = f"{len(labels)} ({where})"
    scaling, why = _scaling(path, foreign, dtype, layout, choices.scaling, is_numbered)
    origins["pixels"] = f"{scaling} ({why})"
    resize = choices.resize or ("crop" if is_numbered else "squeeze")
    why = "as Teachable Machine does" if is_numbered else "no file tells; --resize changes it"
    origins["resize"] = f"{resize} ({'as you say' if choices.resize else why})"
    return Facts(labels, InputSpec(size, resize), dtype, scaling, layout, origins)


def native_input(images: Images, facts: Facts) -> npt.NDArray[Any]:
    """Makes the original's input of RGB uint8 (n, S, S, 3), as those who trained it did."""
    scaling = SCALINGS[facts.scaling]
    pixels: npt.NDArray[Any] = images[..., ::-1] if scaling.is_bgr else images
    if facts.scaling != "none":
        pixels = pixels.astype(np.float32) * np.float32(scaling.factor) + np.float32(scaling.offset)
    pixels = pixels.transpose(0, 3, 1, 2) if facts.layout == "NCHW" else pixels
    return np.ascontiguousarray(pixels, facts.dtype)


def _said(choice: object) -> str:
    return "as the file says" if choice is None else "as you say"


def _image_input(path: Path, model: onnx.ModelProto) -> onnx.ValueInfoProto:
    inputs = inputs_of(model.graph)
    if len(inputs) != 1 or len(inputs[0].type.tensor_type.shape.dim) != 4:
        got = listed([f"{value.name} {_shape(value)}" for value in inputs]) or "none"
        raise ModelError(
            f"{path}: expected one input, an image (N, 3, S, S) or (N, S, S, 3), got {got}; give an image classifier"
        )
    batch = inputs[0].type.tensor_type.shape.dim[0].dim_value
    if batch not in (0, 1):
        raise ModelError(f"{path}: takes {batch} images at a time, expected 1 or any number; write it again with that")
    return inputs[0]


def _shape(value: onnx.ValueInfoProto) -> str:
    sides = (side.dim_param or str(side.dim_value or "?") for side in value.type.tensor_type.shape.dim)
    return f"({', '.join(sides)})"


def _layout(path: Path, sides: list[int | None], choice: str | None) -> str:
    colours = dict(zip(LAYOUTS, (sides[1], sides[3]), strict=True))
    certain = [layout for layout, count in colours.items() if count == 3]
    possible = [layout for layout, count in colours.items() if count in (3, None)]
    if choice in possible or (choice is None and len(certain) == 1):
        return choice or certain[0]
    got = ", ".join("?" if side is None else str(side) for side in sides)
    if choice is None and possible:
        raise ConfigError(f"{path}: its input ({got}) does not tell where the colours are; say --layout NCHW or NHWC")
    way = f"leave --layout {choice} out" if certain else "train the model on colour images"
    raise ModelError(f"{path}: expected three colours, (N, 3, S, S) or (N, S, S, 3), got ({got}); {way}")


def _size(path: Path, sides: list[int | None], choice: int | None, metadata: dict[str, str]) -> int:
    own = next((side for side in sides if side is not None), None)
    if any(side not in (own, None) for side in sides):
        raise ModelError(f"{path}: takes images of {sides[1]}x{sides[0]} px, expected square ones; train it on those")
    if own is not None and choice not in (own, None):
        raise ConfigError(f"{path}: takes images of {own} px, --size says {choice}; leave --size out")
    size = own or choice or _literal(metadata.get("imgsz"))
    size = size[0] if isinstance(size, list) and size else size
    if not isinstance(size, int):
        raise ConfigError(f"{path}: takes images of any size; say which it is to see with --size, such as --size 224")
    return size


def _labels(path: Path, metadata: dict[str, str], choice: list[str] | str | None) -> tuple[tuple[str, ...], str, bool]:
    """The names, where they are from, and whether they are numbered as Teachable Machine does."""
    if isinstance(choice, list):
        return tuple(choice), "as you say", False
    names = _literal(metadata.get("names"))  # of Ultralytics
    if choice is None and isinstance(names, dict) and list(names) == list(range(len(names))):
        return tuple(str(name) for name in names.values()), "as the file says", False
    file = path.parent / LABELS_BESIDE if choice is None else Path(choice)
    if choice is None and not file.is_file():
        raise ConfigError(f"{path}: does not name its classes; give a text file of them, one a line, with --labels")
    try:
        lines = [line.strip() for line in file.read_text(encoding="utf-8-sig").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError):
        raise ConfigError(f"{file}: expected a UTF-8 text file of class names, one a line; see --labels") from None
    numbered = [_NUMBERED.fullmatch(line) for line in lines]
    if lines and all(match and int(match[1]) == position for position, match in enumerate(numbered)):
        return tuple(match[2] for match in numbered if match), str(file), True
    return tuple(lines), str(file), False


def _literal(text: str | None) -> Any:
    try:
        return None if text is None else ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None


def _scaling(
    path: Path, foreign: ForeignModel, dtype: npt.DTypeLike, layout: str, choice: str | None, is_numbered: bool
) -> tuple[str, str]:
    if dtype == np.uint8:
        if choice not in (None, "none"):
            raise ConfigError(f"{path}: takes uint8 pixels, --scaling says {choice}; leave --scaling out")
        return "none", "it takes uint8"
    if choice is not None:
        return choice, "as you say"
    inside = _scaling_inside(foreign.graph)
    if inside is not None:
        return inside, "guessed: it scales them itself; --scaling changes it"
    if foreign.metadata.get("author") == "Ultralytics":
        return "0..1", "guessed: a model of Ultralytics; --scaling changes it"
    is_of_tensorflow = layout == "NHWC"  # networks of PyTorch have the same names and other pixels
    names = " ".join(f"{node.name} {' '.join(node.input)}" for node in foreign.graph.graph.node).lower()
    for pattern, scaling in _KNOWN_NETWORKS:
        if is_of_tensorflow and (match := re.search(pattern, names)):
            return scaling, f"guessed: it has layers named {match[0]}; --scaling changes it"
    if is_of_tensorflow and is_numbered:
        return "-1..1", "guessed: a model of Teachable Machine; --scaling changes it"
    raise ConfigError(
        f"{path}: nothing in it tells which numbers its pixels are; say with --scaling how it was trained: 0..1 "
        "(divided by 255), -1..1, imagenet (torchvision, timm), caffe (VGG, ResNet50 of Keras) or none (0..255)"
    )


def _scaling_inside(model: onnx.ModelProto) -> str | None:
    """What pixels a graph takes that begins with the arithmetic of a scaling; None for one that does not."""
    graph = model.graph
    constants = constants_of(graph)
    value = inputs_of(graph)[0].name
    factor, first_offset = 1.0, 0.0
    is_scaled = False
    while len(takers := [node for node in graph.node if value in node.input]) == 1:
        (node,) = takers
        operand = next((constants[name] for name in node.input if name in constants), None)
        if node.op_type in ("Mul", "Div", "Sub", "Add") and operand is not None and operand.size <= 3:
            size = float(np.abs(operand).mean())
            if node.op_type in ("Sub", "Add"):
                first_offset = first_offset if is_scaled else size
            else:
                factor *= size if node.op_type == "Mul" else 1 / max(size, 1e-9)
            is_scaled = True
        elif node.op_type not in ("Cast", "Transpose", "Identity", "Reshape"):
            break
        value = node.output[0]
    if not is_scaled:
        return None
    return "none" if factor < 0.1 or first_offset > 2 else "0..1"
