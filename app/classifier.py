"""The ONNX session: uint8 pictures in, probabilities and embeddings out."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from app.contract import EMBEDDING_NAME, INPUT_NAME, PROBS_NAME, ModelContract
from app.errors import ModelError

# One thread keeps the other cores free for decoding and drawing; a 224 px MobileNetV2 takes 4 to 5 ms on one.
DEFAULT_THREADS = 1

_AVX_512VNNI = 23  # CV_CPU_AVX_512VNNI, which OpenCV's Python binding does not name

# ONNX Runtime's exceptions share no base class but Exception.
_ORT_ERRORS: tuple[type[BaseException], ...] = (
    RuntimeError,
    ValueError,
    *(
        kind
        for kind in vars(ort.capi.onnxruntime_pybind11_state).values()
        if isinstance(kind, type) and issubclass(kind, Exception)
    ),
)


@dataclass(frozen=True, eq=False, slots=True)
class Prediction:
    """probs: float32 (N, K), rows sum to one. embedding: float32 (N, D), the pooled features."""

    probs: npt.NDArray[np.float32]
    embedding: npt.NDArray[np.float32]


class Classifier:
    """A model file, checked against its own metadata when it is opened.

    contract: the labels, size, resize rule and thresholds that travel in the file.
    provider: the ONNX Runtime execution provider that runs it.
    """

    def __init__(self, path: Path, threads: int = DEFAULT_THREADS) -> None:
        """Raises ModelError for a file that is missing, is no ONNX model, or breaks the contract."""
        self.path = path
        self._session = _open_session(path, threads)
        self.provider: str = self._session.get_providers()[0]
        try:
            self.contract = ModelContract.from_metadata(self._session.get_modelmeta().custom_metadata_map)
            self._check_signature()
            self._check_outputs()
        except ModelError as error:
            raise ModelError(f"{path}: {error}") from None

    def predict(self, batch: npt.NDArray[np.uint8]) -> Prediction:
        """uint8 RGB (N, S, S, 3), N >= 1, as `prepare` makes them. Raises ValueError for another shape or dtype."""
        size = self.contract.size
        if batch.dtype != np.uint8 or batch.ndim != 4 or batch.shape[1:] != (size, size, 3) or not len(batch):
            raise ValueError(f"expected uint8 (N, {size}, {size}, 3), got {batch.dtype} {batch.shape}")
        probs, embedding = self._session.run([PROBS_NAME, EMBEDDING_NAME], {INPUT_NAME: batch})
        return Prediction(probs, embedding)

    def _check_signature(self) -> None:
        size = self.contract.size
        inputs = {item.name: (item.type, list(item.shape[1:])) for item in self._session.get_inputs()}
        expected = ("tensor(uint8)", [size, size, 3])
        if inputs != {INPUT_NAME: expected}:
            raise ModelError(f"expected one input {INPUT_NAME} {expected}, got {inputs}")
        outputs = [item.name for item in self._session.get_outputs()]
        if not {PROBS_NAME, EMBEDDING_NAME} <= set(outputs):
            raise ModelError(f"expected the outputs {PROBS_NAME} and {EMBEDDING_NAME}, got {', '.join(outputs)}")

    def _check_outputs(self) -> None:
        """Runs a batch of two: the labels must fit the outputs, N must be free; warms the session up as well."""
        size, classes = self.contract.size, len(self.contract.labels)
        try:
            prediction = self.predict(np.zeros((2, size, size, 3), np.uint8))
        except _ORT_ERRORS as error:
            raise ModelError(f"does not run: {_first_line(error)}") from None
        probs, embedding = prediction.probs, prediction.embedding
        if probs.shape != (2, classes):
            raise ModelError(f"{classes} labels need probs of shape (N, {classes}), got {probs.shape}")
        if probs.dtype != np.float32 or not np.allclose(probs.sum(axis=1), 1, atol=1e-3) or probs.min() < 0:
            raise ModelError("probs must be float32 probabilities that sum to one")
        if embedding.ndim != 2 or len(embedding) != 2 or embedding.dtype != np.float32:
            raise ModelError(f"embedding must be float32 (N, D), got {embedding.dtype} {embedding.shape}")


def _open_session(path: Path, threads: int) -> ort.InferenceSession:
    try:
        found = path.is_file()
    except OSError:  # no name that the system would take
        found = False
    if not found:
        raise ModelError(f"{path}: no such model file; give the path of an .onnx file, such as those in models/")
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 4  # errors arrive as exceptions; ORT would print them a second time
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # waiting threads would burn a core
    if not cv2.checkHardwareSupport(_AVX_512VNNI):
        # the sums of int8 products overflow on x86 processors without VNNI; with it, this would be half as fast
        options.add_session_config_entry("session.x64quantprecision", "1")
    try:
        return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except _ORT_ERRORS as error:
        raise ModelError(f"{path}: not an ONNX model that ONNX Runtime can open: {_first_line(error)}") from None


def _first_line(error: BaseException) -> str:
    return str(error).strip().splitlines()[0][:160] if str(error).strip() else type(error).__name__
