"""What a scan costs, and how close it comes to the least that its looks can cost."""

import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np

from app.arrays import Image
from app.config.settings import Settings
from app.entities import Frame
from app.errors import SourceError
from app.images.decoded import picture_of
from app.model.classifier import Classifier
from app.scan.addresses import identity
from app.scan.job import Job, make_job
from app.scan.looks import Work
from app.scan.options import EVERY_S, PIECE_S
from app.scan.scanner import BATCH, Scanner
from app.sources.file_index import FileIndex, index_file
from app.sources.film import find_film
from app.sources.media import open_file
from app.sources.sparse import Stretch, stretches
from app.system.interrupts import interrupts

STAGES = ("index", "seek", "decode", "prepare", "classify")
Figures = dict[str, Any]


def measure_scan(clip: Path, model: Path, settings: Settings, rounds: int) -> Figures:
    """Measures the raw costs and the product in turn, in processor seconds of one thread.

    The bound is made of bare loops over PyAV and ONNX Runtime: the cheapest decoding that yields exactly these looks,
    each image prepared, and the network run on as many at once as the product does. What
    else the product does has to fit into the rest.

    Args:
        clip: a video file.
        model: an ONNX model.
        settings: those of the product; cues are off, as in the bound.
        rounds: how often.

    Returns:
        For "looks" (one every 0.5 s) and "keyframes": the costs in ms a second of video, the bound, the ratio and the
        speed, each as {"median", "low", "high"}.

    Raises:
        AppError: the clip or the model does not open.
    """
    index = index_file(clip, str(clip))
    if index is None:
        raise SourceError(f"{clip}: expected a video whose packets tell its images; give one in MP4 or MKV")
    ways = {"looks": False, "keyframes": True}
    benches = {
        name: _Bench(clip, index, make_job(model, settings, EVERY_S, keyframes, PIECE_S))
        for name, keyframes in ways.items()
    }
    found: dict[str, dict[str, list[float]]] = {name: {} for name in ways}
    with interrupts.deferred():
        for number in range(rounds):
            for name, bench in benches.items():
                interrupts.check()
                print(f"round {number + 1} of {rounds}: {name}", file=sys.stderr, flush=True)
                for key, value in bench.round().items():
                    found[name].setdefault(key, []).append(value)
    return {
        "clip": {"seconds": index.end_s, "images": len(index.stamps), "keyframes": len(index.keys)},
        **{name: {key: _spread(values) for key, values in figures.items()} for name, figures in found.items()},
    }


def scan_report(figures: Figures) -> str:
    """Writes the figures as lines for the terminal."""
    clip = figures["clip"]
    apart = clip["seconds"] / clip["keyframes"]
    lines = [f"{clip['seconds']:.1f} s, {clip['images']} images, a keyframe every {apart:.1f} s; median (range)", ""]
    for name in ("looks", "keyframes"):
        told = figures[name]
        lines.append(f"{name}, processor ms a second of video:")
        lines += [f"  {stage:10}{_text(told[stage]):>24}" for stage in (*STAGES, "bound", "product")]
        lines.append(f"  share of the bound {_text(told['ratio'])}, {_text(told['speed'])} times real time a core")
    return "\n".join(lines)


class _Bench:
    """The bound and the product, for one way of looking."""

    def __init__(self, clip: Path, index: FileIndex, job: Job) -> None:
        self._clip, self._index = clip, index
        self._scanner = Scanner(job)
        self._work = Work(str(clip), identity(str(clip)))
        self._classifier = Classifier(job.model)
        self._wanted: list[Stretch] = [stretch for stretch, _ in stretches(index, self._scanner.wanted(index).tolist())]

    def round(self) -> dict[str, float]:
        """One round, everything once, in ms a second of video."""
        costs = {
            "index": _cost(lambda: index_file(self._clip, "clip")),
            "seek": _cost(self._seek),
            **self._bare(),
        }
        product_s = _cost(lambda: self._scanner.answer(self._work))
        bound_s = costs["decode"] + costs["prepare"] + costs["classify"]
        seconds = self._index.end_s
        told = {name: 1e3 * cost / seconds for name, cost in {**costs, "bound": bound_s, "product": product_s}.items()}
        return {**told, "ratio": bound_s / product_s, "speed": seconds / product_s}

    def _seek(self) -> None:
        """Goes to each keyframe from which something is decoded; decodes nothing."""
        with open_file(self._clip, "clip") as container:
            stream = find_film(container, "clip")
            for stretch in self._wanted:
                container.seek(stretch.key, stream=stream)

    def _bare(self) -> dict[str, float]:
        """The loop that nobody can do without; the stages take turns, for all images do not fit into memory."""
        size = self._classifier.contract.input
        costs = dict.fromkeys(("decode", "prepare", "classify"), 0.0)
        images, batch = self._decoded(), list[Image]()
        while True:
            began_s = time.thread_time()
            decoded = next(images, None)
            costs["decode"] += time.thread_time() - began_s
            if decoded is not None:
                frame = Frame(picture_of(decoded, None), 0, 0.0, "clip")
                began_s = time.thread_time()
                batch.append(frame.prepare(size))
                costs["prepare"] += time.thread_time() - began_s
            if len(batch) == BATCH or (decoded is None and batch):
                began_s = time.thread_time()
                self._classifier.predict(np.stack(batch))
                costs["classify"] += time.thread_time() - began_s
                batch.clear()
            if decoded is None:
                return costs

    def _decoded(self) -> Iterator[av.VideoFrame]:
        """Decodes what the looks need, knowing beforehand what that is."""
        with open_file(self._clip, "clip") as container:
            stream = find_film(container, "clip")
            context = stream.codec_context
            context.thread_count = 1
            packets = container.demux(stream)
            for stretch in self._wanted:
                wanted, feeding = set(stretch.wanted), False
                for packet in packets:
                    feeding = feeding or packet.pts == stretch.key
                    if not feeding:
                        continue
                    context.skip_frame = "DEFAULT" if packet.pts in wanted else "NONREF"
                    yield from (image for image in context.decode(packet) if image.pts in wanted)
                    if packet.pts == stretch.last:
                        break
                yield from (image for image in context.decode(None) if image.pts in wanted)
                context.flush_buffers()


def _cost(turn: Callable[[], object]) -> float:
    began_s = time.thread_time()
    turn()
    return time.thread_time() - began_s


def _spread(values: list[float]) -> dict[str, float]:
    return {"median": statistics.median(values), "low": min(values), "high": max(values)}


def _text(figure: dict[str, float]) -> str:
    return f"{figure['median']:.2f} ({figure['low']:.2f} to {figure['high']:.2f})"
