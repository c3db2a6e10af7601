"""The model contract: what a model file promises, stored in its metadata."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from app.arrays import Float32s
from app.command import program
from app.errors import ModelError
from app.images.prepare import InputSpec
from app.text import JOINERS

CONTRACT_VERSION = "1"
INPUT_NAME, CUES_NAME, PROBS_NAME, EMBEDDING_NAME = "frames", "cues", "probs", "embedding"
MAX_LABEL_CHARS = 80
CUES_SIDE_PX = 720  # of an image, in which a face at two metres is large enough


@dataclass(frozen=True)
class CueSpec:
    """The cues that a model takes beside an image: named numbers of what `app.cues` found there.

    Attributes:
        version: of what the names mean.
        names: C names, in the order of the `cues` input.

    Raises:
        ModelError: a version that is no number, or names that nobody could tell apart.
    """

    version: int
    names: tuple[str, ...]

    def __post_init__(self) -> None:
        if isinstance(self.version, bool) or not isinstance(self.version, int):
            raise ModelError(f"the version of the cues must be a whole number, got {str(self.version)[:40]!r}")
        if not self.names or len(set(map(str, self.names))) < len(self.names):
            raise ModelError("the names of the cues must be one or more, and differ from one another")

    def rows(self, vectors: Iterable[Float32s | None]) -> Float32s:
        """Stacks N vectors into float32 (N, C); zeros for None, where nobody looked."""
        nothing = np.zeros(len(self.names), np.float32)
        return np.stack([nothing if vector is None else vector for vector in vectors])


@dataclass(frozen=True)
class ModelContract:
    """The facts that travel in a model file, beside its network.

    Attributes:
        labels: K class names, in the order of the `probs` output.
        input: the square image that the model takes.
        thresholds: K values 0..1; a label whose smoothed probability is below its own is shown as unsure.
        info: what else the file says of itself (backbone, trained_at, dataset, scores), for people; JSON values.
        cues: the cues that the model takes as well; None for a model that takes images alone.

    Raises:
        ModelError: labels that nobody could read or tell apart, or thresholds that do not fit them.

    Example:
        >>> from app import Classifier
        >>> contract = Classifier("models/daily_activity.onnx").contract
        >>> "drinking" in contract.labels, contract.input.resize, 0 < min(contract.thresholds) < 1
        (True, 'squeeze', True)
    """

    labels: tuple[str, ...]
    input: InputSpec
    thresholds: tuple[float, ...]
    info: Mapping[str, Any] = field(default_factory=dict)
    cues: CueSpec | None = None

    def __post_init__(self) -> None:
        check_labels(self.labels)
        if len(self.thresholds) != len(self.labels):
            raise ModelError(f"{len(self.labels)} labels need as many thresholds, got {len(self.thresholds)}")
        if not all(_is_number(value) and 0 <= value <= 1 for value in self.thresholds):
            raise ModelError(f"thresholds must be numbers from 0 to 1, got {list(self.thresholds)}")

    @property
    def image_side_px(self) -> int:
        """How many px of an image's shorter side the model makes use of; cues are looked for in the whole image.

        Example:
            >>> from app import Classifier
            >>> Classifier("models/daily_activity.onnx").contract.image_side_px
            720
        """
        return max(self.input.size, CUES_SIDE_PX) if self.cues else self.input.size

    def to_metadata(self) -> dict[str, str]:
        """Returns the strings for the ONNX file's metadata_props; `from_metadata` reads them back.

        Example:
            >>> from app import InputSpec, ModelContract
            >>> ModelContract(("on", "off"), InputSpec(32, "crop"), (0.5, 0.6)).to_metadata()["thresholds"]
            '[0.5, 0.6]'
        """
        cues = {"cues": json.dumps({"version": self.cues.version, "names": self.cues.names})} if self.cues else {}
        return {
            "contract": CONTRACT_VERSION,
            "labels": json.dumps(list(self.labels), ensure_ascii=False),
            "input_size": str(self.input.size),
            "resize": self.input.resize,
            "thresholds": json.dumps(list(self.thresholds)),
            "info": json.dumps(dict(self.info), ensure_ascii=False),
            **cues,
        }

    @staticmethod
    def is_in(metadata: Mapping[str, str]) -> bool:
        """Returns whether a file's metadata are of any version of this contract, complete or not.

        Example:
            >>> from app import ModelContract
            >>> ModelContract.is_in({"author": "somebody else"})
            False
        """
        return "contract" in metadata

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, str]) -> "ModelContract":
        """Reads what `to_metadata` wrote.

        Args:
            metadata: the ONNX file's metadata_props.

        Raises:
            ModelError: a key is missing, unreadable or out of range.

        Example:
            >>> from app import InputSpec, ModelContract
            >>> contract = ModelContract(("on", "off"), InputSpec(32, "crop"), (0.5, 0.6))
            >>> ModelContract.from_metadata(contract.to_metadata()) == contract
            True
        """
        version = _require(metadata, "contract")
        if version != CONTRACT_VERSION:
            raise ModelError(
                f"metadata says contract {version[:20]!r}, this app reads {CONTRACT_VERSION!r}; export the model again"
            )
        labels, thresholds = _json(metadata, "labels", list), _json(metadata, "thresholds", list)
        return cls(
            labels=tuple(labels),
            input=InputSpec(_json(metadata, "input_size", int), _require(metadata, "resize")),
            thresholds=tuple(thresholds),
            info=_json(metadata, "info", dict),
            cues=_cue_spec(_json(metadata, "cues", dict)) if "cues" in metadata else None,
        )


def check_labels(labels: Sequence[Any]) -> None:
    """Checks class names: two or more, printable, not too long, each once.

    Args:
        labels: the names, as a file may have them: of any type.

    Raises:
        ModelError: names the first that is wrong.
    """
    if len(labels) < 2:
        raise ModelError(f"a model needs two labels or more, got {len(labels)}")
    for label in labels:
        visible = label.translate(dict.fromkeys(map(ord, JOINERS))) if isinstance(label, str) else ""
        if not visible.strip() or not visible.isprintable() or len(label) > MAX_LABEL_CHARS:
            shown = repr(label)[:40]
            raise ModelError(f"labels must be printable texts of 1 to {MAX_LABEL_CHARS} characters, got {shown}")
    repeated = sorted(label for label, count in Counter(labels).items() if count > 1)
    if repeated:
        raise ModelError(f"labels must differ from one another, got {repeated[0]!r} more than once")


def _cue_spec(value: dict[str, Any]) -> CueSpec:
    names = value.get("names")
    if not isinstance(names, list):
        raise ModelError("metadata 'cues' must hold a version and a list of names; export the model again")
    return CueSpec(value.get("version", 0), tuple(names))


def _require(metadata: Mapping[str, str], key: str) -> str:
    if key not in metadata:
        raise ModelError(f"metadata has no {key!r}; export the model with: {program('train')} export")
    return metadata[key]


def _json(metadata: Mapping[str, str], key: str, kind: type) -> Any:
    text = _require(metadata, key)
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise ModelError(f"metadata {key!r} is not JSON: {text[:40]!r}; export the model again") from None
    if not isinstance(value, kind):
        raise ModelError(f"metadata {key!r} must be a {kind.__name__}, got {text[:40]!r}; export the model again")
    return value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
