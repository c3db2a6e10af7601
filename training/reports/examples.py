"""The pictures a report shows: the surest mistakes and the surest hits, each with what spoke for the answer."""

import base64
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from app.arrays import Image
from app.errors import AppError
from app.model.contract import ModelContract
from training.data.dataset import Sample
from training.data.decode import prepared_chunks
from training.evaluation.gradcam import heatmaps, overlay
from training.evaluation.metrics import is_accepted

_QUALITY = 82
_SIDE = 192  # px of a thumbnail, at most
_PER_PAIR = 2  # mistakes of one kind: a dozen of the same teach no more than two


@dataclass(frozen=True, kw_only=True)
class Example:
    """One picture with the model's answer. truth, answer: class numbers.

    confidence, of_truth: probabilities of the answer and of the truth. picture, heatmap: JPEG as data URIs, the square
    that the model sees; heatmap is None where the model cannot be explained. is_sure: reaches its threshold.
    """

    name: str
    truth: int
    answer: int
    confidence: float
    of_truth: float
    is_sure: bool
    picture: str
    heatmap: str | None


def worst(probs: npt.NDArray[np.float32], truth: npt.NDArray[np.int64], most: int) -> list[int]:
    """Rows of wrong answers, the surest first; at most two of the same truth and answer."""
    answers = probs.argmax(axis=1)
    seen: Counter[tuple[int, int]] = Counter()
    rows: list[int] = []
    for row in np.argsort(-probs.max(axis=1), kind="stable"):
        pair = (int(truth[row]), int(answers[row]))
        if pair[0] != pair[1] and seen[pair] < _PER_PAIR and len(rows) < most:
            rows.append(int(row))
            seen[pair] += 1
    return rows


def best(probs: npt.NDArray[np.float32], truth: npt.NDArray[np.int64], most: int) -> list[int]:
    """Rows of right answers, the surest of each class, the surest class first."""
    answers = probs.argmax(axis=1)
    rows: dict[int, int] = {}
    for row in np.argsort(-probs.max(axis=1), kind="stable"):
        if answers[row] == truth[row]:
            rows.setdefault(int(truth[row]), int(row))
    return list(rows.values())[:most]


def make_examples(
    rows: Sequence[int],
    samples: Sequence[Sample],
    probs: npt.NDArray[np.float32],
    truth: npt.NDArray[np.int64],
    model: Path,
    contract: ModelContract,
) -> tuple[list[Example], str]:
    """The examples of `rows`, and why they have no heatmaps: empty where they have.

    Heatmaps are `model`'s (Grad-CAM), for the answer in `probs`. A picture that has gone since is left out.
    """
    row_of = {samples[row].path: row for row in rows}
    chosen: list[int] = []
    pictures = [np.empty((0, contract.input.size, contract.input.size, 3), np.uint8)]
    for chunk, images in prepared_chunks([samples[row] for row in rows], contract.input):
        chosen += [row_of[sample.path] for sample in chunk]
        pictures.append(images)
    seen = np.concatenate(pictures)
    answers, sure = probs.argmax(axis=1), is_accepted(probs, contract.thresholds)
    maps, doubt = _explain(model, seen, answers[chosen])
    examples = [
        Example(
            name=samples[row].name,
            truth=int(truth[row]),
            answer=int(answers[row]),
            confidence=float(probs[row].max()),
            of_truth=float(probs[row, truth[row]]),
            is_sure=bool(sure[row]),
            picture=_data_uri(picture),
            heatmap=heatmap,
        )
        for row, picture, heatmap in zip(chosen, seen, _overlays(seen, maps), strict=True)
    ]
    return examples, doubt


def _explain(
    model: Path, pictures: npt.NDArray[np.uint8], answers: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.float32] | None, str]:
    try:
        return heatmaps(model, pictures, answers), ""
    except AppError as error:  # a network of another kind; the scores are worth a report all the same
        return None, str(error)


def _overlays(pictures: npt.NDArray[np.uint8], maps: npt.NDArray[np.float32] | None) -> Iterator[str | None]:
    for number, picture in enumerate(pictures):
        yield None if maps is None else _data_uri(overlay(picture, maps[number]))


def _data_uri(image: Image) -> str:
    """RGB uint8 (S, S, 3) -> a JPEG that HTML can hold."""
    side = min(_SIDE, len(image))
    small = cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA)
    jpeg = cv2.imencode(".jpg", cv2.cvtColor(small, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])[1]
    return "data:image/jpeg;base64," + base64.b64encode(jpeg.tobytes()).decode("ascii")
