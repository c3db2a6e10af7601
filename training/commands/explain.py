"""Where in a picture a model looks: Grad-CAM (Selvaraju et al. 2017) through the exported graph, without TensorFlow.

With global average pooling the gradient of a logit with respect to the last activation map is its gradient with respect
to the pooled features, spread evenly over the map; so the head alone has to be differentiated.
"""

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from app.arrays import Image
from app.errors import ConfigError
from app.images.lettering import fitting_size, put_text
from app.images.prepare import prepare
from app.images.read import read_image
from app.model.classifier import Classifier
from app.model.contract import INPUT_NAME, PROBS_NAME
from training.onnx_files.split_graph import cut_at_pooling

Floats = npt.NDArray[np.float32]

_BATCH = 32
_STEP = 1e-2  # of central differences: exact in a linear head, small beside features that lie around 0.5
_STRENGTH = 0.65  # of the colours where the map is 1; none where it is 0
_PANEL, _BAR, _TEXT, _PAD = 320, 40, 20, 12  # px
_STEM = 60  # characters of a picture's name that its result keeps


@dataclass(frozen=True, kw_only=True)
class ExplainOptions:
    """What the command line asks for. label: the class to explain, None: the model's answer for each picture."""

    model: Path
    images: list[Path]
    output: Path
    label: str | None = None


class GradCam:
    """An exported model taken apart once, for any number of pictures."""

    def __init__(self, model: Path) -> None:
        """Raises ModelError for a file that breaks the contract, ConfigError for a graph without global pooling."""
        self.contract = Classifier(model).contract
        self._halves = cut_at_pooling(model)
        self._features, self._head = _session(self._halves.features), _session(self._halves.head)

    def __call__(
        self, images: npt.NDArray[np.uint8], labels: npt.NDArray[np.int64] | None = None
    ) -> tuple[Floats, Floats]:
        """RGB uint8 (N, S, S, 3), class numbers (N,) or None for the model's answers -> maps (N, S, S), probs (N, K).

        A map lies in 0..1 with its largest value 1; all 0 when nothing in the picture speaks for the class.
        """
        maps: list[Floats] = []
        probs = [np.empty((0, len(self.contract.labels)), np.float32)]
        for start in range(0, len(images), _BATCH):
            batch = images[start : start + _BATCH]
            names = [PROBS_NAME, self._halves.activation, self._halves.pooled]
            answers, activations, pooled = self._features.run(names, {INPUT_NAME: batch})
            wanted = answers.argmax(axis=1) if labels is None else labels[start : start + _BATCH]
            if not self._halves.channels_last:
                activations = activations.transpose(0, 2, 3, 1)
            views = len(pooled) // len(batch)  # 2 in a model that looks at the mirror images too; those come last
            for activation, features, label in zip(activations, pooled, wanted, strict=views == 1):
                maps.append(_heatmap(activation, self._gradient(features, int(label), views), self.contract.input.size))
            probs.append(answers)
        size = self.contract.input.size
        return np.stack(maps) if maps else np.empty((0, size, size), np.float32), np.concatenate(probs)

    def _gradient(self, features: Floats, label: int, views: int) -> Floats:
        """Of the class's logit with respect to the pooled features, the same in each view: (C,), by central
        differences."""
        channels = features.size
        steps = np.eye(channels, dtype=np.float32) * _STEP
        batch = (features.reshape(1, channels) + np.concatenate([steps, -steps])).reshape(-1, *features.shape)
        (logits,) = self._head.run([self._halves.logits], {self._halves.pooled: np.concatenate([batch] * views)})
        ahead, behind = logits[:channels, label], logits[channels:, label]
        return (ahead - behind) / np.float32(2 * _STEP)  # type: ignore[no-any-return]


def heatmaps(model: Path, images: npt.NDArray[np.uint8], labels: npt.NDArray[np.int64] | None = None) -> Floats:
    """What speaks for a class, float32 (N, S, S) in 0..1, of RGB uint8 (N, S, S, 3) as `prepare` makes it.

    labels: class numbers (N,); None: the model's answers. Raises ModelError and ConfigError as `GradCam` does.
    """
    return GradCam(model)(images, labels)[0]


def overlay(image: Image, heatmap: Floats) -> Image:
    """A new RGB uint8 (H, W, 3): the picture, coloured the more the larger `heatmap`, (H, W) in 0..1, is there."""
    levels = np.round(np.clip(heatmap, 0, 1) * 255).astype(np.uint8)
    colours = cv2.cvtColor(cv2.applyColorMap(levels, cv2.COLORMAP_TURBO), cv2.COLOR_BGR2RGB)
    share = (_STRENGTH * np.clip(heatmap, 0, 1))[..., None]
    return np.round(image * (1 - share) + colours * share).astype(np.uint8)


def explain(options: ExplainOptions) -> None:
    """Writes a PNG for every readable picture: what the model saw, the same with its heatmap, label and confidence.

    Raises AppError for a model that cannot be explained, an unknown label, and when no picture can be read.
    """
    grad_cam = GradCam(options.model)
    labels = grad_cam.contract.labels
    if options.label is not None and options.label not in labels:
        raise ConfigError(f"--label {options.label}: not a class of this model; it knows {', '.join(labels)}")
    wanted = None if options.label is None else np.array([labels.index(options.label)])
    done = 0
    for path in options.images:
        image = read_image(path)
        if image is None:
            print(f"warning: {_shown(path)}: not a readable picture, skipped", file=sys.stderr)
            continue
        seen = prepare(image, grad_cam.contract.input)
        maps, probs = grad_cam(seen[None], wanted)
        caption = _caption(labels, probs[0], options.label)
        target = _write(options.output, path.stem, _figure(seen, maps[0], caption))
        print(f"{_shown(target)}: {caption}")
        done += 1
    if not done:
        raise ConfigError(f"none of the {len(options.images)} pictures can be read; give JPEG, PNG or WebP files")


def _session(model: bytes) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.log_severity_level = 4  # errors arrive as exceptions
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def _heatmap(activation: Floats, gradient: Floats, size: int) -> Floats:
    """The weighted sum of the channels of (H, W, C), what is negative cut off; (size, size), the largest value 1."""
    evidence = np.asarray(cv2.resize(np.maximum(activation @ gradient, 0), (size, size)), np.float32)  # bilinear
    largest = float(evidence.max())
    return evidence / np.float32(largest) if largest > 0 else evidence


def _caption(labels: tuple[str, ...], probs: Floats, label: str | None) -> str:
    answer = int(probs.argmax())
    told = f"{labels[answer]} {probs[answer]:.0%}"
    if label is None or label == labels[answer]:
        return told
    return f"{label} {probs[labels.index(label)]:.0%} (answer: {told})"


def _figure(image: Image, heatmap: Floats, caption: str) -> Image:
    """RGB: the picture and its overlay side by side, and the caption below, as much smaller as it needs to fit."""
    side = max(_PANEL, len(image))
    panels = [
        cv2.resize(panel, (side, side), interpolation=cv2.INTER_LINEAR) for panel in (image, overlay(image, heatmap))
    ]
    figure = np.full((side + _BAR, 2 * side, 3), 24, np.uint8)
    figure[:side] = np.hstack(panels)
    size = fitting_size(caption, _TEXT, 2 * side - 2 * _PAD, 500, least=6)
    put_text(figure, caption, (_PAD, side + _BAR - _PAD), size, (240, 240, 240), 500)
    return figure


def _write(folder: Path, stem: str, figure: Image) -> Path:
    """Into a new file named after the picture; one that exists, a picture of the user's perhaps, stays as it is."""
    data = cv2.imencode(".png", cv2.cvtColor(figure, cv2.COLOR_RGB2BGR))[1].tobytes()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for target in _names(folder, stem):
            try:
                file = target.open("xb")
            except FileExistsError:
                continue
            with file:
                file.write(data)
            break
    except OSError as error:
        raise ConfigError(f"--output {_shown(folder)}: cannot be written ({error.strerror})") from None
    return target


def _names(folder: Path, stem: str) -> Iterator[Path]:
    stem = stem[:_STEM]
    yield folder / f"{stem}.png"
    number = 2
    while True:
        yield folder / f"{stem}-{number}.png"
        number += 1


def _shown(path: Path) -> str:
    """For a terminal: a file name may be any bytes."""
    return os.fsencode(path).decode(errors="replace")
