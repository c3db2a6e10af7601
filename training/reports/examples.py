"""The images that a report shows: the surest mistakes and the surest hits, each with what spoke for the answer."""

import base64
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from app.arrays import Float32s, Image, Images, Ints
from app.errors import AppError
from app.images.prepare import InputSpec
from app.model.contract import ModelContract
from training.data.dataset import Sample
from training.data.decode import prepared_chunks, stack
from training.evaluation.coverage import above_threshold
from training.evaluation.gradcam import heatmaps, overlay

_QUALITY = 82
_SIDE = 192  # px of a thumbnail, at most
_PER_PAIR = 2  # mistakes of one kind: a dozen of the same teach no more than two


@dataclass(frozen=True, kw_only=True)
class Example:
    """One image with the model's answer.

    Attributes:
        name: of the file, below the data root.
        truth: a class number.
        answer: a class number.
        confidence: the probability of the answer.
        of_truth: the probability of the truth.
        is_above: the answer is above its threshold.
        image: a JPEG as data URI, the square that the model sees.
        heatmap: the same with what spoke for the answer; None where the model cannot be explained.
    """

    name: str
    truth: int
    answer: int
    confidence: float
    of_truth: float
    is_above: bool
    image: str
    heatmap: str | None


def worst(probs: Float32s, truth: Ints, most: int) -> list[int]:
    """Chooses wrong answers, the surest first; at most two of the same truth and answer.

    Args:
        probs: (N, K).
        truth: (N,), class numbers.
        most: how many.

    Returns:
        Rows of `probs`.
    """
    answers = probs.argmax(axis=1)
    seen: Counter[tuple[int, int]] = Counter()
    rows: list[int] = []
    for row in np.argsort(-probs.max(axis=1), kind="stable"):
        pair = (int(truth[row]), int(answers[row]))
        if pair[0] != pair[1] and seen[pair] < _PER_PAIR and len(rows) < most:
            rows.append(int(row))
            seen[pair] += 1
    return rows


def best(probs: Float32s, truth: Ints, most: int) -> list[int]:
    """Chooses right answers, the surest of each class, the surest class first.

    Args:
        probs: (N, K).
        truth: (N,), class numbers.
        most: how many.

    Returns:
        Rows of `probs`.
    """
    answers = probs.argmax(axis=1)
    rows: dict[int, int] = {}
    for row in np.argsort(-probs.max(axis=1), kind="stable"):
        if answers[row] == truth[row]:
            rows.setdefault(int(truth[row]), int(row))
    return list(rows.values())[:most]


def make_examples(
    rows: Sequence[int], samples: Sequence[Sample], probs: Float32s, truth: Ints, model: Path, contract: ModelContract
) -> tuple[list[Example], str]:
    """Makes examples of chosen rows; an image that is gone is left out.

    Args:
        rows: of the arrays.
        samples: N images.
        probs: (N, K).
        truth: (N,), class numbers.
        model: the file whose heatmaps (Grad-CAM) are drawn, for the answer in `probs`.
        contract: that model's.

    Returns:
        The examples, and why they have no heatmaps: empty where they have.
    """
    chosen, images = _readable(rows, samples, contract.input)
    answers, above = probs.argmax(axis=1), above_threshold(probs, contract.thresholds)
    maps, doubt = _explain(model, images, answers[chosen])
    examples = [
        Example(
            name=samples[row].name,
            truth=int(truth[row]),
            answer=int(answers[row]),
            confidence=float(probs[row].max()),
            of_truth=float(probs[row, truth[row]]),
            is_above=bool(above[row]),
            image=_data_uri(image),
            heatmap=heatmap,
        )
        for row, image, heatmap in zip(chosen, images, _overlays(images, maps), strict=True)
    ]
    return examples, doubt


def _readable(rows: Sequence[int], samples: Sequence[Sample], spec: InputSpec) -> tuple[list[int], Images]:
    """The rows whose images can be read, and these, prepared."""
    row_of = {samples[row].path: row for row in rows}
    chosen: list[int] = []
    images = [stack([], spec.size)]
    for chunk, found in prepared_chunks([samples[row] for row in rows], spec):
        chosen += [row_of[sample.path] for sample in chunk]
        images.append(found)
    return chosen, np.concatenate(images)


def _explain(model: Path, images: Images, answers: Ints) -> tuple[Float32s | None, str]:
    try:
        return heatmaps(model, images, answers), ""
    except AppError as error:  # a network of another kind; the scores are worth a report all the same
        return None, str(error)


def _overlays(images: Images, maps: Float32s | None) -> Iterator[str | None]:
    for number, image in enumerate(images):
        yield None if maps is None else _data_uri(overlay(image, maps[number]))


def _data_uri(image: Image) -> str:
    """RGB uint8 (S, S, 3) -> a JPEG that HTML can hold."""
    side = min(_SIDE, len(image))
    small = cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA)
    jpeg = cv2.imencode(".jpg", cv2.cvtColor(small, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])[1]
    return "data:image/jpeg;base64," + base64.b64encode(jpeg.tobytes()).decode("ascii")
