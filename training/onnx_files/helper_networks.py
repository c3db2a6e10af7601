"""The helper networks of app/cues: TFLite files of MediaPipe and a YOLOX into ONNX, weights in half precision."""

import hashlib
import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime as ort
import tensorflow as tf
import tf2onnx

from app.errors import ConfigError, ModelError
from app.outputs import check_target, write_text, written_whole
from training.onnx_files.fp16 import halve_weights

OPSET = 17
ALIKE = 0.02  # largest difference of an output over its largest value, between the published file and this one
SOURCES = {  # name here -> the published file
    "face_detection": "face_detection_short_range.tflite",
    "face_points": "face_landmark.tflite",
    "eye_points": "iris_landmark.tflite",
    "palm_detection": "palm_detection_lite.tflite",
    "hand_points": "hand_landmark_lite.tflite",
    "objects": "yolox_nano.onnx",
}
_IMAGES = 4
_WHITE = {"objects": 255.0}  # the level of white that a network expects, where it is not 1
_SUMS = "SHA256SUMS"

Arrays = list[npt.NDArray[np.float32]]


def convert_helpers(source: Path, output: Path, *, overwrite: bool) -> Mapping[str, float]:
    """Converts all of them, and writes their checksums.

    Args:
        source: the folder with the published files.
        output: the folder to write to.
        overwrite: whether files that are there may be replaced.

    Returns:
        Name -> how far the file's answers to noise are from those of the published file, as a share of the largest.

    Raises:
        ConfigError: a published file is missing.
        ModelError: a file answers otherwise than the published one.
    """
    missing = [name for name in SOURCES.values() if not (source / name).is_file()]
    if missing:
        raise ConfigError(f"{source}: expected {', '.join(missing)}; see models/helpers/NOTICE for where they are from")
    inputs = [source / name for name in SOURCES.values()]
    for name in SOURCES:
        check_target(output / f"{name}.onnx", overwrite=overwrite, make_folder=True, inputs=inputs)
    differences = {name: _convert(source / published, output / f"{name}.onnx") for name, published in SOURCES.items()}
    sums = (f"{_sha256(output / f'{name}.onnx')}  {name}.onnx\n" for name in sorted(SOURCES))
    write_text(output / _SUMS, "".join(sums))
    return differences


def _convert(published: Path, output: Path) -> float:
    with tempfile.TemporaryDirectory(prefix="helper-") as folder:
        whole = Path(folder) / "whole.onnx"
        if published.suffix == ".tflite":
            tf2onnx.convert.from_tflite(str(published), opset=OPSET, output_path=str(whole))
        else:
            whole.write_bytes(published.read_bytes())
        with written_whole(output) as draft:
            onnx.save(halve_weights(onnx.load(whole)), draft)
            worst = _difference(published, draft, _WHITE.get(output.stem, 1.0))
            if not worst <= ALIKE:
                raise ModelError(f"{output}: not written: it answers otherwise than {published.name}, by {worst:.2g}")
    return worst


def _difference(published: Path, converted: Path, white: float) -> float:
    session = ort.InferenceSession(str(converted), providers=["CPUExecutionProvider"])
    (wanted_input,) = session.get_inputs()
    rng = np.random.default_rng(0)
    worst = 0.0
    for _ in range(_IMAGES):
        image = rng.random(wanted_input.shape, np.float32) * np.float32(white)
        found = session.run(None, {wanted_input.name: image})
        for one, other in zip(found, _published_answer(published, image), strict=True):
            worst = max(worst, float(np.abs(one - other).max() / max(float(np.abs(other).max()), 1e-6)))
    return worst


def _published_answer(published: Path, image: npt.NDArray[np.float32]) -> Arrays:
    if published.suffix == ".onnx":
        session = ort.InferenceSession(str(published), providers=["CPUExecutionProvider"])
        return [np.asarray(output) for output in session.run(None, {session.get_inputs()[0].name: image})]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # that another package will have it one day
        interpreter = tf.lite.Interpreter(str(published))
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], image)
    interpreter.invoke()
    return [interpreter.get_tensor(output["index"]) for output in interpreter.get_output_details()]


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
