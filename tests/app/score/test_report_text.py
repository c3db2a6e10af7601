from pathlib import Path

from app.score.report_text import clip_line, report
from app.score.result import Result, scored_clip
from app.score.truth.truth import Truth
from tests.app.score.timelines import timeline

SHOWN = timeline(("other", 0, 20), ("reading", 20, 50), ("unsure", 50, 60))
TRUTH = timeline(("other", 0, 10), ("reading", 10, 60))
CLIP = scored_clip("a.mp4", SHOWN, Truth(Path("a.csv"), TRUTH), (0.5, 2.0))


def test_a_clip_has_one_line() -> None:
    told = clip_line(CLIP)
    assert told.startswith("a.mp4: 60.0 s scored, 66.7 % right") and "\n" not in told


def test_the_figures_of_all_clips_are_told() -> None:
    told = " ".join(report(Result(clips=[CLIP])))
    for figure in (
        "right 40.00 min, unsure 10.00 min, sure and wrong 10.00 min (10.00 min of it overlooked)",
        "2.00 /min (truly 1.00 /min)",
        "median 10.00 s, 95th percentile 10.00 s; 0 of 1 change never shown",
        "F1@50 100.0 %",
        "(collar 0.5 s)",
        "underfill 20.0 s",
        "reading shown as other 10.0 s; reading shown as unsure 10.0 s",
    ):
        assert figure in told


def test_several_clips_are_counted() -> None:
    first = next(report(Result(clips=[CLIP, CLIP])))
    assert first == "together: 2 clips, 120.0 s scored"
