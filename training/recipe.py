"""The recipe of an experiment: every setting of a training run, validated. `recipes/*.yaml` set them and say why."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from msgspec import Meta, Struct

from app.config.yaml_file import load_settings
from app.images.prepare import MAX_SIZE, MIN_SIZE, InputSpec

DEFAULT_RECIPE = Path(__file__).parent / "recipes" / "default.yaml"

Share = Annotated[float, Meta(ge=0, lt=1)]
Rate = Annotated[float, Meta(gt=0, le=1)]
Count = Annotated[int, Meta(ge=1)]
Epochs = Annotated[int, Meta(ge=0, le=10_000)]
Preset = Literal["none", "light", "strong", "webcam"]


class Warmup(Struct, frozen=True, kw_only=True):
    """The head alone, trained on features of the frozen base that are computed once."""

    epochs: Epochs = 10
    """0 skips the warm-up."""
    learning_rate: Rate = 2e-3
    """At its start; it falls to 0 as a cosine."""
    weight_decay: Annotated[float, Meta(ge=0, le=1)] = 1e-2


class Optimizer(Struct, frozen=True, kw_only=True):
    """How a gradient changes the weights, after the warm-up."""

    name: Literal["adamw", "adam", "sgd"] = "adamw"
    learning_rate: Rate = 1e-4
    """The peak of the schedule, for the head and the base's last layers."""
    weight_decay: Annotated[float, Meta(ge=0, le=1)] = 1e-2
    """Apart from the gradient (Loshchilov and Hutter 2019); adam has none."""
    momentum: Share = 0.9
    """sgd alone uses it."""
    layer_decay: Annotated[float, Meta(gt=0, le=1)] = 1.0
    """Factor of the rate from the base's top to its bottom (Howard and Ruder 2018); 1 trains all layers alike."""
    ema: Share = 0.0
    """Momentum, a step, of the averaged weights that are validated and kept (Polyak and Juditsky 1992); 0: the raw
    weights are."""


class Schedule(Struct, frozen=True, kw_only=True):
    """The learning rate over the epochs after the warm-up of the head."""

    name: Literal["cosine", "plateau", "step", "constant"] = "cosine"
    """cosine (Loshchilov and Hutter 2017) falls smoothly, plateau and step lower the rate by `factor`."""
    warmup_epochs: Annotated[float, Meta(ge=0)] = 0.5
    """Epochs in which the rate first rises in a straight line from almost 0, in every schedule."""
    final_share: Share = 0.01
    """cosine: its last rate over its peak."""
    factor: Annotated[float, Meta(gt=0, lt=1)] = 0.3
    """plateau, step: what the rate is multiplied by."""
    patience: Count = 2
    """plateau: epochs without a better validation accuracy before the rate falls."""
    every_epochs: Count = 10
    """step: epochs from one fall of the rate to the next."""


class Loss(Struct, frozen=True, kw_only=True):
    """What training minimises."""

    name: Literal["cross_entropy", "focal", "class_balanced"] = "cross_entropy"
    label_smoothing: Share = 0.1
    """Share of the target that is spread evenly over all classes (Szegedy et al. 2016)."""
    gamma: Annotated[float, Meta(ge=0, le=10)] = 2.0
    """focal: the larger, the less an easy image counts (Lin et al. 2017)."""
    beta: Share = 0.999
    """class_balanced, focal: classes weigh by their effective number of samples (Cui et al. 2019); 0: all alike."""


class Mix(Struct, frozen=True, kw_only=True):
    """Training images that are mixed in pairs, and their targets with them."""

    FORMER_KEYS: ClassVar = {"chance": "prob"}

    mixup: Annotated[float, Meta(ge=0, le=10)] = 0.0
    """Alpha of the beta distribution from which MixUp (Zhang et al. 2018) draws a share; 0: off."""
    cutmix: Annotated[float, Meta(ge=0, le=1)] = 0.0
    """The same for CutMix (Yun et al. 2019)."""
    prob: Annotated[float, Meta(ge=0, le=1)] = 0.5
    """Probability that a batch is mixed."""


class Stop(Struct, frozen=True, kw_only=True):
    """When training stops before its last epoch."""

    patience: Epochs = 0
    """Epochs without a better validation accuracy; 0: never."""
    gap: Annotated[float, Meta(ge=0, le=1)] = 0.0
    """How far the training accuracy lies ahead of validation, 0..1; 0: never."""
    gap_patience: Count = 10
    """Epochs in a row with such a gap."""


class Shares(Struct, frozen=True, kw_only=True):
    """The parts of a split, as shares of each class; together 1."""

    train: Annotated[float, Meta(gt=0, lt=1)] = 0.8
    val: Annotated[float, Meta(gt=0, lt=1)] = 0.1
    test: Annotated[float, Meta(gt=0, lt=1)] = 0.1

    def __post_init__(self) -> None:
        if abs(self.train + self.val + self.test - 1) > 1e-6:
            raise ValueError(f"train, val and test must add up to 1, got {self.train + self.val + self.test:g}")


class Distill(Struct, frozen=True, kw_only=True):
    """Learning from finished runs, train's `--teacher`, as well as from the labels (Hinton et al. 2015)."""

    weight: Annotated[float, Meta(ge=0, le=1)] = 0.5
    """Share of the teachers' answer in the target; the rest is the label."""
    temperature: Annotated[float, Meta(gt=0, le=20)] = 1.5
    """Divides the teachers' logits: above 1 their answer is softer."""


class Join(Struct, frozen=True, kw_only=True):
    """How `training join` corrects a model's own answer by the cues."""

    hidden: Count = 64
    """Size of the layer between the cues and the logits."""
    epochs: Epochs = 40
    learning_rate: Rate = 2e-3
    """At its start; it falls to 0 as a cosine."""
    weight_decay: Annotated[float, Meta(ge=0, le=1)] = 1e-3
    batch_size: Annotated[int, Meta(ge=1, le=4096)] = 256
    dropout: Share = 0.3
    """Of the hidden layer; what enters it loses a third as much."""
    label_smoothing: Share = 0.05
    drop_image: Share = 0.4
    """Share of the training images whose look, own answer and scene, is hidden, so that the named cues do without."""
    drop_own: Share = 0.5
    """Share of the other images for which the model's own answer is hidden: it was trained on these very images, and
    would be trusted too much."""
    drop_cues: Share = 0.1
    """Share whose named cues are hidden, so that the scene learns what they do not say."""
    balance: Annotated[float, Meta(ge=0, le=1)] = 0.65
    """How far small groups count as much as large ones; a group is what a class has of a source, the first folder of an
    image's path. 0: every image counts alike; 1: every group does."""
    source_weights: dict[str, Annotated[float, Meta(gt=0)]] = {}
    """Factors for the images of a source, such as {webcam: 3} for the one that looks like what the app will see."""


class Recipe(Struct, frozen=True, kw_only=True):
    """One experiment; what a recipe file leaves out has these values."""

    FORMER_KEYS: ClassVar = {"keep": "monitor"}

    seed: Annotated[int, Meta(ge=0, lt=2**32)] = 42
    """Decides the split, the shuffling, the augmentation and the new head's first weights."""
    backbone: str = "mobilenet_v2"
    """A name of training.networks.backbones."""
    alpha: Annotated[float, Meta(gt=0, le=2)] = 1.0
    """Width multiplier of the backbone (Howard et al. 2017)."""
    input_size: Annotated[int, Meta(ge=MIN_SIZE, le=MAX_SIZE)] = 224
    """Side of the square that the model sees, px."""
    train_size: Annotated[int, Meta(ge=0, le=MAX_SIZE)] = 0
    """Side in training, px; 0 or more than input_size: the same. Crops enlarge what is in them, so that training at 0.7
    to 0.8 of the final size is both faster and more accurate (Touvron et al. 2019, "Fixing the train-test resolution
    discrepancy")."""
    resize: Literal["crop", "squeeze", "stretch"] = "squeeze"
    """How an image becomes a square, see app.images.prepare."""
    colour: Literal["rgb", "grey"] = "rgb"
    """grey turns images grey inside the graph."""
    batch_norm: Literal["frozen", "trained", "removed"] = "frozen"
    """Of the base: frozen keeps the statistics of its pre-training, removed folds it into the convolutions."""
    dropout: Share = 0.2
    """Before the last layer, and before the hidden one."""
    hidden_units: Annotated[int, Meta(ge=0, le=8192)] = 0
    """Size of a layer between features and logits (a wider head); 0: none."""
    strategy: Literal["frozen", "warmup_then_full", "top_n", "gradual", "full"] = "warmup_then_full"
    """What trains when. frozen: the head alone, for `epochs`. warmup_then_full: after the warm-up, every layer. top_n:
    after it, the last `top_layers` of the base. gradual: the head for `unfreeze_epoch` epochs, then a quarter more of
    the base each epoch. full: every layer, without a warm-up."""
    top_layers: Count = 30
    """top_n: layers of the base, from its top."""
    unfreeze_epoch: Count = 5
    """gradual: epochs of the head alone."""
    epochs: Epochs = 10
    """After the warm-up; 0 only calibrates and scores, for example the weights of a run at another size."""
    monitor: Literal["accuracy", "loss"] = "accuracy"
    """Which epoch's weights are kept: that of the best validation accuracy, or of the lowest validation loss once
    calibrated, which is less of a lottery on a few hundred images."""
    interpolate: bool = False
    """Whether the weights that are kept lie between those before fine-tuning and those after it: as near the former as
    validation allows (WiSE-FT, Wortsman et al. 2022)."""
    reject_unknown: bool = True
    """Whether the model says that an image shows none of its classes: what is told from the background that ships."""
    batch_size: Annotated[int, Meta(ge=1, le=1024)] = 32
    augment: tuple[Preset, ...] = ("strong",)
    """Presets of training.augmentation, applied in this order."""
    mix: Mix = Mix()
    warmup: Warmup = Warmup()
    optimizer: Optimizer = Optimizer()
    schedule: Schedule = Schedule()
    loss: Loss = Loss()
    class_weights: Literal["none", "balanced"] = "none"
    """balanced: an image of a rare class counts more, inversely to how many its class has."""
    distill: Distill = Distill()
    wanted_accuracy: Annotated[float, Meta(gt=0, le=1)] = 0.9
    """Selective accuracy, of the answers that are not "unsure", to which the thresholds are fitted on validation."""
    stop: Stop = Stop()
    join: Join = Join()
    split: Shares = Shares()

    @property
    def input_spec(self) -> InputSpec:
        """The square that the model sees."""
        return InputSpec(self.input_size, self.resize)

    @property
    def train_side(self) -> int:
        """Side of the images in training, px."""
        return min(self.train_size or self.input_size, self.input_size)


def load_recipe(path: Path | None = None, overrides: Sequence[str] = ()) -> Recipe:
    """Loads a recipe file.

    Args:
        path: a YAML file; None: the default recipe.
        overrides: "key=value" texts that come on top.

    Raises:
        ConfigError: an unreadable file, an unknown key, or a value out of range.
    """
    return load_settings(Recipe, path or DEFAULT_RECIPE, overrides)
