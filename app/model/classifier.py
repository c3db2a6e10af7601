"""The model as a function: uint8 images in, probabilities and embeddings out."""

import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.arrays import Float32s, Images
from app.errors import ModelError
from app.model.contract import CUES_NAME, EMBEDDING_NAME, INPUT_NAME, PROBS_NAME, ModelContract
from app.model.foreign import ONNX, advice
from app.model.onnx_session import CPU, ORT_ERRORS, first_line, open_session, providers_to_try
from app.system.cores import usable_cores

# One thread leaves the other cores to decode, draw and record. On two, the network alone is a quarter faster, but files
# are labelled no sooner.
DEFAULT_THREADS = 1
# A frame of a file need not wait for the one before it; with four under way, decoding takes longer than the network.
MOST_IN_FLIGHT = 4

_EXPORT = "export the model with this project"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False, slots=True)
class Prediction:
    """The model's answers to N images.

    Attributes:
        probs: float32 (N, K); what a row lacks of one is the probability of none of the classes.
        embedding: float32 (N, D), the pooled features.
    """

    probs: Float32s
    embedding: Float32s


class Classifier:
    """A model file, checked against its own metadata when it is opened.

    Attributes:
        path: the file.
        contract: the labels, input and thresholds that travel in the file.
        provider: the ONNX Runtime execution provider that runs it.

    Example:
        >>> from app import Classifier
        >>> classifier = Classifier("models/daily_activity.onnx")
        >>> "drinking" in classifier.contract.labels, classifier.provider
        (True, 'CPUExecutionProvider')
    """

    def __init__(self, path: str | Path, threads: int = DEFAULT_THREADS, provider: str = "cpu") -> None:
        """Opens the file, and runs it once.

        Args:
            path: an ONNX file exported by this project.
            threads: how many work on one run of the network; 0: one a core.
            provider: a name of PROVIDERS, or "auto": the first provider that is there and runs the model.

        Raises:
            ModelError: the file is missing, is no ONNX model, or breaks the contract; or the provider is not installed
                or cannot run the model.
        """
        self.path, self._threads = Path(path), threads
        to_try = providers_to_try(provider)
        for name in to_try:
            try:
                self._open(threads, name)
            except ModelError as error:
                if name == to_try[-1]:
                    raise ModelError(f"{path}: {error}") from None
                _log.info("%s does not run on %s: %s", path, name, error)
            else:
                return

    def _open(self, threads: int, provider: str) -> None:
        self._session = open_session(self.path, threads, provider)
        self.provider: str = self._session.get_providers()[0]
        try:
            metadata = self._session.get_modelmeta().custom_metadata_map
            if not ModelContract.is_in(metadata):
                raise ModelError(advice(self.path, ONNX))
            self.contract = ModelContract.from_metadata(metadata)
            self._check_signature()
        except UnicodeDecodeError:
            raise ModelError("names or metadata that are no UTF-8 text; is the file damaged?") from None
        self._check_outputs()

    @property
    def max_in_flight(self) -> int:
        """How many threads may usefully call `predict` at the same time; 0 when one after the other is best.

        Example:
            >>> from app import Classifier
            >>> Classifier("models/daily_activity.onnx", threads=0).max_in_flight  # one run takes every core
            0
        """
        fitting = usable_cores() // self._threads if self._threads else 0
        return min(MOST_IN_FLIGHT, fitting) if self.provider == CPU and fitting > 1 else 0

    def predict(self, batch: Images, cues: Float32s | None = None) -> Prediction:
        """Runs the network.

        Args:
            batch: uint8 RGB (N, S, S, 3), N >= 1, as `prepare` makes them.
            cues: float32 (N, C), for a model that takes them: `contract.cues` names them. Zeros, and None, mean that
                nobody looked for any: the image alone counts.

        Raises:
            ValueError: another shape or dtype.

        Example:
            >>> import cv2
            >>> import numpy as np
            >>> from app import Classifier, prepare
            >>> classifier = Classifier("models/daily_activity.onnx")
            >>> photo = prepare(cv2.imread("photo.jpg"), classifier.contract.input)
            >>> probs = classifier.predict(np.stack([photo, photo])).probs
            >>> probs.shape, classifier.contract.labels[probs[0].argmax()]
            ((2, 16), 'texting')
        """
        size = self.contract.input.size
        if batch.dtype != np.uint8 or batch.ndim != 4 or batch.shape[1:] != (size, size, 3) or not len(batch):
            raise ValueError(f"expected uint8 (N, {size}, {size}, 3), got {batch.dtype} {batch.shape}")
        inputs: dict[str, Images | Float32s] = {INPUT_NAME: batch}
        if self.contract.cues is not None:
            shape = (len(batch), len(self.contract.cues.names))
            cues = np.zeros(shape, np.float32) if cues is None else cues
            if cues.dtype != np.float32 or cues.shape != shape:
                raise ValueError(f"expected cues as float32 {shape}, got {cues.dtype} {cues.shape}")
            inputs[CUES_NAME] = cues
        probs, embedding = self._session.run([PROBS_NAME, EMBEDDING_NAME], inputs)
        return Prediction(probs, embedding)

    def _check_signature(self) -> None:
        size = self.contract.input.size
        inputs = {item.name: (item.type, list(item.shape[1:])) for item in self._session.get_inputs()}
        expected: dict[str, tuple[str, list[int]]] = {INPUT_NAME: ("tensor(uint8)", [size, size, 3])}
        if self.contract.cues is not None:
            expected[CUES_NAME] = ("tensor(float)", [len(self.contract.cues.names)])
        if inputs != expected:
            wanted = " and ".join(f"{name} {signature}" for name, signature in expected.items())
            raise ModelError(f"expected the input {wanted}, got {inputs}; {_EXPORT}")
        outputs = [item.name for item in self._session.get_outputs()]
        if not {PROBS_NAME, EMBEDDING_NAME} <= set(outputs):
            raise ModelError(
                f"expected the outputs {PROBS_NAME} and {EMBEDDING_NAME}, got {', '.join(outputs)}; {_EXPORT}"
            )

    def _check_outputs(self) -> None:
        """Runs a batch of two: the labels must fit the outputs, N must be free; warms the session up as well."""
        size, classes = self.contract.input.size, len(self.contract.labels)
        try:
            prediction = self.predict(np.zeros((2, size, size, 3), np.uint8))
        except ORT_ERRORS as error:
            raise ModelError(f"does not run: {first_line(error)}") from None
        probs, embedding = prediction.probs, prediction.embedding
        if probs.shape != (2, classes):
            raise ModelError(f"{classes} labels need probs of shape (N, {classes}), got {probs.shape}; {_EXPORT}")
        if probs.dtype != np.float32 or not (probs.min() >= 0 and probs.sum(axis=1).max() <= 1 + 1e-3):  # NaN too
            raise ModelError(f"probs must be float32 probabilities that sum to one or less; {_EXPORT}")
        if embedding.ndim != 2 or len(embedding) != 2 or embedding.dtype != np.float32:
            raise ModelError(f"embedding must be float32 (N, D), got {embedding.dtype} {embedding.shape}; {_EXPORT}")
