"""An int8 model against the fp32 model it was made from: accuracy, agreement, size and speed."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from app.arrays import Images, Ints
from app.errors import ModelError
from app.model.classifier import Classifier
from app.text import counted
from training.data.dataset import Sample
from training.data.decode import prepared_chunks

_RUNS = 50  # of each model, for its latency


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """fp32 and int8 on the same validation images and this machine; pairs are (fp32, int8).

    Attributes:
        images: how many were compared.
        accuracy: 0..1.
        agreement: the share of the same answers, 0..1.
        mb: file size, 1e6 bytes.
        latency_ms: median of one image on one thread.
        float_layers: how many convolutions stayed in fp32.
    """

    images: int
    accuracy: tuple[float, float]
    agreement: float
    mb: tuple[float, float]
    latency_ms: tuple[float, float]
    float_layers: int

    @property
    def loss(self) -> float:
        """The loss of accuracy, 0..1; negative when int8 is the better one."""
        return self.accuracy[0] - self.accuracy[1]

    def to_json(self) -> dict[str, Any]:
        """Converts to the metadata's form: what concerns one of the models is under its name."""
        pairs = {"accuracy": (self.accuracy, 4), "mb": (self.mb, 2), "latency_ms": (self.latency_ms, 2)}
        models = {
            name: {key: round(values[position], digits) for key, (values, digits) in pairs.items()}
            for position, name in enumerate(("fp32", "int8"))
        }
        agreement = round(self.agreement, 4)
        return {"images": self.images, "agreement": agreement, "float_layers": self.float_layers, **models}

    def __str__(self) -> str:
        lines = [
            f"{name}: validation accuracy {accuracy:.2%}, {mb:.1f} MB, {latency_ms:.1f} ms an image"
            for name, accuracy, mb, latency_ms in zip(
                ("fp32", "int8"), self.accuracy, self.mb, self.latency_ms, strict=True
            )
        ]
        kept = f"; {counted(self.float_layers, 'convolution')} kept in fp32" if self.float_layers else ""
        return "\n".join(lines) + f"\nthe same answer for {self.agreement:.1%} of {counted(self.images, 'image')}{kept}"


def compare(fp32: Path, int8: Path, validation: Sequence[Sample], float_layers: int = 0) -> Comparison:
    """Compares two models on the images that can be read.

    Args:
        fp32: an exported model.
        int8: the same, quantised.
        validation: labelled images.
        float_layers: how many convolutions of `int8` stayed in fp32.

    Raises:
        ModelError: none of the images can be read.
    """
    models = [Classifier(path) for path in (fp32, int8)]
    answers, truth = _answers(models, validation)
    first, second = answers
    size = models[0].contract.input.size
    return Comparison(
        images=len(truth),
        accuracy=(float((first == truth).mean()), float((second == truth).mean())),
        agreement=float((first == second).mean()),
        mb=(fp32.stat().st_size / 1e6, int8.stat().st_size / 1e6),
        latency_ms=_latency_ms(models, np.zeros((1, size, size, 3), np.uint8)),
        float_layers=float_layers,
    )


def _answers(models: Sequence[Classifier], validation: Sequence[Sample]) -> tuple[list[Ints], Ints]:
    """The answers of each model and the truth, class numbers (N,)."""
    contract = models[0].contract
    answers: list[list[Ints]] = [[] for _ in models]
    truth: list[int] = []
    for chunk, images in prepared_chunks(validation, contract.input):
        if chunk:
            truth += [contract.labels.index(sample.label) for sample in chunk]
            for model, own in zip(models, answers, strict=True):
                own.append(model.predict(images).probs.argmax(axis=1))
    if not truth:
        raise ModelError("not exported: int8 is judged on the validation images, and none of them can be read")
    return [np.concatenate(own) for own in answers], np.array(truth, np.int64)


def _latency_ms(models: Sequence[Classifier], image: Images) -> tuple[float, float]:
    """Medians of runs that take turns, so that whatever else the machine does affects all alike."""
    times: list[list[float]] = [[] for _ in models]
    for _ in range(_RUNS):
        for model, own in zip(models, times, strict=True):
            start = time.perf_counter()
            model.predict(image)
            own.append(time.perf_counter() - start)
    first, second = (1e3 * float(np.median(own)) for own in times)
    return first, second
