"""Opens a model made elsewhere, whatever its form: as an ONNX graph, beside the original to compare it with."""

import json
import logging
import shutil
import sys
import tempfile
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from google.protobuf.message import DecodeError

from app.errors import ConfigError, ModelError
from app.model.contract import ModelContract
from app.model.foreign import HDF5, KERAS, SAVED_MODEL, TFLITE, Form, advice, form_of
from app.model.onnx_session import ORT_ERRORS, first_line, open_session
from app.teach.onnx_graph import read_metadata

NEED_TENSORFLOW = frozenset({KERAS, HDF5, SAVED_MODEL, TFLITE})
OPSET = 17  # that of the general network, which teaching joins to a model
Array = npt.NDArray[Any]
Answers = Callable[[Array], list[Array]]


@dataclass(frozen=True, eq=False)
class ForeignModel:
    """A model made elsewhere.

    Attributes:
        what: it is, in words.
        graph: the same as ONNX, with the original's inputs and outputs.
        answers: the original: its input -> its outputs, in the graph's order.
        metadata: what an ONNX file says of itself; {} for the other forms.
    """

    what: str
    graph: onnx.ModelProto
    answers: Answers
    metadata: dict[str, str]


def open_foreign(path: Path, size: int | None) -> ForeignModel:
    """Opens a file or folder.

    Args:
        path: a Keras or HDF5 file, a TensorFlow Lite file, a SavedModel folder, else an ONNX file.
        size: px of the input where the model leaves it free; None: as the model says.

    Raises:
        ModelError: it is none of these, is damaged, or has parts that ONNX does not know.
        ConfigError: the size is needed.
    """
    form = form_of(path)
    openers: dict[Form, Callable[[], ForeignModel]] = {
        KERAS: lambda: _of_keras(path, size),
        HDF5: lambda: _of_keras(path, size),
        SAVED_MODEL: lambda: _of_saved_model(path, size),
        TFLITE: lambda: _of_tflite(path),
    }
    if form is None:
        return _of_onnx(path)
    if form not in openers:
        raise ModelError(f"{path}: {advice(path, form)}")
    logging.getLogger("tf2onnx").setLevel(logging.ERROR)
    logging.getLogger("absl").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Keras and TensorFlow, on how the file was made
        try:
            return openers[form]()
        except (ModelError, ConfigError):
            raise
        except Exception as error:  # noqa: BLE001 (Keras, TensorFlow and tf2onnx raise whatever they meet)
            reason = first_line(error)
            raise ModelError(
                f"{path}: {form.what}, but it cannot be opened or converted ({reason}); save it again with a current "
                "Keras, or write it as ONNX where it was made and import that"
            ) from None


def original_answers(path: Path, foreign: ForeignModel, batch: Array) -> list[Array]:
    """Runs the original.

    Raises:
        ModelError: it does not run on such an input.
    """
    try:
        return foreign.answers(batch)
    except _run_errors() as error:
        reason = first_line(error)
        raise ModelError(
            f"{path}: does not run on {batch.dtype} {batch.shape[1:]} ({reason}); is --size right?"
        ) from None


def _run_errors() -> tuple[type[BaseException], ...]:
    """What ONNX Runtime and Keras raise of an input that does not fit; TensorFlow too, where it is in use."""
    tensorflow = sys.modules.get("tensorflow")
    return (*ORT_ERRORS, TypeError) if tensorflow is None else (*ORT_ERRORS, TypeError, tensorflow.errors.OpError)


def _of_onnx(path: Path) -> ForeignModel:
    try:
        session = open_session(path, 0, "cpu")
        model = onnx.load(path)
        feeds = [(feed.name, feed.shape) for feed in session.get_inputs()]
    except ModelError as error:
        raise ModelError(f"{path}: {error}") from None
    except (OSError, DecodeError, UnicodeDecodeError) as error:  # the last one: a name that is not UTF-8
        raise ModelError(f"{path}: cannot be read as ONNX ({first_line(error)}); write it again") from None
    metadata = read_metadata(model)
    if ModelContract.is_in(metadata):
        raise ModelError(f"{path}: is a model of this project already; use it as it is")

    def answers(batch: Array) -> list[Array]:
        return [np.asarray(output) for output in session.run(None, {feeds[0][0]: batch})]

    is_single = bool(feeds) and list(feeds[0][1][:1]) == [1]
    return ForeignModel("an ONNX model", _at_opset(model), _as_batched(answers, is_single), metadata)


def _at_opset(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model at the general network's opset, where ONNX can convert it; else as it is."""
    if any(item.domain in ("", "ai.onnx") and item.version == OPSET for item in model.opset_import):
        return model
    try:
        return onnx.version_converter.convert_version(model, OPSET)
    except (RuntimeError, ValueError, onnx.checker.ValidationError):
        return model


def _of_keras(path: Path, size: int | None) -> ForeignModel:
    import keras
    import tensorflow as tf

    from training.networks.model import without_xla

    model = without_xla(_load_keras(path, keras))
    if len(model.inputs) != 1:
        raise ModelError(f"{path}: expected one input, an image, got {len(model.inputs)}; give a model of images alone")
    (taken,) = model.inputs
    spec = tf.TensorSpec(_sized(path, taken.shape, size), taken.dtype, name="input")
    return _of_function(path, lambda batch: model(batch, training=False), spec, "a Keras model")


def _load_keras(path: Path, keras: Any) -> Any:
    with tempfile.TemporaryDirectory(prefix="import-") as folder:
        copy = Path(folder) / ("model.h5" if form_of(path) is HDF5 else "model.keras")  # Keras goes by the name
        shutil.copyfile(path, copy)
        if copy.suffix == ".h5":
            _modernise(path, copy)
        return keras.models.load_model(copy, compile=False)


def _modernise(path: Path, copy: Path) -> None:
    """Changes what Keras 2 wrote, and Teachable Machine still does, into what Keras 3 reads."""
    import h5py

    with h5py.File(copy, "r+") as file:
        if "model_config" not in file.attrs:
            raise ModelError(
                f"{path}: holds weights without their network; save the whole model where it was made: "
                "model.save('model.keras')"
            )
        config = json.loads(file.attrs["model_config"])
        _modernise_layer(config)
        file.attrs["model_config"] = json.dumps(config)


def _modernise_layer(layer: dict[str, Any]) -> None:
    config = layer["config"]
    if not isinstance(config, dict):
        return
    if layer["class_name"] == "DepthwiseConv2D":
        config.pop("groups", None)
    for ends in ("input_layers", "output_layers"):
        if len(config.get(ends) or ()) == 1 and isinstance(config[ends][0], list):
            config[ends] = config[ends][0]  # a list of one would be passed on as a list, not as a tensor
    for inner in config.get("layers", ()):
        _modernise_layer(inner)


def _of_saved_model(path: Path, size: int | None) -> ForeignModel:
    import tensorflow as tf

    loaded = tf.saved_model.load(str(path))
    signature = loaded.signatures.get("serving_default")
    inputs = signature.structured_input_signature[1] if signature else {}
    if len(inputs) != 1:
        raise ModelError(
            f"{path}: expected the signature serving_default with one input, an image, got {len(inputs)} inputs; "
            "export the Keras model again: model.export(folder)"
        )
    ((name, taken),) = inputs.items()
    spec = tf.TensorSpec(_sized(path, taken.shape, size), taken.dtype, name="input")

    def ordered(batch: Any) -> list[Any]:
        outputs = signature(**{name: batch})
        return [outputs[key] for key in sorted(outputs)]

    return _of_function(path, ordered, spec, "a TensorFlow SavedModel")


def _of_function(path: Path, function: Callable[[Any], Any], spec: Any, what: str) -> ForeignModel:
    import tensorflow as tf
    import tf2onnx

    traced = tf.function(function, input_signature=[spec])
    graph, _ = tf2onnx.convert.from_function(traced, input_signature=[spec], opset=OPSET)

    def answers(batch: Array) -> list[Array]:
        return [output.numpy() for output in tf.nest.flatten(function(tf.constant(batch)))]

    return ForeignModel(what, graph, _as_batched(answers, spec.shape[0] == 1), {})


def _of_tflite(path: Path) -> ForeignModel:
    import tensorflow as tf
    import tf2onnx

    graph, _ = tf2onnx.convert.from_tflite(str(path), opset=OPSET)
    interpreter = tf.lite.Interpreter(str(path))
    interpreter.allocate_tensors()
    (taken,) = interpreter.get_input_details()

    def answers(image: Array) -> list[Array]:
        interpreter.set_tensor(taken["index"], image)
        interpreter.invoke()
        return [interpreter.get_tensor(output["index"]) for output in interpreter.get_output_details()]

    return ForeignModel("a TensorFlow Lite model", graph, _as_batched(answers, is_single=True), {})


def _sized(path: Path, shape: Sequence[int | None], size: int | None) -> tuple[int | None, ...]:
    """The shape with `size` in place of what is free, but for the batch."""
    batch, *given = shape
    rest = [size if side is None else side for side in given]
    if None in rest:
        raise ConfigError(f"{path}: takes images of any size; say which it is to see with --size, such as --size 224")
    return (batch, *rest)


def _as_batched(answers: Answers, is_single: bool) -> Answers:
    """A model of one image at a time as one of many."""
    if not is_single:
        return answers

    def batched(images: Array) -> list[Array]:
        each = [answers(images[position : position + 1]) for position in range(len(images))]
        return [np.concatenate(outputs) for outputs in zip(*each, strict=True)]

    return batched
