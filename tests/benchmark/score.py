"""What scoring a clip costs beside labelling it: one figure for `score`, one with --report.

Run it from the project's root:

    .venv-test/bin/python tests/benchmark/score.py [CLIP] [--rounds 5]

Labelling is what `run_webcam.py --log` does between opening the clip and closing the log. Both are measured in turn,
round after round in one process, so that a machine whose speed drifts changes both alike.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from app.config.settings import load_project_settings, model_path  # noqa: E402
from app.paths import DEMO_CLIP  # noqa: E402
from app.score.names import Names  # noqa: E402
from app.score.page import write_page  # noqa: E402
from app.score.result import Result  # noqa: E402
from app.score.runs import How, Job, score_clips  # noqa: E402
from app.score.watch import Watcher  # noqa: E402
from app.system.process import prepare_process, use_one_opencv_thread  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clip", nargs="?", default=str(DEMO_CLIP))
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    prepare_process()
    settings = load_project_settings()
    use_one_opencv_thread()
    watcher = Watcher(model_path(settings), settings)
    with tempfile.TemporaryDirectory() as folder:
        truth = Path(folder, "truth.txt")
        truth.write_text("".join(f"{2 * n} {('other', 'texting', 'reading')[n % 3]}\n" for n in range(1000)))
        page = Path(folder, "page.html")

        def scored(stills: bool) -> Result:
            how = How(names=Names(watcher.labels), stills=stills)
            clips, notes = score_clips([Job(options.clip, options.clip, truth)], watcher, how, lambda _: None)
            result = Result(clips=clips, notes=notes)
            result.to_json()
            return result

        ways: dict[str, Callable[[], object]] = {
            "labelling": lambda: watcher.watch(options.clip),
            "and scoring": lambda: scored(stills=False),
            "and a page": lambda: write_page(page, scored(stills=True)),
        }
        took: dict[str, list[float]] = {way: [] for way in ways}
        for number in range(options.rounds + 1):
            for way, work in ways.items():
                start_s = time.process_time()
                work()
                if number:  # the first round warms up
                    took[way].append(time.process_time() - start_s)
    base = statistics.median(took["labelling"])
    print(f"labelling: {base:.2f} s of processor time")
    for way in ("and scoring", "and a page"):
        ratios = [one / other - 1 for one, other in zip(took[way], took["labelling"], strict=True)]
        print(f"{way}: {statistics.median(ratios):+.1%} ({min(ratios):+.1%} to {max(ratios):+.1%})")


if __name__ == "__main__":
    main()
