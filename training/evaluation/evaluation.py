"""What an evaluation found: the facts from which reports are made."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.arrays import Ints
from app.model.contract import ModelContract
from training.evaluation.breakdown import Breakdown
from training.evaluation.cross_dataset import CrossDataset
from training.evaluation.cue_influence import CueInfluence
from training.evaluation.metrics import Scores
from training.evaluation.predictions import Predictions
from training.evaluation.unknown import Unknown


@dataclass(frozen=True, eq=False, kw_only=True)
class Evaluation:
    """A model, or several that are averaged, on labelled images.

    Attributes:
        model: the file of the first model.
        contract: that model's.
        data: the name of the folder or YAML with the images.
        dataset: the dataset's name.
        part: the part of `split` that was scored; None: all images.
        split: the stored split, None: all images.
        tta: a mode of training.evaluation.tta.
        ensemble: the file names of the other models.
        predictions: the answers to the readable images.
        truth: int64 (N,), class numbers of `predictions.samples`.
        scores: what the answers are worth.
        breakdown: the same by source and by person.
        influence: which cues speak for the answers; None: not asked for, or the model takes none.
        cross: the same classes on another source; None: not asked for.
        unknown: images of none of the classes beside these; None: not asked for.
        warnings: lines for people.
    """

    model: Path
    contract: ModelContract
    data: str
    dataset: str
    part: str | None = None
    split: Path | None = None
    tta: str = "none"
    ensemble: tuple[str, ...] = ()
    predictions: Predictions
    truth: Ints
    scores: Scores
    breakdown: Breakdown
    influence: CueInfluence | None = None
    cross: CrossDataset | None = None
    unknown: Unknown | None = None
    warnings: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Returns what was scored and the scores; those of the other source under "cross" where there is one."""
        result: dict[str, Any] = {"model": self.model.name, "data": self.data}
        result |= {"part": self.part} if self.part is not None else {}
        result |= {"tta": self.tta} if self.tta != "none" else {}
        result |= {"ensemble": list(self.ensemble)} if self.ensemble else {}
        result |= {"labels": list(self.scores.labels), **self.scores.to_json(), **self.breakdown.to_json()}
        result |= {"cues": self.influence.to_json()} if self.influence is not None else {}
        result |= {"unknown": self.unknown.to_json()} if self.unknown is not None else {}
        return result | ({"cross": self.cross.to_json()} if self.cross is not None else {})
