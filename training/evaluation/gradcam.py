"""Where in an image a model looks: Grad-CAM through the exported graph, without TensorFlow.

Selvaraju et al. 2017, "Grad-CAM: Visual Explanations from Deep Networks". With global average pooling the gradient of a
logit with respect to the last activation map is its gradient with respect to the pooled features, spread evenly over
the map; so the head alone has to be differentiated.
"""

from pathlib import Path

import cv2
import numpy as np
import onnxruntime as ort

from app.arrays import Float32s, Image, Images, Ints
from app.model.classifier import Classifier
from app.model.contract import INPUT_NAME, PROBS_NAME
from training.onnx_files.split_graph import cut_at_pooling

_BATCH = 32
_STEP = 1e-2  # of central differences: exact in a linear head, small beside features that lie around 0.5
_STRENGTH = 0.65  # of the colours where the map is 1; none where it is 0


class GradCam:
    """An exported model taken apart once, for any number of images.

    Attributes:
        contract: the model's.
    """

    def __init__(self, model: Path) -> None:
        """Opens the model.

        Raises:
            ModelError: a file that breaks the contract.
            ConfigError: a graph without global pooling.
        """
        self.contract = Classifier(model).contract
        self._halves = cut_at_pooling(model)
        self._features, self._head = _session(self._halves.features), _session(self._halves.head)

    def __call__(self, images: Images, labels: Ints | None = None) -> tuple[Float32s, Float32s]:
        """Computes what in each image speaks for a class.

        Args:
            images: RGB uint8 (N, S, S, 3), as `prepare` makes them.
            labels: class numbers (N,); None: the model's answers.

        Returns:
            Maps (N, S, S) in 0..1 with the largest value 1, all 0 where nothing speaks for the class, and the
            probabilities (N, K).
        """
        size = self.contract.input.size
        maps = [np.empty((0, size, size), np.float32)]
        probs = [np.empty((0, len(self.contract.labels)), np.float32)]
        for start in range(0, len(images), _BATCH):
            batch = slice(start, start + _BATCH)
            found, answers = self._explain(images[batch], None if labels is None else labels[batch])
            maps.append(found)
            probs.append(answers)
        return np.concatenate(maps), np.concatenate(probs)

    def _explain(self, images: Images, labels: Ints | None) -> tuple[Float32s, Float32s]:
        halves = self._halves
        names = [PROBS_NAME, halves.activation, halves.pooled]
        probs, activations, pooled = self._features.run(names, {INPUT_NAME: images})
        wanted = probs.argmax(axis=1) if labels is None else labels
        if not halves.channels_last:
            activations = activations.transpose(0, 2, 3, 1)
        views = len(pooled) // len(images)  # 2 in a model that sees the mirror images too; those come last
        maps = [
            _heatmap(activation, self._gradient(features, int(label), views), self.contract.input.size)
            for activation, features, label in zip(activations, pooled, wanted, strict=views == 1)
        ]
        return np.stack(maps), probs

    def _gradient(self, features: Float32s, label: int, views: int) -> Float32s:
        """The gradient (C,) of the class's logit with respect to the pooled features, by central differences."""
        channels = features.size
        steps = np.eye(channels, dtype=np.float32) * _STEP
        batch = (features.reshape(1, channels) + np.concatenate([steps, -steps])).reshape(-1, *features.shape)
        every_view = np.concatenate([batch] * views)  # each view moves by the same step
        (logits,) = self._head.run([self._halves.logits], {self._halves.pooled: every_view})
        ahead, behind = logits[:channels, label], logits[channels:, label]
        return (ahead - behind) / np.float32(2 * _STEP)  # type: ignore[no-any-return]


def heatmaps(model: Path, images: Images, labels: Ints | None = None) -> Float32s:
    """Computes the maps alone, see `GradCam`.

    Args:
        model: an exported ONNX file.
        images: RGB uint8 (N, S, S, 3), as `prepare` makes them.
        labels: class numbers (N,); None: the model's answers.

    Returns:
        float32 (N, S, S) in 0..1.

    Raises:
        ModelError: a file that breaks the contract.
        ConfigError: a graph without global pooling.
    """
    return GradCam(model)(images, labels)[0]


def overlay(image: Image, heatmap: Float32s) -> Image:
    """Colours an image by a map.

    Args:
        image: RGB uint8 (H, W, 3), left as it is.
        heatmap: (H, W) in 0..1; the larger, the more colour.

    Returns:
        A new RGB uint8 (H, W, 3).
    """
    levels = np.round(np.clip(heatmap, 0, 1) * 255).astype(np.uint8)
    colours = cv2.cvtColor(cv2.applyColorMap(levels, cv2.COLORMAP_TURBO), cv2.COLOR_BGR2RGB)
    share = (_STRENGTH * np.clip(heatmap, 0, 1))[..., None]
    return np.round(image * (1 - share) + colours * share).astype(np.uint8)


def _session(model: bytes) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.log_severity_level = 4  # errors arrive as exceptions
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def _heatmap(activation: Float32s, gradient: Float32s, size: int) -> Float32s:
    """The weighted sum of the channels of (H, W, C) without its negative part: (size, size), the largest value 1."""
    evidence = np.asarray(cv2.resize(np.maximum(activation @ gradient, 0), (size, size)), np.float32)  # bilinear
    largest = float(evidence.max())
    return evidence / np.float32(largest) if largest > 0 else evidence
