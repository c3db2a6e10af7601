"""The knobs of an experiment, validated; `recipes/*.yaml` sets them and says why."""

from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, Struct

from app.images.prepare import MAX_SIZE, MIN_SIZE, InputSpec

DEFAULT_RECIPE = Path(__file__).parent / "recipes" / "default.yaml"

Share = Annotated[float, Meta(ge=0, lt=1)]
Rate = Annotated[float, Meta(gt=0, le=1)]
Count = Annotated[int, Meta(ge=1)]
Epochs = Annotated[int, Meta(ge=0, le=10_000)]
Preset = Literal["none", "light", "strong", "webcam"]


class Warmup(Struct, frozen=True, kw_only=True):
    """The head alone, on features of the frozen base that are computed once. epochs: 0 skips it."""

    epochs: Epochs = 10
    learning_rate: Rate = 2e-3
    weight_decay: Annotated[float, Meta(ge=0, le=1)] = 1e-2


class Optimizer(Struct, frozen=True, kw_only=True):
    """learning_rate: the peak of the schedule, of the head and of the base's last layers.

    momentum: SGD only. layer_decay: factor of the rate from the base's top to its bottom; 1 trains all alike.
    ema: momentum a step of the averaged weights that are validated and kept; 0 keeps the raw ones.
    """

    name: Literal["adamw", "adam", "sgd"] = "adamw"
    learning_rate: Rate = 1e-4
    weight_decay: Annotated[float, Meta(ge=0, le=1)] = 1e-2
    momentum: Share = 0.9
    layer_decay: Annotated[float, Meta(gt=0, le=1)] = 1.0
    ema: Share = 0.0


class Schedule(Struct, frozen=True, kw_only=True):
    """The rate over the epochs after the warm-up of the head.

    warmup_epochs: linear from almost nothing, in any schedule. final_share: cosine's last rate over its first.
    factor, patience: plateau, lowers the rate after so many epochs without a better validation accuracy.
    factor, every_epochs: step, lowers it after every so many epochs.
    """

    name: Literal["cosine", "plateau", "step", "constant"] = "cosine"
    warmup_epochs: Annotated[float, Meta(ge=0)] = 0.5
    final_share: Share = 0.01
    factor: Annotated[float, Meta(gt=0, lt=1)] = 0.3
    patience: Count = 2
    every_epochs: Count = 10


class Loss(Struct, frozen=True, kw_only=True):
    """gamma: focal (Lin et al. 2017). beta: class_balanced, by the effective number of samples (Cui et al. 2019)."""

    name: Literal["cross_entropy", "focal", "class_balanced"] = "cross_entropy"
    label_smoothing: Share = 0.1
    gamma: Annotated[float, Meta(ge=0, le=10)] = 2.0
    beta: Share = 0.999


class Mix(Struct, frozen=True, kw_only=True):
    """Pictures mixed in pairs. mixup, cutmix: alpha of the beta distribution, 0 turns it off; chance: of a batch."""

    mixup: Annotated[float, Meta(ge=0, le=10)] = 0.0
    cutmix: Annotated[float, Meta(ge=0, le=1)] = 0.0
    chance: Annotated[float, Meta(ge=0, le=1)] = 0.5


class Stop(Struct, frozen=True, kw_only=True):
    """When to stop early. patience: epochs without a better validation accuracy, 0: never.

    gap, gap_patience: training accuracy ahead of validation by `gap` (0..1) for so many epochs; gap 0: never.
    """

    patience: Epochs = 0
    gap: Annotated[float, Meta(ge=0, le=1)] = 0.0
    gap_patience: Count = 10


class Shares(Struct, frozen=True, kw_only=True):
    """The parts of a split, as shares of each class; together 1."""

    train: Annotated[float, Meta(gt=0, lt=1)] = 0.8
    val: Annotated[float, Meta(gt=0, lt=1)] = 0.1
    test: Annotated[float, Meta(gt=0, lt=1)] = 0.1

    def __post_init__(self) -> None:
        if abs(self.train + self.val + self.test - 1) > 1e-6:
            raise ValueError(f"train, val and test must add up to 1, got {self.train + self.val + self.test:g}")


class Distill(Struct, frozen=True, kw_only=True):
    """Learning from finished runs as well as from the labels (Hinton et al. 2015); the teachers are train's --teacher.

    weight: share of the teachers' answer in the target, the rest is the label. temperature: softens that answer.
    """

    weight: Annotated[float, Meta(ge=0, le=1)] = 0.5
    temperature: Annotated[float, Meta(gt=0, le=20)] = 1.5


class Recipe(Struct, frozen=True, kw_only=True):
    """One experiment.

    backbone: a name of training.networks.backbones. alpha: MobileNet's width multiplier. input_size: side of the
    square that the model sees, px. train_size: side in training, 0 or more than input_size: the same; crops enlarge
    what is in them, so that training at 0.7 to 0.8 of the final size is both faster and more accurate (Touvron et al.
    2019, "Fixing the train-test resolution discrepancy").
    colour: grey turns pictures grey inside the graph. batch_norm: of the base; removed folds it into the convolutions.
    hidden_units: of a layer between features and logits, 0: none (a wider head).
    strategy: frozen (head alone for `epochs`); warmup_then_full; top_n (the last `top_layers` of the base); gradual
    (the head for `unfreeze_epoch` epochs, then a quarter more of the base each epoch); full (no warm-up).
    epochs: after the warm-up; 0 only calibrates and scores, say the weights of a run at another size. keep: the epoch
    of the best validation accuracy, or of the lowest validation loss once calibrated, which is less of a lottery on a
    few hundred pictures. wanted_accuracy: of the answers that are not "unsure"; the reject thresholds are fitted to it.
    augment: presets, applied in the order given.
    """

    seed: Annotated[int, Meta(ge=0, lt=2**32)] = 42
    backbone: str = "mobilenet_v2"
    alpha: Annotated[float, Meta(gt=0, le=2)] = 1.0
    input_size: Annotated[int, Meta(ge=MIN_SIZE, le=MAX_SIZE)] = 224
    train_size: Annotated[int, Meta(ge=0, le=MAX_SIZE)] = 0
    resize: Literal["crop", "squeeze", "stretch"] = "squeeze"
    colour: Literal["rgb", "grey"] = "rgb"
    batch_norm: Literal["frozen", "trained", "removed"] = "frozen"
    dropout: Share = 0.2
    hidden_units: Annotated[int, Meta(ge=0, le=8192)] = 0
    strategy: Literal["frozen", "warmup_then_full", "top_n", "gradual", "full"] = "warmup_then_full"
    top_layers: Count = 30
    unfreeze_epoch: Count = 5
    epochs: Epochs = 10
    keep: Literal["accuracy", "loss"] = "accuracy"
    batch_size: Annotated[int, Meta(ge=1, le=1024)] = 32
    augment: tuple[Preset, ...] = ("strong",)
    mix: Mix = Mix()
    warmup: Warmup = Warmup()
    optimizer: Optimizer = Optimizer()
    schedule: Schedule = Schedule()
    loss: Loss = Loss()
    class_weights: Literal["none", "balanced"] = "none"
    distill: Distill = Distill()
    wanted_accuracy: Annotated[float, Meta(gt=0, le=1)] = 0.9
    stop: Stop = Stop()
    split: Shares = Shares()

    @property
    def input_spec(self) -> InputSpec:
        """The square that the model sees."""
        return InputSpec(self.input_size, self.resize)

    @property
    def train_side(self) -> int:
        """Side of the pictures in training, px."""
        return min(self.train_size or self.input_size, self.input_size)
