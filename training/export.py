"""A finished run as one self-contained ONNX file, published only after it proved to equal the Keras model."""

import logging
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import onnx
import tensorflow as tf
import tf2onnx

from app.classifier import Classifier
from app.contract import EMBEDDING_NAME, INPUT_NAME, PROBS_NAME, ModelContract, prepare
from app.errors import ConfigError, ModelError
from training import run
from training.images import read_image
from training.model import BACKBONE, build_model, load_exactly, without_xla
from training.split import read_split

OPSET = 17
TOLERANCE = 1e-4
MIN_DIFFERENCE = 0.02
MAX_PICTURES = 64
BATCH_SIZES = (1, 7)


@dataclass(frozen=True, kw_only=True)
class ExportOptions:
    """What the command line asks for. data_root: where the run's pictures lie now, None: where they lay."""

    run: Path
    output: Path
    data_root: Path | None = None
    overwrite: bool = False


def export(options: ExportOptions) -> None:
    """Writes `output` or leaves things as they were. Raises AppError, also when the two models disagree."""
    _check_output(options)
    config, metrics = run.read_config(options.run), run.read_metrics(options.run)
    contract = make_contract(config, metrics)
    pictures = _pictures(options.run, options.data_root or Path(config.data_root), contract)
    model = publishable(_trained_model(options.run, config), metrics["temperature"])
    graph = convert(model, contract)
    handle, name = tempfile.mkstemp(suffix=".tmp", prefix=f".{options.output.stem}-", dir=options.output.parent)
    os.close(handle)
    try:
        Path(name).write_bytes(graph.SerializeToString())
        worst = verify(model, Classifier(Path(name)), pictures)
        Path(name).chmod(0o644)
        Path(name).replace(options.output)
    finally:
        Path(name).unlink(missing_ok=True)
    size = options.output.stat().st_size / 1e6
    print(f"{options.output}: {size:.1f} MB; Keras and ONNX Runtime differ by {worst:.1e} on {len(pictures)} pictures")


def make_contract(config: run.RunConfig, metrics: dict[str, Any]) -> ModelContract:
    """What travels in the file: labels, geometry, thresholds, and where all of it comes from."""
    recipe = config.recipe
    info = {
        "backbone": BACKBONE,
        "alpha": recipe.alpha,
        "trained_at": config.trained_on,
        "dataset": config.dataset,
        "rights": config.rights,
        "images": metrics["images"],
        "images_per_class": metrics["images_per_class"],
        "scores": {part: {key: metrics[part][key] for key in ("accuracy", "macro_f1")} for part in ("val", "test")},
        "temperature": metrics["temperature"],
        "recipe": {
            "warmup_epochs": recipe.warmup.epochs,
            "finetune_epochs": recipe.finetune.epochs,
            "learning_rate": recipe.finetune.learning_rate,
            "augment": recipe.augment,
            "seed": recipe.seed,
        },
        "versions": config.versions,
    }
    thresholds = (metrics["threshold"],) * len(config.labels)
    return ModelContract(tuple(config.labels), recipe.input_size, recipe.resize, thresholds, info)


def publishable(model: Any, temperature: float) -> Any:
    """Frames -> [probs (N, K), embedding (N, D)]: the softmax of the tempered logits, and what the head sees."""
    tempered = keras.layers.Rescaling(1 / temperature, name="temperature")(model.output)
    probs = keras.layers.Softmax(name=PROBS_NAME)(tempered)
    embedding = model.get_layer(EMBEDDING_NAME).output
    return without_xla(keras.Model(model.input, [probs, embedding], name="published"))


def convert(model: Any, contract: ModelContract) -> onnx.ModelProto:
    """The ONNX form of what `publishable` made, with the contract's names, a free batch dimension and the metadata."""
    logging.getLogger("tf2onnx").setLevel(logging.ERROR)
    size = contract.size
    signature = [tf.TensorSpec((None, size, size, 3), tf.uint8, name=INPUT_NAME)]
    graph, _ = tf2onnx.convert.from_keras(model, input_signature=signature, opset=OPSET)
    for position, name in enumerate((PROBS_NAME, EMBEDDING_NAME)):
        _rename(graph.graph, graph.graph.output[position].name, name)
    for value in (*graph.graph.input, *graph.graph.output):
        value.type.tensor_type.shape.dim[0].dim_param = "N"
    onnx.helper.set_model_props(graph, contract.to_metadata())
    onnx.checker.check_model(graph)
    return graph


def verify(model: Any, classifier: Classifier, pictures: npt.NDArray[np.uint8]) -> float:
    """The largest difference between Keras and ONNX Runtime over every output, at batches of 1 and of 7.

    pictures: RGB uint8 (n, S, S, 3). Raises ModelError when they disagree, or when the answers hardly differ from one
    another: a model that says the same of everything agrees with any other that does.
    """
    expected = model.predict(pictures, verbose=0)
    spread = float(np.ptp(expected[0], axis=0).max())
    if spread < MIN_DIFFERENCE:
        raise ModelError(
            f"not exported: over {len(pictures)} pictures no probability differs by more than {spread:.4f}, so that "
            "comparing it with the exported model would prove nothing; train it further"
        )
    worst = 0.0
    for batch_size in BATCH_SIZES:
        batches = [pictures[start : start + batch_size] for start in range(0, len(pictures), batch_size)]
        predictions = [classifier.predict(batch) for batch in batches]
        for name, wanted in zip((PROBS_NAME, EMBEDDING_NAME), expected, strict=True):
            got = np.concatenate([getattr(prediction, name) for prediction in predictions])
            difference = float(np.abs(got - wanted).max()) if got.shape == wanted.shape else float("inf")
            if not difference <= TOLERANCE:
                raise ModelError(
                    f"not exported: {name} of Keras and of ONNX Runtime differ by {difference:.2g} at batch "
                    f"{batch_size}, at most {TOLERANCE:g} is allowed"
                )
            worst = max(worst, difference)
    return worst


def _check_output(options: ExportOptions) -> None:
    output = options.output
    if output.suffix.lower() != ".onnx" or output.is_dir():
        raise ConfigError(f"--output {output}: expected a file name that ends in .onnx")
    if output.exists() and not options.overwrite:
        raise ConfigError(f"{output} exists; choose another name with --output, or replace it with --overwrite")
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"{output.parent}: the folder cannot be made ({error.strerror})") from None


def _pictures(folder: Path, data_root: Path, contract: ModelContract) -> npt.NDArray[np.uint8]:
    """Up to 64 of the run's test pictures, spread evenly over its classes, then of its validation pictures."""
    names: list[str] = []
    for part in ("test", "val"):
        names += _spread(list(read_split(folder / run.SPLIT, part)), MAX_PICTURES - len(names))
    images = [image for name in names if (image := read_image(data_root / name)) is not None]
    if len(images) < 2:
        raise ConfigError(
            f"{data_root}: the run's test pictures are not there any more; export compares models on them, "
            "so say where they are with --data-root"
        )
    return np.stack([prepare(image, contract) for image in images])


def _spread(names: Sequence[str], count: int) -> list[str]:
    if count >= len(names):
        return list(names)
    return [names[position * len(names) // count] for position in range(count)]


def _trained_model(folder: Path, config: run.RunConfig) -> Any:
    recipe = config.recipe
    model = build_model(recipe.input_size, len(config.labels), recipe.alpha, recipe.dropout)
    load_exactly(model, folder / run.WEIGHTS, "there or not the weights of this run; train again")
    return model


def _rename(graph: onnx.GraphProto, old: str, new: str) -> None:
    """Gives a value another name, wherever it is made or used."""
    for node in graph.node:
        for names in (node.input, node.output):
            names[:] = [new if name == old else name for name in names]
    for value in (*graph.output, *graph.value_info):
        if value.name == old:
            value.name = new
