"""The helper networks that come with the program: one ONNX file each."""

from pathlib import Path

import numpy as np
import onnxruntime as ort

from app.arrays import Float32s, Image
from app.errors import ModelError
from app.model.onnx_session import open_session
from app.paths import HELPERS


def to_unit(image: Image) -> Float32s:
    """Scales pixels 0..255 to float32 0..1, which most of the networks take."""
    return image.astype(np.float32) / np.float32(255)


class HelperNetwork:
    """A small network, run on one image at a time, in one thread."""

    def __init__(self, file: str | Path) -> None:
        """Opens the file.

        Args:
            file: its path, or the name of one in models/helpers, without suffix.

        Raises:
            ModelError: it is missing or damaged.
        """
        path = file if isinstance(file, Path) else HELPERS / f"{file}.onnx"
        try:
            self._session: ort.InferenceSession = open_session(path, threads=1, provider="cpu")
        except ModelError:
            raise ModelError(f"{path}: missing or damaged; get it again, or set cues.use to off") from None
        self._input = self._session.get_inputs()[0].name

    def run(self, image: Float32s | Image) -> list[Float32s]:
        """Runs the network.

        Args:
            image: as the network expects it, without the axis of the batch.

        Returns:
            Its outputs, float32, without that axis.
        """
        return [np.asarray(output[0], np.float32) for output in self._session.run(None, {self._input: image[None]})]
