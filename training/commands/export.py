"""A finished run as one self-contained ONNX file, published only after it proved to equal the Keras model."""

import logging
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import keras
import msgspec
import numpy as np
import numpy.typing as npt
import onnx
import tensorflow as tf
import tf2onnx

from app.errors import ConfigError, ModelError
from app.images.prepare import InputSpec
from app.model.classifier import Classifier
from app.model.contract import EMBEDDING_NAME, INPUT_NAME, PROBS_NAME, ModelContract
from training import run_folder as run
from training.data.stored_samples import balanced, first_readable, stored_samples
from training.networks.model import LOGITS_NAME, load_run, without_xla
from training.onnx_files.fp16 import halve_weights
from training.onnx_files.quantise import quantise

OPSET = 17
TOLERANCE = 1e-4
HALF_TOLERANCE = 0.03
MIN_DIFFERENCE = 0.02
PARITY_PICTURES = 64
CALIBRATION_PICTURES = 200
BATCH_SIZES = (1, 7)


@dataclass(frozen=True, kw_only=True)
class ExportOptions:
    """What the command line asks for. data_root: where the run's pictures lie now, None: where they lay."""

    run: Path
    output: Path
    data_root: Path | None = None
    int8: bool = False
    fp16: bool = False
    mirror: bool = False
    overwrite: bool = False


def export(options: ExportOptions) -> None:
    """Writes `output` or leaves things as they were. Raises AppError, also when the two models disagree."""
    _check_output(options)
    config, metrics = run.read_config(options.run), run.read_metrics(options.run)
    _, trained = load_run(options.run)
    contract = make_contract(config, metrics, options.mirror)
    source = _Pictures(options.run, options.data_root or Path(config.data_root), contract)
    model = publishable(trained, contract.input.size, metrics["temperature"], options.mirror)
    try:
        with tempfile.TemporaryDirectory(prefix=".export-", dir=options.output.parent) as name:
            draft = Path(name) / "fp32.onnx"
            draft.write_bytes(convert(model, contract).SerializeToString())
            pictures = source.parity()
            worst = verify(model, Classifier(draft), pictures)
            said = f"Keras and ONNX Runtime differ by {worst:.1e} on {len(pictures)} pictures"
            if options.int8:
                draft, compared = _int8(draft, contract, source)
                said = f"{compared}\nbefore it became int8, {said}"
            if options.fp16:
                draft, drift = _fp16(draft, pictures)
                said += f"; with weights in half precision probabilities move by {drift:.3f} at most"
            draft.chmod(0o644)
            draft.replace(options.output)
    except OSError as error:
        raise ConfigError(f"--output {options.output}: cannot be written ({error.strerror}); disk full?") from None
    print(f"{options.output}: {options.output.stat().st_size / 1e6:.1f} MB; {said}")


def make_contract(config: run.RunConfig, metrics: dict[str, Any], mirror: bool = False) -> ModelContract:
    """What travels in the file: labels, geometry, thresholds, and where all of it comes from."""
    recipe = config.recipe
    info = {
        "backbone": recipe.backbone,
        "alpha": recipe.alpha,
        "trained_at": config.trained_on,
        "dataset": config.dataset,
        "rights": config.rights,
        "images": metrics["images"],
        "images_per_class": metrics["images_per_class"],
        "scores": {part: {key: metrics[part][key] for key in ("accuracy", "macro_f1")} for part in ("val", "test")},
        "temperature": metrics["temperature"],
        "mirror": mirror,
        "recipe": msgspec.to_builtins(recipe),
        "versions": config.versions,
    }
    return ModelContract(
        tuple(config.labels), InputSpec(recipe.input_size, recipe.resize), tuple(metrics["thresholds"]), info
    )


def publishable(model: Any, size: int, temperature: float, mirror: bool = False) -> Any:
    """Frames (N, S, S, 3) -> [probs (N, K), embedding (N, D)]: the softmax of the tempered logits, and what the
    last layer sees.

    mirror: the embedding is the mean of those of each picture and of its mirror image, which a network that learnt from
    mirrored pictures still tells apart: more often right, in twice the time.
    """
    features = keras.Model(model.input, model.get_layer(EMBEDDING_NAME).output)
    embedding = _mirrored(features, size) if mirror else features
    frames = keras.Input((size, size, 3), dtype="uint8", name=INPUT_NAME)
    seen = embedding(frames)
    tempered = keras.layers.Rescaling(1 / temperature, name="temperature")(model.get_layer(LOGITS_NAME)(seen))
    probs = keras.layers.Softmax(name=PROBS_NAME)(tempered)
    return without_xla(keras.Model(frames, [probs, seen], name="published"))


def _mirrored(features: Any, size: int) -> Any:
    """As one batch of 2 N pictures, so that the network stands in the graph once."""
    frames = keras.Input((size, size, 3), dtype="uint8")
    mirror_image = keras.ops.take(frames, np.arange(size)[::-1].copy(), axis=2)
    both = features(keras.ops.concatenate([frames, mirror_image], axis=0))
    pairs = keras.ops.reshape(both, (2, -1, both.shape[-1]))
    return keras.Model(frames, keras.ops.mean(pairs, axis=0))


def convert(model: Any, contract: ModelContract) -> onnx.ModelProto:
    """The ONNX form of what `publishable` made, with the contract's names, a free batch dimension and the metadata."""
    logging.getLogger("tf2onnx").setLevel(logging.ERROR)
    size = contract.input.size
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

    pictures: RGB uint8 (n, S, S, 3). Differences count as shares of an output's largest value where that exceeds 1:
    float32 is no more exact than that. Raises ModelError when they disagree, or when the answers hardly differ from one
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
            difference = _difference(got, wanted)
            if not difference <= TOLERANCE:
                raise ModelError(
                    f"not exported: {name} of Keras and of ONNX Runtime differ by {difference:.2g} at batch "
                    f"{batch_size}, at most {TOLERANCE:g} is allowed"
                )
            worst = max(worst, difference)
    return worst


class _Pictures:
    """The pictures of a run, through the app's own `prepare`."""

    def __init__(self, folder: Path, data_root: Path, contract: ModelContract) -> None:
        self._root, self._contract = data_root, contract
        self.parts = stored_samples(folder / run.SPLIT, data_root, contract.labels)

    def parity(self) -> npt.NDArray[np.uint8]:
        """64 of the test, else validation, else training pictures, spread over the classes; fewer with a warning."""
        samples = [sample for part in ("test", "val", "train") for sample in balanced(self.parts[part])]
        pictures = first_readable(samples, self._contract.input, PARITY_PICTURES)
        if len(pictures) < 2:
            raise ConfigError(
                f"{self._root}: the run's pictures are not there any more; export compares models on them, "
                "so say where they are with --data-root"
            )
        if len(pictures) < PARITY_PICTURES:
            print(
                f"warning: only {len(pictures)} readable pictures to compare the models on, {PARITY_PICTURES} wanted",
                file=sys.stderr,
            )
        return pictures

    def calibration(self) -> npt.NDArray[np.uint8]:
        """Training pictures, as many of each class as there are, up to 200 in all."""
        pictures = first_readable(balanced(self.parts["train"]), self._contract.input, CALIBRATION_PICTURES)
        if not len(pictures):
            raise ConfigError(
                f"{self._root}: the run's training pictures are not there; --int8 calibrates on them, so say where "
                "they are with --data-root"
            )
        return pictures


def _fp16(fp32: Path, pictures: npt.NDArray[np.uint8]) -> tuple[Path, float]:
    """A verified file with its weights in half precision, beside it, and how far that moves a probability."""
    target = fp32.with_name("published.onnx")
    onnx.save(halve_weights(onnx.load(fp32)), target)
    whole, half = (Classifier(path).predict(pictures).probs for path in (fp32, target))
    drift = float(np.abs(whole - half).max())
    if drift > HALF_TOLERANCE:
        raise ModelError(
            f"not exported: weights in half precision move a probability by {drift:.2g}, at most {HALF_TOLERANCE:g} is "
            "allowed; leave out --fp16"
        )
    return target, drift


def _int8(fp32: Path, contract: ModelContract, source: _Pictures) -> tuple[Path, str]:
    """The int8 form of a verified file, beside it, and what is to be said of the two."""
    graph, comparison = quantise(fp32, source.calibration(), source.parts["val"], fp32.parent)
    informed = replace(contract, info={**contract.info, "int8": comparison.to_json()})
    onnx.helper.set_model_props(graph, informed.to_metadata())
    onnx.checker.check_model(graph)
    target = fp32.with_name("published.onnx")
    onnx.save(graph, target)
    Classifier(target)
    return target, str(comparison)


def _difference(got: npt.NDArray[np.float32], wanted: npt.NDArray[np.float32]) -> float:
    if got.shape != wanted.shape:
        return float("inf")
    return float(np.abs(got - wanted).max()) / max(1.0, float(np.abs(wanted).max()))


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


def _rename(graph: onnx.GraphProto, old: str, new: str) -> None:
    """Gives a value another name, wherever it is made or used."""
    for node in graph.node:
        for names in (node.input, node.output):
            names[:] = [new if name == old else name for name in names]
    for value in (*graph.output, *graph.value_info):
        if value.name == old:
            value.name = new
