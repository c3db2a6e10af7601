"""This product beside other ways to label a video, on the same clip and machine:

    python -m venv .venv-peers
    .venv-peers/bin/python -m pip install -e '.[train]' -r tests/benchmark/peers-requirements.txt
    .venv-peers/bin/python tests/benchmark/peers.py CLIP [--model FILE] [--json OUT] [--rounds N] [--frames N]

Every contender runs in a process of its own, once a round; each round begins with another one. All but Ultralytics' run
the same MobileNetV2 (alpha 1, 224 px, 16 classes, random weights: this is about speed alone). So does this product,
beside its own model, which runs its network twice a frame if it was exported with --mirror. Every contender has its own
defaults, the number of threads among them. For Linux and macOS.
"""

import argparse
import contextlib
import functools
import itertools
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import types
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

# The rest is imported where it is used: what a contender does not use must not count against it, and Linux counts the
# memory of the process that starts another against the other.

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ROOT / "models" / "daily_activity.onnx"
SIZE, CLASSES = 224, 16
LABELS = [f"class_{number}" for number in range(CLASSES)]
CALIBRATION_FRAMES = 100
WARM_FRAMES = 3
MEASURES = {  # of Meter.figures: title, digits
    "frames": ("frames", 0),
    "fps": ("frames a second", 1),
    "cpu_ms": ("CPU a frame, ms", 1),
    "peak_mb": ("peak memory, MB", 0),
    "first_label_s": ("start to first label, s", 2),
}
COMPARED = [name for name in MEASURES if name != "frames"]
PACKAGES = [
    *("numpy", "av", "opencv-python", "opencv-contrib-python", "onnxruntime", "tensorflow-cpu", "tensorflow", "keras"),
    *("tf2onnx", "ultralytics", "torch", "torchvision", "mediapipe", "ai-edge-litert"),
]

Labelled = Callable[[], None]
Figures = dict[str, float]
Rounds = dict[str, list[Figures]]


@dataclass(frozen=True)
class Contender:
    """One way to label a clip.

    label: (clip, model, labelled) calls `labelled` after every frame. model: a file in the folder of models, "" for the
    one of --model. like: the contender of this product that is compared with it, for its network and precision.
    """

    title: str
    label: Callable[[Path, Path, Labelled], None]
    model: str
    like: str


class Enough(BaseException):
    """As many frames as wanted have their label: no error, and no contender shall take it for one."""


class ChildError(Exception):
    """A child process failed; the message is the last line that it said."""


class Meter:
    """Called after every frame; knows when the first and the last got their label, and the CPU time of both.

    began_s: `time.monotonic`, which all processes share, when the parent started this one. wanted: frames, 0: all.
    """

    def __init__(self, began_s: float, wanted: int) -> None:
        self._began_s, self._wanted, self._frames = began_s, wanted, 0
        self._first = self._last = (0.0, 0.0)

    def __call__(self) -> None:
        self._last = time.monotonic(), time.process_time()
        self._frames += 1
        if self._frames == 1:
            self._first = self._last
        if self._frames == self._wanted:
            raise Enough

    def figures(self) -> Figures:
        """Rates are of the frames after the first; CPU is user and system time of all threads."""
        if self._frames < 2:
            raise ValueError(f"{self._frames} frames got a label, a rate takes two")
        seconds, cpu_s = (last - first for first, last in zip(self._first, self._last, strict=True))
        unit = 1e6 if sys.platform == "darwin" else 1e6 / 1024  # bytes on macOS, KiB on Linux
        return {
            "frames": self._frames,
            "seconds": seconds,
            "cpu_s": cpu_s,
            "fps": (self._frames - 1) / seconds,
            "cpu_ms": 1e3 * cpu_s / (self._frames - 1),
            "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit,
            "first_label_s": self._first[0] - self._began_s,
        }


def main() -> None:
    """Prepares the models, lets everyone label the clip in every round, prints tables in Markdown."""
    options = parse()
    if options.make:
        MAKERS[options.make](options.models, options.clip)
    elif options.run:
        run(options)
    elif options.looks:
        from tests.benchmark import look_peers

        look_peers.compare(options)
    elif options.models:
        options.models.mkdir(parents=True, exist_ok=True)
        compare(options)
    else:
        with tempfile.TemporaryDirectory(prefix="peers-") as folder:
            options.models = Path(folder)
            compare(options)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("clip", type=Path, help="a video file")
    add("--model", type=Path, default=SHIPPED, help="this product's model (default: the shipped one)")
    add("--json", type=Path, metavar="OUT", help="every figure of every round")
    add("--overwrite", action="store_true", help="replace that file if it exists")
    add("--rounds", type=int, default=5, metavar="N", help="default: 5")
    add("--frames", type=int, default=0, metavar="N", help="of the clip, 2 or more (default: all)")
    add("--looks", action="store_true", help="a look every half second instead, as look_peers.py says")
    add("--models", type=Path, metavar="FOLDER", help="keeps the peers' models there, or finds them there")
    for flag, kind in (("--make", str), ("--run", str), ("--began", float)):  # what a child is to do
        add(flag, type=kind, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.json and options.json.exists() and not options.overwrite:
        parser.error(f"{options.json}: exists; choose another name, or replace it with --overwrite")
    for path in (options.clip, options.model):
        if not path.is_file():
            parser.error(f"{path}: no such file")
    if options.rounds < 1 or options.frames < 0 or options.frames == 1:
        parser.error("expected one round or more, and two frames or more")
    for name in ("clip", "model", "models"):  # children work in the folder of models
        path = getattr(options, name)
        setattr(options, name, path and path.resolve())
    return options


def compare(options: argparse.Namespace) -> None:
    """What the parent does: it starts the children and tells of them."""
    machine = describe_machine()
    failed = make_models(options)
    rounds: Rounds = {name: [] for name in CONTENDERS}
    for number in range(options.rounds + 1):
        for name in rotated([*CONTENDERS], number):
            if name in failed:
                continue
            say(f"round {number} of {options.rounds}: {name}" if number else f"warming up: {name}")
            try:
                figures = measure(options, name, options.frames if number else WARM_FRAMES)
            except ChildError as error:
                failed[name] = str(error)
            else:
                rounds[name] += [figures] if number else []
    rounds = {name: figures for name, figures in rounds.items() if name not in failed}
    report(options, machine, rounds, failed)


def rotated(names: Sequence[str], number: int) -> list[str]:
    start = number % len(names)
    return [*names[start:], *names[:start]]


def make_models(options: argparse.Namespace) -> dict[str, str]:
    """Contender -> why it cannot run, of those whose model could not be made."""
    reasons: dict[str, str] = {}
    for maker in MAKERS:
        made = [name for name in CONTENDERS if name.partition("-")[0] == maker and CONTENDERS[name].model]
        if all((options.models / CONTENDERS[name].model).is_file() for name in made):
            continue
        say(f"making the models of {maker}")
        try:
            start_child(options, "--make", maker)
        except ChildError as error:
            reasons |= dict.fromkeys(made, f"no model: {error}")
    return reasons


def measure(options: argparse.Namespace, name: str, wanted: int) -> Figures:
    """One contender's figures of one round. Raises ChildError."""
    said = start_child(options, "--run", name, "--frames", str(wanted), "--began", repr(time.monotonic()))
    figures: Figures = json.loads(said.splitlines()[-1])
    return figures


def start_child(options: argparse.Namespace, *flags: str) -> str:
    """What it said on stdout. Raises ChildError."""
    command = [sys.executable, __file__, str(options.clip), "--model", str(options.model)]
    command += ["--models", str(options.models), *flags]
    # It works in the folder of models, where Ultralytics may leave what it likes to.
    done = subprocess.run(command, cwd=options.models, capture_output=True, text=True, errors="replace")
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines() or [f"exit status {done.returncode}"]
        raise ChildError(lines[-1][:200].replace("|", "/"))
    return done.stdout


def run(options: argparse.Namespace) -> None:
    """A child's work in a round; the last line on stdout is its figures."""
    contender = CONTENDERS[options.run]
    meter = Meter(options.began, options.frames)
    with contextlib.suppress(Enough):
        contender.label(options.clip, options.models / contender.model if contender.model else options.model, meter)
    print(json.dumps(meter.figures()), flush=True)


def label_product(clip: Path, model: Path, labelled: Labelled) -> None:
    """`run_webcam.py --source CLIP --model MODEL --no-window`, heard where a frame's label goes to the terminal."""
    from app import cli
    from app.sinks.console import Console

    write = Console.write

    def write_and_tell(*what: Any) -> None:
        write(*what)
        labelled()

    Console.write = write_and_tell  # type: ignore[assignment,method-assign]
    status = cli.main(["--source", str(clip), "--model", str(model), "--no-window"])
    if status:
        sys.exit(status)


def label_keras(clip: Path, model: Path, labelled: Labelled, on_batch: bool = False) -> None:
    """The loop of the tutorials. on_batch: with `predict_on_batch`, which few of them know."""
    import keras

    network = keras.models.load_model(model)
    predict = network.predict_on_batch if on_batch else functools.partial(network.predict, verbose=0)
    for frame in frames(clip):
        predict(keras.applications.mobilenet_v2.preprocess_input(picture(frame)[None])).argmax()
        labelled()


label_keras_on_batch = functools.partial(label_keras, on_batch=True)


def label_opencv(clip: Path, model: Path, labelled: Labelled) -> None:
    """The same loop with OpenCV alone."""
    import cv2

    network = cv2.dnn.readNetFromONNX(str(model))
    for frame in frames(clip):
        network.setInput(cv2.dnn.blobFromImage(frame, 1 / 127.5, (SIZE, SIZE), (127.5, 127.5, 127.5), swapRB=True))
        network.forward().argmax()
        labelled()


def label_ultralytics(clip: Path, model: Path, labelled: Labelled) -> None:
    """`yolo classify predict source=CLIP model=MODEL`, which decodes and prepares by itself."""
    network = load_ultralytics(model.parent).YOLO(model, task="classify")
    for result in network.predict(str(clip), imgsz=SIZE, stream=True, save=False, verbose=False):
        assert 0 <= result.probs.top1 < CLASSES
        labelled()


def label_mediapipe(clip: Path, model: Path, labelled: Labelled) -> None:
    """ImageClassifier in its video mode; it shrinks the frames itself."""
    hide_tensorflow()
    import cv2
    from mediapipe import Image, ImageFormat
    from mediapipe.tasks.python.core.base_options import BaseOptions
    from mediapipe.tasks.python.vision import ImageClassifier, ImageClassifierOptions, RunningMode

    options = ImageClassifierOptions(BaseOptions(str(model)), RunningMode.VIDEO, max_results=1)
    with ImageClassifier.create_from_options(options) as network:
        for number, frame in enumerate(frames(clip)):
            image = Image(ImageFormat.SRGB, cv2.cvtColor(frame, cv2.COLOR_BGR2RGB))
            assert network.classify_for_video(image, number * 33).classifications[0].categories
            labelled()


def label_litert(clip: Path, model: Path, labelled: Labelled) -> None:
    """The loop of the tutorials with the runtime for small devices."""
    import numpy as np
    from ai_edge_litert.interpreter import Interpreter

    network = Interpreter(str(model))
    network.allocate_tensors()
    taken, given = network.get_input_details()[0], network.get_output_details()[0]
    for frame in frames(clip):
        seen = picture(frame)[None]
        network.set_tensor(taken["index"], seen if taken["dtype"] == np.uint8 else np.float32(seen) / 127.5 - 1)
        network.invoke()
        network.get_tensor(given["index"]).argmax()
        labelled()


# A name begins with that of the maker of its model.
CONTENDERS = {
    "product": Contender("this product, {model}", label_product, "", "product"),
    "product-fp32": Contender("this product, fp32", label_product, "product-fp32.onnx", "product-fp32"),
    "product-int8": Contender("this product, int8", label_product, "product-int8.onnx", "product-int8"),
    "keras": Contender("Keras `predict`, fp32", label_keras, "peer.keras", "product-fp32"),
    "keras-batch": Contender("Keras `predict_on_batch`, fp32", label_keras_on_batch, "peer.keras", "product-fp32"),
    "opencv": Contender("OpenCV `cv2.dnn`, fp32", label_opencv, "peer.onnx", "product-fp32"),
    "ultralytics": Contender("Ultralytics predict, YOLO26n-cls, fp32", label_ultralytics, "yolo.onnx", "product-fp32"),
    "mediapipe-fp32": Contender("MediaPipe, fp32", label_mediapipe, "task-fp32.tflite", "product-fp32"),
    "mediapipe-int8": Contender("MediaPipe, int8", label_mediapipe, "task-int8.tflite", "product-int8"),
    "litert-fp32": Contender("LiteRT, fp32", label_litert, "peer-fp32.tflite", "product-fp32"),
    "litert-int8": Contender("LiteRT, int8", label_litert, "peer-int8.tflite", "product-int8"),
}


def frames(clip: Path) -> Iterator[Any]:
    """BGR uint8 (H, W, 3), by OpenCV's decoder."""
    import cv2

    capture = cv2.VideoCapture(str(clip))
    while (read := capture.read())[0]:
        yield read[1]


def picture(frame: Any) -> Any:
    """RGB uint8 (224, 224, 3), as the tutorials make it."""
    import cv2

    return cv2.cvtColor(cv2.resize(frame, (SIZE, SIZE)), cv2.COLOR_BGR2RGB)


def load_ultralytics(folder: Path) -> Any:
    """The package, kept from the user's home, from the network and from installing anything."""
    os.environ.update(YOLO_CONFIG_DIR=str(folder), YOLO_OFFLINE="true", YOLO_AUTOINSTALL="false")
    import torch

    if version("torch").endswith("+cpu") and not version("torchvision").endswith("+cpu"):
        # torchvision for CUDA then lacks two operators that it insists on; only its transforms are used
        for name in ("nms", "qnms"):
            torch.library.define(f"torchvision::{name}", "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    import ultralytics

    return ultralytics


def hide_tensorflow() -> None:
    """MediaPipe loads it wherever it finds it, for next to nothing; its users need not have it."""
    sys.modules["tensorflow"] = None  # type: ignore[assignment]


def make_keras(folder: Path, clip: Path) -> None:
    """The network of all but Ultralytics. One pass sets batch norm's statistics, or random layers fade to zero."""
    import keras
    import numpy as np

    network = keras.applications.MobileNetV2(weights=None, classes=CLASSES)
    for layer in network.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.0
    seen = np.stack([picture(frame) for frame in calibration_frames(clip)])
    network(keras.applications.mobilenet_v2.preprocess_input(seen), training=True)
    network.save(folder / "peer.keras")


def make_opencv(folder: Path, _clip: Path) -> None:
    """Channels first and a batch of one, as blobFromImage has it."""
    import keras
    import tensorflow as tf
    import tf2onnx

    network = keras.models.load_model(folder / "peer.keras")
    signature = [tf.TensorSpec((1, SIZE, SIZE, 3), tf.float32, name="picture")]
    target = str(folder / "peer.onnx")
    tf2onnx.convert.from_keras(network, signature, opset=17, inputs_as_nchw=["picture"], output_path=target)


def make_litert(folder: Path, clip: Path) -> None:
    """fp32, and int8 throughout: uint8 pictures in, uint8 probabilities out."""
    import keras
    import numpy as np
    import tensorflow as tf

    converter = tf.lite.TFLiteConverter.from_keras_model(keras.models.load_model(folder / "peer.keras"))
    (folder / "peer-fp32.tflite").write_bytes(converter.convert())
    pictures = [np.float32(picture(frame)[None]) / 127.5 - 1 for frame in calibration_frames(clip)]
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([seen] for seen in pictures)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.uint8
    (folder / "peer-int8.tflite").write_bytes(converter.convert())


def make_mediapipe(folder: Path, _clip: Path) -> None:
    """LiteRT's two files with MediaPipe's metadata: labels and, for fp32, how to scale pictures."""
    hide_tensorflow()
    # The wheel of 1.2.3 lacks this module, which says what version of the parser the metadata needs.
    parser = types.SimpleNamespace(GetMinimumMetadataParserVersion=lambda _metadata: "1.0.0")
    stub: Any = types.SimpleNamespace(_pywrap_metadata_version=parser)
    sys.modules["mediapipe.tasks.cc.metadata.python"] = stub
    from mediapipe.tasks.python.metadata.metadata_writers import image_classifier, metadata_writer

    for precision in ("fp32", "int8"):
        bare = bytearray((folder / f"peer-{precision}.tflite").read_bytes())
        labels = metadata_writer.Labels().add(LABELS)
        writer = image_classifier.MetadataWriter.create(bare, [127.5], [127.5], labels)
        (folder / f"task-{precision}.tflite").write_bytes(writer.populate()[0])


def make_product(folder: Path, clip: Path) -> None:
    """The same network, with the same weights, through this product's own export: fp32 and int8, no mirror image."""
    from training.process import prepare_process

    prepare_process()
    import keras
    import numpy as np
    import onnx

    from app.images.prepare import InputSpec, prepare
    from app.model.contract import ModelContract
    from training.commands.export import convert, publishable
    from training.networks.model import build_model
    from training.onnx_files.quantise import quantise
    from training.recipe import Recipe

    contract = ModelContract(tuple(LABELS), InputSpec(SIZE, "squeeze"), (0.5,) * CLASSES)
    model = build_model(Recipe(), CLASSES)
    model.set_weights(keras.models.load_model(folder / "peer.keras").get_weights())
    fp32 = folder / "product-fp32.onnx"
    fp32.write_bytes(convert(publishable(model, SIZE, 1.0), contract).SerializeToString())
    shown = list(calibration_frames(clip))
    pictures = np.stack([prepare(frame, contract.input) for frame in shown])
    int8, _ = quantise(fp32, pictures, samples(folder, shown), folder, max_loss=1.0)
    onnx.helper.set_model_props(int8, contract.to_metadata())
    onnx.save(int8, folder / "product-int8.onnx")


def make_ultralytics(folder: Path, _clip: Path) -> None:
    """YOLO26n-cls from its YAML, with as many classes as the others have."""
    ultralytics = load_ultralytics(folder)
    import yaml

    source = Path(ultralytics.__file__).parent / "cfg" / "models" / "26" / "yolo26-cls.yaml"
    recipe = folder / "yolo26n-cls.yaml"  # the n in the name chooses the size of the network
    recipe.write_text(yaml.safe_dump({**yaml.safe_load(source.read_text(encoding="utf-8")), "nc": CLASSES}))
    exported = ultralytics.YOLO(recipe).export(format="onnx", imgsz=SIZE)
    Path(exported).replace(folder / "yolo.onnx")


MAKERS = {  # the first makes the network that the others convert
    "keras": make_keras,
    "opencv": make_opencv,
    "litert": make_litert,
    "mediapipe": make_mediapipe,
    "product": make_product,
    "ultralytics": make_ultralytics,
}


def calibration_frames(clip: Path) -> Iterator[Any]:
    """The first of the clip."""
    return itertools.islice(frames(clip), CALIBRATION_FRAMES)


def samples(folder: Path, shown: Sequence[Any]) -> list[Any]:
    """Frames as labelled picture files, which `quantise` wants; the labels, made up, do nothing to its speed."""
    import cv2

    from training.data.dataset import Sample

    made = []
    for label, frame in zip(LABELS, shown, strict=False):
        path = folder / f"{label}.png"
        cv2.imwrite(str(path), frame)
        made.append(Sample(path, path.name, label, label, label))
    return made


def report(options: argparse.Namespace, machine: str, rounds: Rounds, failed: dict[str, str]) -> None:
    """The tables on stdout, everything in the JSON file."""
    titles = {name: contender.title.format(model=options.model.name) for name, contender in CONTENDERS.items()}
    print(f"{machine}. {options.clip.name}; median (lowest to highest) of the rounds, {options.rounds} in all.\n")
    print(table(titles, rounds, failed))
    print(f"\nAs multiples of {titles['product']} (medians over the rounds):\n")
    print(ratios(titles, rounds, lambda _: "product"))
    print("\nAs multiples of this product with the same network and precision (YOLO26n-cls: same precision):\n")
    print(ratios(titles, rounds, lambda name: CONTENDERS[name].like))
    packages = versions()
    print(f"\n{', '.join(f'{name} {found}' for name, found in packages.items())}.")
    if options.json:
        told = {"machine": machine, "clip": options.clip.name, "versions": packages, "titles": titles}
        options.json.write_text(json.dumps({**told, "rounds": rounds, "failed": failed}, indent=2) + "\n")


def table(titles: dict[str, str], rounds: Rounds, failed: dict[str, str]) -> str:
    """A row a contender; for those that cannot run, the reason."""
    rows = []
    for name, title in titles.items():
        if name in failed:
            rows.append([title, f"cannot run: {failed[name]}", *[""] * (len(MEASURES) - 1)])
        else:
            values = {key: [figures[key] for figures in rounds[name]] for key in MEASURES}
            rows.append([title, *(spread(values[key], digits) for key, (_, digits) in MEASURES.items())])
    return markdown(["", *(title for title, _ in MEASURES.values())], rows)


def ratios(titles: dict[str, str], rounds: Rounds, reference: Callable[[str], str]) -> str:
    """A row a contender, as multiples of its reference in the same round."""
    rows = []
    for name in rounds:
        other = reference(name)
        if other in rounds and other != name:
            pairs = list(zip(rounds[name], rounds[other], strict=True))
            shares = (statistics.median(own[key] / its[key] for own, its in pairs) for key in COMPARED)
            rows.append([titles[name], *(f"{share:.2f}" for share in shares)])
    return markdown(["", *(MEASURES[key][0].partition(",")[0] for key in COMPARED)], rows)


def spread(values: Sequence[float], digits: int) -> str:
    """The median, and the lowest to the highest where they differ."""
    low, median, high = (f"{value:.{digits}f}" for value in (min(values), statistics.median(values), max(values)))
    return median if low == high else f"{median} ({low} to {high})"


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows))


def describe_machine() -> str:
    """The processor, its cores, and how busy it was before."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        name = next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        name = platform.processor() or platform.machine()
    return f"{name}, {os.cpu_count()} cores, {platform.system()}, load {os.getloadavg()[0]:.1f} at the start"


def versions() -> dict[str, str]:
    """Of Python and of the packages that are installed."""
    found = {"Python": platform.python_version()}
    for package in PACKAGES:
        with contextlib.suppress(PackageNotFoundError):
            found[package] = version(package)
    return found


def say(line: str) -> None:
    """Progress, which is no part of the report."""
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
