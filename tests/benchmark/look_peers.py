"""A look every half second, this product beside other ways to get it: python tests/benchmark/peers.py CLIP --looks.

Every contender runs the same network (the model's own, without cues, an image at a time, one thread) in a process of
its own, once a round. Processor time counts, that of child processes too: several threads do not make a way cheaper.
What is not installed is named and left out; FFmpeg is the program `ffmpeg`, or that of imageio-ffmpeg.
"""

import argparse
import json
import resource
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

EVERY_S = 0.5
Figures = dict[str, float]


class Network:
    """ONNX Runtime with the settings of the product."""

    def __init__(self, model: Path) -> None:
        from app.model.classifier import Classifier

        self._classifier = Classifier(model)
        self.size = self._classifier.contract.input.size
        self.looks = 0

    def __call__(self, image: Any) -> None:
        """Classifies RGB uint8 (S, S, 3)."""
        assert self._classifier.predict(image[None]).probs.size
        self.looks += 1


def with_product(clip: Path, network: Network, model: Path, keyframes: bool = False) -> None:
    """`python -m app.scan CLIP --set cues.use=off`, a worker's whole work."""
    from app.config.settings import load_project_settings
    from app.scan.addresses import identity
    from app.scan.job import make_job
    from app.scan.looks import Work
    from app.scan.scanner import Scanner

    settings = load_project_settings(overrides=["cues.use=off"])
    scanner = Scanner(make_job(model, settings, EVERY_S, keyframes, 600.0))
    answer = scanner.answer(Work(str(clip), identity(str(clip))))
    assert answer.looks is not None, answer.problem
    network.looks = len(answer.looks.times_s)


def with_ffmpeg(clip: Path, network: Network, _model: Path) -> None:
    """FFmpeg's `fps` filter into a pipe."""
    import numpy as np

    size = network.size
    wanted = f"fps={1 / EVERY_S:g},scale={size}:{size}:flags=area"
    command = [ffmpeg(), "-v", "error", "-i", str(clip), "-vf", wanted, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        while len(data := process.stdout.read(size * size * 3)) == size * size * 3:
            network(np.frombuffer(data, np.uint8).reshape(size, size, 3))


def with_opencv(clip: Path, network: Network, _model: Path) -> None:
    """`grab` for every frame, `retrieve` for those that are looked at."""
    import cv2

    capture = cv2.VideoCapture(str(clip))
    step = max(1, round(capture.get(cv2.CAP_PROP_FPS) * EVERY_S))
    number = 0
    while capture.grab():
        if number % step == 0:
            image = cv2.resize(capture.retrieve()[1], (network.size, network.size))
            network(cv2.cvtColor(image, cv2.COLOR_BGR2RGB))
        number += 1


def with_decord(clip: Path, network: Network, _model: Path) -> None:
    """Its reader seeks by itself."""
    import decord

    reader = decord.VideoReader(str(clip), width=network.size, height=network.size)
    for number in range(0, len(reader), max(1, round(reader.get_avg_fps() * EVERY_S))):
        network(reader[number].asnumpy())


def with_torchcodec(clip: Path, network: Network, _model: Path) -> None:
    """Its decoder seeks by itself."""
    import cv2
    from torchcodec.decoders import VideoDecoder

    decoder = VideoDecoder(str(clip), dimension_order="NHWC")
    for number in range(0, len(decoder), max(1, round(decoder.metadata.average_fps * EVERY_S))):
        network(cv2.resize(decoder[number].numpy(), (network.size, network.size)))


def with_ultralytics(clip: Path, network: Network, _model: Path) -> None:
    """Its loader with `vid_stride`, and the network of the others in place of its own."""
    import cv2
    from ultralytics.data.loaders import LoadImagesAndVideos

    fps = cv2.VideoCapture(str(clip)).get(cv2.CAP_PROP_FPS)
    for _, images, _ in LoadImagesAndVideos(str(clip), vid_stride=max(1, round(fps * EVERY_S))):
        image = cv2.resize(images[0], (network.size, network.size))
        network(cv2.cvtColor(image, cv2.COLOR_BGR2RGB))


CONTENDERS: dict[str, Callable[[Path, Network, Path], None]] = {
    "this product, `scan`": with_product,
    "FFmpeg `fps=2` into a pipe": with_ffmpeg,
    "OpenCV `grab`": with_opencv,
    "decord": with_decord,
    "torchcodec": with_torchcodec,
    "Ultralytics `vid_stride`": with_ultralytics,
}


def ffmpeg() -> str:
    """The program."""
    found = shutil.which("ffmpeg")
    if found is None:
        import imageio_ffmpeg

        found = imageio_ffmpeg.get_ffmpeg_exe()
    return str(found)


def run(name: str, clip: Path, model: Path) -> Figures:
    """One contender's work in a process of its own."""
    network = Network(model)
    began_s, before_s = time.monotonic(), processor_s()
    CONTENDERS[name](clip, network, model)
    return {"looks": network.looks, "wall_s": time.monotonic() - began_s, "cpu_s": processor_s() - before_s}


def processor_s() -> float:
    """Of this process and of the children that have ended."""
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def compare(options: argparse.Namespace) -> None:
    """Lets everyone look at the clip in every round, and prints a table in Markdown."""
    found: dict[str, list[Figures]] = {name: [] for name in CONTENDERS}
    failed: dict[str, str] = {}
    for number in range(options.rounds):
        names = [*CONTENDERS]
        for name in names[number % len(names) :] + names[: number % len(names)]:
            if name not in failed:
                print(f"round {number + 1} of {options.rounds}: {name}", file=sys.stderr, flush=True)
                done = start(name, options.clip, options.model)
                if isinstance(done, str):
                    failed[name] = done
                else:
                    found[name].append(done)
    print("\n".join(table(found, failed)))
    if options.json:
        options.json.write_text(json.dumps({"rounds": found, "failed": failed}, indent=2) + "\n")


def start(name: str, clip: Path, model: Path) -> Figures | str:
    """Figures, or why there are none."""
    command = [sys.executable, __file__, name, str(clip), str(model)]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace")
    if done.returncode:
        return (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1][:200]
    figures: Figures = json.loads(done.stdout.splitlines()[-1])
    return figures


def table(found: dict[str, list[Figures]], failed: dict[str, str]) -> Iterator[str]:
    """Processor time as multiples of the product's in the same round."""
    own = found[next(iter(CONTENDERS))]
    yield "| | looks | processor s | times the product's (range) |"
    yield "| --- | --- | --- | --- |"
    for name, rounds in found.items():
        if name in failed:
            yield f"| {name} | cannot run: {failed[name]} | | |"
            continue
        times = [one["cpu_s"] / its["cpu_s"] for one, its in zip(rounds, own, strict=True)]
        cpu_s = statistics.median(one["cpu_s"] for one in rounds)
        spread = f"{statistics.median(times):.2f} ({min(times):.2f} to {max(times):.2f})"
        yield f"| {name} | {rounds[0]['looks']:.0f} | {cpu_s:.2f} | {spread} |"


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    print(json.dumps(run(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))))
