"""The choice is judged on clips that it was not made on."""

import msgspec
import numpy as np
import pytest

from app.config.settings import Settings, SmoothingSettings
from app.images.prepare import InputSpec
from app.model.contract import ModelContract
from app.score.align import SECOND
from app.score.measures.felt import Felt
from app.score.names import Names
from app.score.score import score
from app.score.timeline import Segment, Timeline
from app.score.tuning.network_pass import NetworkPass
from app.score.tuning.replay import replay
from app.score.tuning.search import GRID, Search, candidates, search
from app.score.tuning.wish import Wish

MINUTE = 60 * SECOND
WISH = Wish(max_switches_per_min=100.0, max_delay_s=100.0, min_right_min_per_h=0.0)
LOOSE = Settings(smoothing=SmoothingSettings(strictness=0.0))
CONTRACT = ModelContract(("a", "b", "other"), InputSpec(32, "crop"), (0.6, 0.6, 0.6))


def wrong(minutes: int) -> Felt:
    return Felt(scored=60 * MINUTE, sure_wrong=minutes * MINUTE)


def noisy(seed: int) -> NetworkPass:
    """Twenty seconds of a, then of b, with much doubt."""
    random = np.random.default_rng(seed)
    times_s = np.arange(0, 40, 0.1)
    sure = np.where((times_s < 20)[:, None], [0.8, 0.1, 0.1], [0.1, 0.8, 0.1])
    probs = np.abs(sure + random.normal(0, 0.35, sure.shape))
    return NetworkPass(times_s, (probs / probs.sum(1, keepdims=True)).astype(np.float32), times_s < 0, 40.0)


TRUTH = Timeline((Segment("a", 0.0, 20.0), Segment("b", 20.0, 40.0)))


def test_a_fold_is_judged_by_what_is_chosen_on_the_others() -> None:
    """The first candidate suits the first clip, the second one the two others."""
    outcomes = ((wrong(0), wrong(8), wrong(8)), (wrong(9), wrong(1), wrong(1)))
    found = Search((SmoothingSettings(), SmoothingSettings(tau_s=2.0)), outcomes)
    judged = found.cross_validate(lambda present: WISH)
    assert judged.sure_wrong == (9 + 8 + 8) * MINUTE, "clip 1 by what suits 2 and 3; 2 and 3 by what suits 1 as well"
    assert WISH.best(found.totals()) == 1


def test_the_wish_is_made_of_the_clips_that_are_chosen_on() -> None:
    seen: list[int] = []
    found = Search((SmoothingSettings(),), (tuple(wrong(minutes) for minutes in (1, 2, 4)),))

    def wish(present: Felt) -> Wish:
        seen.append(present.sure_wrong // MINUTE)
        return WISH

    assert found.cross_validate(wish, folds=3).sure_wrong == 7 * MINUTE
    assert seen == [6, 5, 3]


def test_the_present_settings_come_first_and_keep_what_is_not_searched() -> None:
    present = SmoothingSettings(tau_s=0.77, gap_s=3.0, threshold=0.9)
    tried = candidates(present)
    assert tried[0] == present
    assert len(tried) == 1 + np.prod([len(values) for values in GRID.values()])
    assert {(one.gap_s, one.threshold) for one in tried[1:]} == {(3.0, None)}
    assert len(candidates(tried[5])) == len(tried) - 1, "none twice"


def test_every_candidate_is_scored_on_every_clip_as_score_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.score.tuning.search.GRID", {"tau_s": (0.1, 2.0), "strictness": (0.0, 0.3)})
    clips = [(noisy(seed), TRUTH) for seed in (1, 2)]
    settings = Settings()
    found = search(clips, CONTRACT, settings, Names(CONTRACT.labels))
    assert [len(row) for row in found.felt] == [2] * 5
    for row, smoothing in zip(found.felt, found.candidates, strict=True):
        changed = msgspec.structs.replace(settings, smoothing=smoothing)
        assert list(row) == [score(replay(seen, CONTRACT, changed), truth).felt for seen, truth in clips]
    hasty, _, calm, _ = (total.settled_switches for total in found.totals()[1:])
    assert calm < hasty


def test_what_a_label_stands_for_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.score.tuning.search.GRID", {"tau_s": (0.3,)})
    names = Names(CONTRACT.labels, {"b": "a"})
    found = search([(noisy(1), TRUTH.renamed(names.of))], CONTRACT, LOOSE, names)
    shown = replay(noisy(1), CONTRACT, LOOSE)
    assert "b" in shown.labels
    assert found.totals()[0] == score(shown.renamed(names.of), TRUTH.renamed(names.of)).felt
