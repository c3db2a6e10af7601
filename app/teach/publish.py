"""The last step of teaching: the new model as a file, which must say what was computed here."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from onnx import ModelProto

from app.arrays import Float32s, Float64s
from app.errors import ModelError
from app.model.classifier import Classifier
from app.model.contract import ModelContract
from app.outputs import written_whole
from app.system.threads import map_in_threads
from app.teach.captures import Capture
from app.teach.report import Report

TOLERANCE = 1e-3  # of a probability
PARITY_IMAGES = 64  # on which file and computation are compared
_ABOUT_THE_MODEL = ("backbone", "alpha", "mirror", "rights")  # of the old model's info, true of the new one too
_ABOUT_ITS_TRAINING = ("dataset", "trained_at", "taught")
_PRIVATE = ("output", "base", "unreadable")  # of the report: names on this machine


def model_info(old: ModelContract, report: Report) -> dict[str, Any]:
    """Returns what the new model says of itself, for people.

    Args:
        old: of the model that was taught.
        report: on the teaching; what it says of this machine stays here.
    """
    return {
        **{key: old.info[key] for key in _ABOUT_THE_MODEL if key in old.info},
        "trained_at": date.today().isoformat(),
        "dataset": "captures",
        "taught": {key: value for key, value in report.to_json().items() if key not in _PRIVATE},
        "base": {key: old.info[key] for key in _ABOUT_ITS_TRAINING if key in old.info},
    }


def publish(model: ModelProto, output: Path, captures: Sequence[Capture], probs: Float64s, threads: int) -> None:
    """Writes a model, unless the file's answers differ from what was computed.

    Args:
        model: the ONNX model.
        output: the file; one that is there is replaced.
        captures: N images.
        probs: (N, C), what the file must say of them.
        threads: how many images are run at the same time.

    Raises:
        ModelError: the answers differ; nothing is written.
        OutputError: the file cannot be written.
    """
    with written_whole(output) as draft:
        draft.write_bytes(model.SerializeToString())
        some = np.linspace(0, len(captures) - 1, min(PARITY_IMAGES, len(captures))).round().astype(int)
        written = _predict(draft, [captures[position] for position in some], threads)
        difference = float(np.abs(written - probs[some]).max())
        if not difference <= TOLERANCE:  # NaN too
            raise ModelError(
                f"not written: the new model's probabilities differ by {difference:.2g} from what was fitted, at most "
                f"{TOLERANCE:g} is allowed"
            )


def _predict(model: Path, captures: Sequence[Capture], threads: int) -> Float32s:
    classifier = Classifier(model)

    def predict(capture: Capture) -> Float32s:
        return classifier.predict(capture.image[None], None if capture.cues is None else capture.cues[None]).probs

    return np.concatenate(map_in_threads(predict, captures, threads))
