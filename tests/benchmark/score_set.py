"""Makes clips with exact truth files, to tune the smoothing on and to test it: half an hour and more.

    python tests/benchmark/score_set.py OUT [--shared ../shared]

OUT gets three folders, each for `python -m app.score FOLDER`: tune/ and test/ of photographs and webcam people that
the shipped model never learned from, filmed with a moving camera in changing light; real/ with links to the clips of
SHARED and to the truth files in truth/, which were written by looking at them. In day-*.mp4 activities and idle
stretches follow one another, of several sources, each with one to four images; in still-*.mp4 somebody does one thing.

tune/ and test/ share no image, no near-duplicate and no person. test/ has photographs of the model's test part, which
chose nothing; three of its webcam people are of the validation part, which chose the model's thresholds, for there are
no others. The set is the same everywhere.
"""

import argparse
import csv
import random
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import groupby
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import cv2

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from app.config.settings import RecordSettings  # noqa: E402
from app.images.read import read_image  # noqa: E402
from app.labels import OTHER  # noqa: E402
from app.sinks.recording.video_file import VideoFile  # noqa: E402
from tests.benchmark.held_out_split import held_out, person  # noqa: E402
from tests.benchmark.moving_photographs import FPS, Shot, film  # noqa: E402
from training.data.dataset import Sample  # noqa: E402

TRUTH = Path(__file__).with_name("truth")
TEST_PEOPLE = ("alarm9-B", "learnlens-L3", "ucf-G16", "ucf-G15")  # before a webcam; the others are in tune/
TEST_SHARE = 0.6  # of the photographs of the model's test part; the rest, and its validation part, are in tune/
DAYS, DAY_S = 14, 60.0  # clips a part, and about how long each is
STILLS, STILL_S = 10, 30.0
IDLE_SHARE, WEBCAM_SHARE = 0.4, 0.4  # of the segments: class other; of these: people before a webcam
NARROWEST = 1.0  # width to height: a webcam's image is wide
SEED = 16


class Segment(NamedTuple):
    """A stretch of one activity: its label and its shots."""

    label: str
    shots: tuple[Shot, ...]

    @property
    def seconds(self) -> float:
        return sum(shot.seconds for shot in self.shots)


class Clip(NamedTuple):
    """A clip to be made: the file, its segments, and the seed of its camera."""

    path: Path
    segments: tuple[Segment, ...]
    seed: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=Path, metavar="OUT", help="a folder outside the repository")
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    parser.add_argument("--workers", type=int, default=2, help="clips made at the same time")
    options = parser.parse_args()
    parts = dealt(held_out(options.shared / "data"))
    clips = [clip for part in parts for clip in planned(options.output / part, parts[part], f"{SEED} {part}")]
    link_real(options.shared, options.output / "real")
    with ProcessPoolExecutor(options.workers, get_context("spawn")) as pool:  # OpenCV's threads do not survive a fork
        for clip in pool.map(make, clips):
            print(clip.path, f"{sum(segment.seconds for segment in clip.segments):.1f} s", flush=True)


def dealt(samples: dict[str, list[Sample]]) -> dict[str, list[Sample]]:
    """Deals the held-out images to "tune" and "test", those of each class and set in the order of their contents."""
    people = [sample for part in samples.values() for sample in part if person(sample)]
    test = [sample for sample in people if person(sample) in TEST_PEOPLE]
    tune = [sample for sample in people if person(sample) not in TEST_PEOPLE]
    tune += [sample for sample in samples["val"] if not person(sample)]
    photographs = sorted((sample for sample in samples["test"] if not person(sample)), key=_kind)
    for _, group in groupby(photographs, key=_kind):
        members = sorted(group, key=lambda sample: sample.sha256)
        cut = round(TEST_SHARE * len(members))
        test += members[:cut]
        tune += members[cut:]
    tested = {sample.group for sample in test}
    return {"tune": [sample for sample in tune if sample.group not in tested], "test": test}


def planned(folder: Path, samples: Sequence[Sample], seed: str) -> Iterator[Clip]:
    """Draws what the clips of a part show."""
    draw = random.Random(seed)
    cast = _Cast(samples, draw)
    for number in range(DAYS):
        segments: list[Segment] = []
        while sum(segment.seconds for segment in segments) < DAY_S:
            segments.append(cast.segment(not_label=segments[-1].label if segments else ""))
        yield Clip(folder / f"day-{number + 1:02}.mp4", tuple(segments), draw.getrandbits(32))
    for number in range(STILLS):
        yield Clip(folder / f"still-{number + 1:02}.mp4", (cast.still(),), draw.getrandbits(32))


class _Cast:
    """Gives out images of the same class and source; all of them before any comes again."""

    def __init__(self, samples: Sequence[Sample], draw: random.Random) -> None:
        self._draw = draw
        self._images: defaultdict[str, dict[str, list[Path]]] = defaultdict(dict)  # label -> source or person -> files
        self._left: defaultdict[tuple[str, str], list[Path]] = defaultdict(list)
        for sample in sorted(samples, key=lambda sample: sample.name):
            image = read_image(sample.path)
            if image is not None and image.shape[1] >= NARROWEST * image.shape[0]:
                self._images[sample.label].setdefault(person(sample) or sample.source, []).append(sample.path)

    def segment(self, not_label: str) -> Segment:
        draw = self._draw
        label = OTHER if draw.random() < IDLE_SHARE else draw.choice([one for one in self._images if one != OTHER])
        if label == not_label:
            return self.segment(not_label)
        restless, count = draw.choice((0.3, 0.6, 1.0)), draw.randint(1, 4)
        fades = [0.0 if draw.random() < 0.5 else draw.uniform(0.3, 1.0) for _ in range(count)]
        lengths = [draw.uniform(6, 12) if count == 1 else draw.uniform(3, 7) for _ in range(count)]
        files = self._files(label, self._source(label), count)
        shots = [Shot(*each, restless) for each in zip(files, map(_on_a_frame, lengths), fades, strict=False)]
        return Segment(label, tuple(shots))

    def still(self) -> Segment:
        draw = self._draw
        label = OTHER if draw.random() < IDLE_SHARE else draw.choice([one for one in self._images if one != OTHER])
        (file,) = self._files(label, self._source(label), 1)
        return Segment(label, (Shot(file, STILL_S, 0.0, draw.choice((0.3, 0.6, 1.0))),))

    def _source(self, label: str) -> str:
        sources = self._images[label]
        people = [source for source in sources if "-" in source]
        sets = [source for source in sources if "-" not in source]
        if people and (not sets or self._draw.random() < WEBCAM_SHARE):
            return self._draw.choice(people)
        return self._draw.choices(sets, [len(sources[one]) for one in sets])[0]

    def _files(self, label: str, source: str, count: int) -> list[Path]:
        files, images = [], self._images[label][source]
        left = self._left[label, source]
        for _ in range(min(count, len(images))):
            if not left:
                left += self._draw.sample(images, len(images))
            files.append(left.pop())
        return files


def make(clip: Clip) -> Clip:
    """Writes a clip and its truth file, a log as the app writes it."""
    cv2.setNumThreads(1)
    clip.path.parent.mkdir(parents=True, exist_ok=True)
    video = VideoFile(clip.path, RecordSettings(crf=20))
    shots = [shot for segment in clip.segments for shot in segment.shots]
    for index, image in enumerate(film(shots, clip.seed)):
        video.write(image, index / FPS, 1 / FPS)
    video.close()
    with clip.path.with_suffix(".csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(("source", "label", "start_s", "end_s", "seconds", "confidence"))
        start_s = 0.0
        for segment in clip.segments:
            end_s = start_s + segment.seconds
            rows.writerow(
                (clip.path.name, segment.label, f"{start_s:.3f}", f"{end_s:.3f}", f"{segment.seconds:.3f}", 1)
            )
            start_s = end_s
    return clip


def link_real(shared: Path, folder: Path) -> None:
    """Links the real clips, and the truth files that people made of them, into one folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for truth in sorted(TRUTH.glob("*/*.txt")):
        clip = next((shared / truth.parent.name).glob(f"{truth.stem}.*"), None)
        for file in filter(None, (clip, truth)):
            link = folder / file.name
            link.unlink(missing_ok=True)
            link.symlink_to(file.resolve())


def _kind(sample: Sample) -> tuple[str, str]:
    return sample.label, sample.source


def _on_a_frame(seconds: float) -> float:
    return round(seconds * FPS) / FPS


if __name__ == "__main__":
    main()
