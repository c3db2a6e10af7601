"""The answers of one exported model, or of several together, to labelled images."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from app.arrays import Float32s
from app.errors import ConfigError
from app.model.classifier import Classifier
from training.data.dataset import Sample
from training.data.decode import prepared_chunks
from training.data.image_cues import vectors
from training.evaluation.calibration import stored_temperature, without_temperature
from training.evaluation.tta import views


@dataclass(frozen=True, eq=False)
class Predictions:
    """Probabilities for each image that can be read.

    Attributes:
        samples: the N readable ones.
        probs: float32 (N, K), the mean over models and views.
        uncalibrated: float32 (N, K), the same before each model's temperature; None where a model's is not known.
    """

    samples: list[Sample]
    probs: Float32s
    uncalibrated: Float32s | None


def predict(
    models: Sequence[Classifier],
    samples: Sequence[Sample],
    tta: str = "none",
    cues: Mapping[str, Float32s] | None = None,
) -> Predictions:
    """Classifies images by one model or by the mean of several.

    Args:
        models: one or more of the same labels; each sees the images prepared for its own size and resize rule.
        samples: the image files.
        tta: a mode of training.evaluation.tta.
        cues: sha256 -> float32 (C,), for models that take them; None: they get none.

    Raises:
        ConfigError: a file changed while it was being read.
    """
    members = [_predict_one(model, samples, tta, cues or {}) for model in models]
    first = members[0]
    if any(member.samples != first.samples for member in members):
        raise ConfigError("images changed or vanished while they were scored; run it again")
    uncalibrated = [member.uncalibrated for member in members if member.uncalibrated is not None]
    return Predictions(
        first.samples,
        _mean([member.probs for member in members]),
        _mean(uncalibrated) if len(uncalibrated) == len(members) else None,
    )


def _predict_one(model: Classifier, samples: Sequence[Sample], tta: str, cues: Mapping[str, Float32s]) -> Predictions:
    temperature = stored_temperature(model.contract.info)
    nothing = np.empty((0, len(model.contract.labels)), np.float32)
    readable: list[Sample] = []
    probs, uncalibrated = [nothing], [nothing]
    for chunk, images in prepared_chunks(samples, model.contract.input):
        if not chunk:
            continue
        beside = vectors(model.contract, chunk, cues)
        answers = [model.predict(view, beside).probs for view in views(images, tta)]
        readable += chunk
        probs.append(_mean(answers))
        if temperature is not None:
            uncalibrated.append(_mean([without_temperature(answer, temperature) for answer in answers]))
    has_temperature = temperature is not None
    return Predictions(readable, np.concatenate(probs), np.concatenate(uncalibrated) if has_temperature else None)


def _mean(probs: Sequence[Float32s]) -> Float32s:
    return np.mean(probs, axis=0, dtype=np.float32)  # type: ignore[no-any-return]
