"""Seconds with the right label, with a wrong sure one, and with none, in clips whose activity is known.

    python tests/benchmark/clips.py [--shared ../shared] [--model FILE] [--set key=value]...

The clips are those of ../shared/clips and ../shared/demo. `other`, Unsure and Nobody are no sure label; in a clip of
nobody who does anything they are the right one. Each clip is played as a file, with the cues at their own moments.
"""

import argparse
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from app import Recogniser, load_settings, open_source  # noqa: E402

IDLE = frozenset({"other", "using_computer"})  # who sits before a laptop may be using it
CLIPS = {
    "clips/generated_clapping.mp4": {"clapping"},
    "clips/generated_walking.mp4": {"walking"},
    "clips/generated_walking_reading.mp4": {"walking", "reading"},
    "clips/walking_corridor.mp4": {"walking"},
    "clips/face-demographics-walking.gif": {"walking"},
    "demo/texting.mp4": {"texting"},
    "demo/typing.mp4": {"using_computer"},
    **{f"clips/{name}.mkv": IDLE for name in ("eat", "book", "learn", "walk", "bird")},
    "clips/head-pose-face-detection-male.gif": IDLE,
    **{f"demo/{name}.mkv": IDLE for name in ("want", "yes", "help")},
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    parser.add_argument("--model", type=Path)
    parser.add_argument("--set", dest="overrides", action="append", default=[], metavar="KEY=VALUE")
    options = parser.parse_args()
    recogniser = Recogniser(options.model, load_settings(overrides=options.overrides))
    print(f"{'clip':38} seconds  right  wrong and sure  labels")
    for name, right in CLIPS.items():
        if (options.shared / name).exists():
            seconds = label_seconds(recogniser, options.shared / name)
            total = sum(seconds.values()) or 1.0
            good = sum(share for label, share in seconds.items() if label in right or (label is None and right == IDLE))
            wrong = sum(share for label, share in seconds.items() if label not in right | {None, "other"})
            most = ", ".join(f"{label or 'unsure'} {share / total:.0%}" for label, share in seconds.most_common(4))
            print(f"{name:38} {total:7.1f}  {good / total:5.2f}  {wrong / total:14.2f}  {most}", flush=True)


def label_seconds(recogniser: Recogniser, clip: Path) -> Counter[str | None]:
    """How long each label was shown."""
    seconds: Counter[str | None] = Counter()
    last_s, label = None, None
    for frame, activity in recogniser.watch(open_source(str(clip))):
        if last_s is not None:
            seconds[label] += frame.time_s - last_s
        last_s, label = frame.time_s, activity.label
    return seconds


if __name__ == "__main__":
    main()
