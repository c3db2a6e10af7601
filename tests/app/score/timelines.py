"""Timelines for the oracles: random ones and edge cases, and the same as frames of an eighth of a second.

Eighths are exact in floating point and in whole microseconds, so that an oracle which counts in floats never rounds.
"""

import itertools
import random
from collections.abc import Iterator, Sequence

from app.score.timeline import Segment, Timeline

FPS = 8
LABELS = ("eating", "reading", "texting", "other", "nobody", "unsure")
BACKGROUND = ("other", "nobody", "unsure")
Frames = list[str]
Event = tuple[str, int, int]  # label, first frame, the frame after the last one


def timeline(*rows: tuple[str, float, float]) -> Timeline:
    return Timeline(tuple(Segment(*row) for row in rows))


def from_runs(runs: Sequence[tuple[str | None, int]]) -> Timeline:
    """A timeline of runs of a label, or None for a gap, of so many frames each."""
    segments, frame = [], 0
    for label, length in runs:
        if label is not None:
            segments.append(Segment(label, frame / FPS, (frame + length) / FPS))
        frame += length
    return Timeline(tuple(segments))


def random_pairs(count: int, seed: int = 16) -> Iterator[tuple[Timeline, Timeline, int]]:
    """Shown, truth, and their length in frames. One in five truths has gaps; some have one segment or none."""
    chance = random.Random(seed)
    for number in range(count):
        length = chance.randint(1, 240)
        shown = _runs(chance, length, LABELS)
        gaps: tuple[str | None, ...] = (None,) if number % 5 == 0 else ()
        truth = _near(chance, shown) if number % 2 else _runs(chance, length, (*LABELS[:5], *gaps))
        yield from_runs(shown), from_runs(truth), length


def _runs(chance: random.Random, length: int, labels: Sequence[str | None]) -> list[tuple[str | None, int]]:
    cuts = sorted({0, length, *(chance.randint(0, length) for _ in range(chance.choice((0, 1, 3, 8, 20))))})
    return [(chance.choice(labels), end - start) for start, end in itertools.pairwise(cuts)]


def _near(chance: random.Random, runs: Sequence[tuple[str | None, int]]) -> list[tuple[str | None, int]]:
    """The same runs with ends that are somewhat off, and here and there another label."""
    cuts = [0]
    for _, length in runs:
        cuts.append(cuts[-1] + length)
    total = cuts[-1]
    moved = sorted(min(max(cut + chance.randint(-6, 6), 0), total) for cut in cuts[1:-1])
    names = [label if chance.random() < 0.8 else chance.choice(LABELS[:5]) for label, _ in runs]
    names = ["other" if name == "unsure" else name for name in names]
    ends = [*moved, total]
    return [(name, end - start) for name, start, end in zip(names, [0, *ends], ends, strict=False) if end > start]


EDGE_CASES = {
    "nothing at all": (timeline(), timeline(), 0),
    "one segment, right": (timeline(("eating", 0, 4)), timeline(("eating", 0, 4)), 32),
    "one segment, wrong": (timeline(("reading", 0, 4)), timeline(("eating", 0, 4)), 32),
    "nothing but background": (timeline(("other", 0, 4)), timeline(("nobody", 0, 4)), 32),
    "nothing shown": (timeline(("unsure", 0, 4)), timeline(("eating", 1, 2), ("other", 2, 4)), 32),
    "shown for nothing": (timeline(("eating", 1, 2)), timeline(("other", 0, 4)), 32),
    "zero length": (timeline(("eating", 1, 1), ("other", 1, 4)), timeline(("eating", 2, 2), ("other", 2, 4)), 32),
    "back to back": (
        timeline(("eating", 0, 2), ("reading", 2, 4)),
        timeline(("eating", 0, 1), ("reading", 1, 2), ("eating", 2, 4)),
        32,
    ),
    "same label twice": (
        timeline(("eating", 0, 2), ("eating", 2, 4)),
        timeline(("eating", 0, 1), ("eating", 1, 3), ("other", 3, 4)),
        32,
    ),
    "same label after a gap": (timeline(("eating", 0, 1), ("eating", 2, 4)), timeline(("eating", 0, 4)), 32),
    "truth with a gap": (timeline(("eating", 0, 4)), timeline(("eating", 0, 1), ("eating", 3, 4)), 32),
    "overlap of just a half": (timeline(("eating", 0, 2)), timeline(("eating", 0, 4)), 32),
    "just at the collar": (timeline(("eating", 0.5, 3.5)), timeline(("other", 0, 1), ("eating", 1, 4)), 32),
    "fragmented and merged": (
        timeline(("eating", 0, 1), ("other", 1, 2), ("eating", 2, 6)),
        timeline(("eating", 0, 3), ("other", 3, 5), ("eating", 5, 6)),
        48,
    ),
}


def all_cases(count: int = 1000) -> Iterator[tuple[Timeline, Timeline, int]]:
    yield from EDGE_CASES.values()
    yield from random_pairs(count)


def frames(shown: Timeline, truth: Timeline, length: int) -> tuple[Frames, Frames, list[bool]]:
    """Shown and true label of each frame, and whether it is scored; "unsure" on both sides where it is not."""
    of_truth = [_label(truth, frame) for frame in range(length)]
    scored = [label not in (None, "unsure") for label in of_truth]
    of_shown = [_label(shown, frame) or "unsure" for frame in range(length)]
    return (
        [label if counts else "unsure" for label, counts in zip(of_shown, scored, strict=True)],
        [label if label is not None and counts else "unsure" for label, counts in zip(of_truth, scored, strict=True)],
        scored,
    )


def events(of_frames: Frames) -> list[Event]:
    """The runs of frames of an activity."""
    found: list[Event] = []
    for number, label in enumerate(of_frames):
        if label in BACKGROUND:
            continue
        if found and found[-1][0] == label and found[-1][2] == number:
            found[-1] = (label, found[-1][1], number + 1)
        else:
            found.append((label, number, number + 1))
    return found


def _label(of: Timeline, frame: int) -> str | None:
    middle_s = (frame + 0.5) / FPS
    return next((one.label for one in of.segments if one.start_s <= middle_s < one.end_s), None)
