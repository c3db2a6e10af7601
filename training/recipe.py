"""The knobs of an experiment, validated; `recipes/*.yaml` sets them and says why."""

from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, Struct

from app.contract import MAX_SIZE, MIN_SIZE

DEFAULT_RECIPE = Path(__file__).parent / "recipes" / "default.yaml"

Share = Annotated[float, Meta(ge=0, lt=1)]
Rate = Annotated[float, Meta(gt=0, le=1)]
Count = Annotated[int, Meta(ge=1)]


class Warmup(Struct, frozen=True, kw_only=True):
    """Stage 1, the head alone on a frozen base. epochs: 0 skips it."""

    epochs: Annotated[int, Meta(ge=0)] = 3
    learning_rate: Rate = 1e-3


class Finetune(Struct, frozen=True, kw_only=True):
    """Stage 2, every layer. epochs: at most; 0 leaves the base frozen. patience, plateau_patience: epochs."""

    epochs: Annotated[int, Meta(ge=0)] = 10
    learning_rate: Rate = 1e-4
    weight_decay: Annotated[float, Meta(ge=0, le=1)] = 1e-4
    patience: Count = 4
    plateau_patience: Count = 1
    plateau_factor: Annotated[float, Meta(gt=0, lt=1)] = 0.3


class Recipe(Struct, frozen=True, kw_only=True):
    """One experiment. input_size: side of the square picture in px. alpha: MobileNetV2's width multiplier."""

    seed: Annotated[int, Meta(ge=0, lt=2**32)] = 42
    input_size: Annotated[int, Meta(ge=MIN_SIZE, le=MAX_SIZE)] = 224
    resize: Literal["crop", "stretch"] = "crop"
    alpha: Annotated[float, Meta(gt=0, le=2)] = 1.0
    dropout: Share = 0.2
    label_smoothing: Share = 0.1
    batch_size: Annotated[int, Meta(ge=1, le=1024)] = 32
    augment: Literal["none", "light"] = "light"
    class_weights: Literal["none", "balanced"] = "none"
    warmup: Warmup = Warmup()
    finetune: Finetune = Finetune()

    def __post_init__(self) -> None:
        if not self.warmup.epochs + self.finetune.epochs:
            raise ValueError("warmup.epochs and finetune.epochs are both 0; nothing would be trained")
