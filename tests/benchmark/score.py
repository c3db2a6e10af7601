"""What scoring a clip costs beside labelling it: python tests/benchmark/score.py [CLIP] [--rounds 5]

Processor time of one process. Labelling is what `run_webcam.py --log` does from opening the clip to closing the log.
Scoring is all that `score` does beside, with the images of mistakes and the page. Both are of the same run, so that a
machine whose speed drifts changes both alike.
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from app.config.settings import load_project_settings, model_path
from app.entities import Activity, Frame
from app.paths import DEMO_CLIP
from app.score.names import Names
from app.score.page import write_page
from app.score.result import Result, scored_clip
from app.score.score import COLLARS
from app.score.stills import Stills
from app.score.truth.truth import read_truth
from app.score.watch import Watcher
from app.system.process import prepare_process, use_one_opencv_thread


class TimedStills(Stills):
    """Takes the images of mistakes, and the time that this needs."""

    took_s = 0.0

    def write(self, frame: Frame, activity: Activity) -> None:
        start_s = time.thread_time()
        super().write(frame, activity)
        self.took_s += time.thread_time() - start_s


def main() -> None:
    """Prints a line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clip", nargs="?", default=str(DEMO_CLIP))
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    prepare_process()
    settings = load_project_settings()
    use_one_opencv_thread()
    watcher = Watcher(model_path(settings), settings)
    names = Names(watcher.labels)
    with tempfile.TemporaryDirectory() as folder:
        truth = Path(folder, "truth.txt")
        truth.write_text("".join(f"{2 * n} {('other', 'texting', 'reading')[n % 3]}\n" for n in range(1000)))
        figures = [measure(options.clip, truth, watcher, names) for _ in range(options.rounds + 1)][
            1:
        ]  # the first warms up
    labelling_s, stills_s, scoring_s = (statistics.median(column) for column in zip(*figures, strict=True))
    print(f"labelling {labelling_s:.2f} s, images of mistakes {stills_s:.3f} s, scores and page {scoring_s:.3f} s")
    shares = [(stills + scoring) / labelling for labelling, stills, scoring in figures]
    print(f"scoring takes {statistics.median(shares):.1%} of labelling ({min(shares):.1%} to {max(shares):.1%})")


def measure(clip: str, file: Path, watcher: Watcher, names: Names) -> tuple[float, float, float]:
    """Seconds of labelling, of the images of mistakes, and of the rest of scoring."""
    start_s = time.process_time()
    truth = read_truth(file, clip, names)
    read_s = time.process_time() - start_s
    stills = TimedStills(truth.timeline, names)
    start_s = time.process_time()
    with stills:
        shown = watcher.watch(clip, [stills])
    labelling_s = time.process_time() - start_s - stills.took_s
    start_s = time.process_time()
    result = Result(clips=[scored_clip(clip, shown.renamed(names.of), truth, COLLARS, stills=stills.images)])
    result.to_json()
    write_page(file.with_suffix(".html"), result)
    return labelling_s, stills.took_s, read_s + time.process_time() - start_s


if __name__ == "__main__":
    main()
