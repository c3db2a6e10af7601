"""The answers of one exported model, or of several together, to labelled pictures."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from app.errors import ConfigError
from app.model.classifier import Classifier
from training.data.dataset import Sample
from training.data.decode import prepared_chunks
from training.evaluation.calibration import stored_temperature, without_temperature
from training.evaluation.tta import views

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Predictions:
    """samples: the readable ones, N. probs: float32 (N, K), the mean over models and views.

    uncalibrated: the same from each model's untempered probabilities, None where a model's temperature is not known.
    """

    samples: list[Sample]
    probs: Floats
    uncalibrated: Floats | None


def predict(models: Sequence[Classifier], samples: Sequence[Sample], tta: str = "none") -> Predictions:
    """models: one or more of the same labels; each sees the pictures prepared for its own size and resize rule.

    tta: a mode of training.evaluation.tta. Raises ConfigError when a file changes while it is being read.
    """
    members = [_predict_one(model, samples, tta) for model in models]
    first = members[0]
    if any(member.samples != first.samples for member in members):
        raise ConfigError("pictures changed or vanished while they were scored; run it again")
    uncalibrated = [member.uncalibrated for member in members if member.uncalibrated is not None]
    return Predictions(
        first.samples,
        _mean([member.probs for member in members]),
        _mean(uncalibrated) if len(uncalibrated) == len(members) else None,
    )


def _predict_one(model: Classifier, samples: Sequence[Sample], tta: str) -> Predictions:
    temperature = stored_temperature(model.contract.info)
    nothing = np.empty((0, len(model.contract.labels)), np.float32)
    readable: list[Sample] = []
    probs, uncalibrated = [nothing], [nothing]
    for chunk, pictures in prepared_chunks(samples, model.contract.input):
        if not chunk:
            continue
        answers = [model.predict(view).probs for view in views(pictures, tta)]
        readable += chunk
        probs.append(_mean(answers))
        if temperature is not None:
            uncalibrated.append(_mean([without_temperature(answer, temperature) for answer in answers]))
    has_temperature = temperature is not None
    return Predictions(readable, np.concatenate(probs), np.concatenate(uncalibrated) if has_temperature else None)


def _mean(probs: Sequence[Floats]) -> Floats:
    return np.mean(probs, axis=0, dtype=np.float32)  # type: ignore[no-any-return]
