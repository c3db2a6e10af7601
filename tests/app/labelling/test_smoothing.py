from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from app.arrays import Float32s
from app.config.settings import DisplaySettings, InferenceSettings, Settings, SmoothingSettings
from app.entities import Activity
from app.images.prepare import InputSpec
from app.labelling.smoothing import ActivitySmoother
from app.model.contract import ModelContract

Signal = Callable[[float], Float32s]  # time in s -> probabilities
Played = list[tuple[float, Activity]]
Changes = list[tuple[str | None, float]]  # a label, and since when

LABELS = ("a", "b", "c")
DEFAULTS = {"tau_s": 0.6, "margin": 0.1, "min_dwell_s": 0.8, "gap_s": 2.0}
A, B, C = np.eye(3, dtype=np.float32) * 0.94 + 0.02
NOBODY = np.full(3, 1 / 3, np.float32)


def smoother(threshold: float = 0.5, **changes: Any) -> ActivitySmoother:
    return ActivitySmoother(LABELS, [threshold] * 3, **(DEFAULTS | changes))


def play(signal: Signal, fps: float, seconds: float, **settings: Any) -> Played:
    """What the smoother makes of signal(time_s) -> probs: a list of (time_s, activity)."""
    calm = smoother(**settings)
    times = [index / fps for index in range(round(seconds * fps))]
    return [(time_s, calm.update(signal(time_s), time_s)) for time_s in times]


def changes(played: Played) -> Changes:
    """(label, since when) whenever the label changes."""
    found = []
    for time_s, activity in played:
        if not found or found[-1][0] != activity.label:
            found.append((activity.label, time_s))
    return found


def steps(*parts: tuple[float, Float32s]) -> Signal:
    """Probabilities that jump: steps((2.0, A), (3.0, B)) is A for two seconds, then B for three."""
    ends = np.cumsum([seconds for seconds, _ in parts])
    return lambda time_s: parts[min(int(np.searchsorted(ends, time_s, side="right")), len(parts) - 1)][1]


def lasting(found: Changes, seconds: float) -> Changes:
    """Without the moments of unsure between two labels that a slow camera may step over."""
    ends = [at for _, at in found[1:]] + [seconds]
    return [(label, at) for (label, at), end in zip(found, ends, strict=True) if label or end - at > 0.3]


def assert_same_times(signal: Signal, seconds: float, **settings: Any) -> None:
    slow, fast = (lasting(changes(play(signal, fps, seconds, **settings)), seconds) for fps in (10, 60))
    assert [label for label, _ in slow] == [label for label, _ in fast]
    assert [at for _, at in slow] == pytest.approx([at for _, at in fast], abs=0.1 + 1e-9)


SIGNALS = {
    "one change": steps((3.0, A), (3.0, B)),
    "three": steps((3.1, A), (2.9, B), (3.2, C)),
    "short flicker": steps((3.0, A), (0.3, B), (3.0, A)),
    "lost": steps((3.0, A), (3.0, NOBODY), (3.0, C)),
    "from nobody": steps((2.0, NOBODY), (3.0, B)),
    "narrow": steps((3.0, A), (6.0, np.array([0.415, 0.58, 0.005], np.float32))),
    "slow fade": lambda time_s: A + (B - A) * np.float32(min(1.0, time_s / 5)),
}


@pytest.mark.parametrize("name", SIGNALS)
@pytest.mark.parametrize("settings", [{}, {"tau_s": 1.5}, {"min_dwell_s": 1.5}, {"margin": 0.0}, {"threshold": 0.8}])
def test_the_frame_rate_changes_nothing(name: str, settings: dict[str, float]) -> None:
    assert_same_times(SIGNALS[name], 9, **settings)


@pytest.mark.parametrize("seed", range(30))
def test_the_frame_rate_changes_nothing_for_any_steps(seed: int) -> None:
    random = np.random.default_rng(seed)
    choices = random.permuted(np.tile([0, 1, 2], 2))
    parts = [((A, B, C)[choice], float(random.uniform(1.6, 4.0))) for choice in choices]
    signal = steps(*((round(seconds, 1), probs) for probs, seconds in parts))
    assert_same_times(signal, sum(round(seconds, 1) for _, seconds in parts))


@pytest.mark.parametrize("tau_s", [0.2, 0.6, 2.0])
def test_a_step_is_followed_with_the_time_constant(tau_s: float) -> None:
    """After tau the average has gone 63 % of the way."""
    played = dict(play(steps((5.0, A), (9.0, B)), 100, 10, tau_s=tau_s))
    share = dict(played[5.0 + tau_s - 0.01].top)["b"]
    assert (share - A[1]) / (B[1] - A[1]) == pytest.approx(1 - np.exp(-1), abs=0.01)


def test_a_new_activity_leads_after_about_four_tenths_of_a_second() -> None:
    (_, (label, at)) = changes(play(steps((3.0, A), (3.0, B)), 30, 6, threshold=0.3))
    assert label == "b"
    assert 0.3 <= at - 3.0 <= 0.5


def test_the_first_frame_counts_at_once() -> None:
    activity = smoother().update(A, 17.0)
    assert (activity.label, activity.since_s, activity.restarted) == ("a", 17.0, True)
    assert activity.confidence == pytest.approx(0.96)


def test_a_tau_of_zero_takes_every_frame_as_it_is() -> None:
    played = play(steps((1.0, A), (1.0, B)), 10, 2, tau_s=0.0, min_dwell_s=0.0)
    assert changes(played) == [("a", 0.0), ("b", 1.0)]


@pytest.mark.parametrize("min_dwell_s", [0.5, 1.0, 2.0])
def test_no_label_is_shorter_than_the_dwell(min_dwell_s: float) -> None:
    """Activities that change every 0.3 s, faster than anybody can read."""
    flicker = steps(*((0.3, (A, B, C)[index % 3]) for index in range(40)))
    found = changes(play(flicker, 30, 12, tau_s=0.05, min_dwell_s=min_dwell_s, threshold=0.0))
    lasted = np.diff([at for _, at in found])
    assert len(found) > 3
    assert lasted.min() >= min_dwell_s - 1e-6


def test_the_dwell_is_reached_in_spite_of_rounding() -> None:
    """1.9 - 1.1 is a little less than 0.8."""
    calm = smoother(tau_s=0.0, threshold=0.0)
    calm.update(A, 1.1)
    assert calm.update(B, 1.8).label == "a"
    assert calm.update(B, 1.9).label == "b"


@pytest.mark.parametrize(("lead", "expected"), [(0.08, "a"), (0.12, "b")])
def test_a_lead_below_the_margin_changes_nothing(lead: float, expected: str) -> None:
    probs = np.array([0.4, 0.4 + lead, 0.2 - lead], np.float32)
    played = play(steps((3.0, A), (9.0, probs)), 30, 12, margin=0.1, threshold=0.1)
    assert played[-1][1].label == expected


def test_below_the_threshold_is_unsure_at_once() -> None:
    played = play(steps((3.0, A), (3.0, NOBODY)), 30, 6, threshold=0.6)
    (_, (label, at)) = changes(played)
    assert label is None
    activity = dict(played)[at]
    assert activity.confidence < 0.6 <= played[round(at * 30) - 1][1].confidence
    assert activity.since_s == at
    assert activity.confidence == max(share for _, share in activity.top)


def test_each_label_has_its_own_threshold() -> None:
    calm = ActivitySmoother(LABELS, [0.5, 0.99, 0.5], **DEFAULTS)
    assert calm.update(B, 0.0).label is None
    calm = ActivitySmoother(LABELS, [0.99, 0.5, 0.5], **DEFAULTS)
    assert calm.update(B, 0.0).label == "b"


def test_a_leader_below_its_own_threshold_changes_nothing() -> None:
    calm = ActivitySmoother(LABELS, [0.3, 0.9, 0.3], **(DEFAULTS | {"tau_s": 0.0}))
    calm.update(A, 0.0)
    assert calm.update(np.array([0.35, 0.6, 0.05], np.float32), 1.0).label == "a"


def test_a_probability_at_the_threshold_is_enough() -> None:
    assert smoother(threshold=0.5).update(np.array([0.5, 0.25, 0.25], np.float32), 0.0).label == "a"


def test_unsure_ends_at_once_for_a_clear_label_and_after_the_dwell_for_a_narrow_one() -> None:
    narrow = np.array([0.55, 0.25, 0.2], np.float32)
    clear = changes(play(steps((0.2, NOBODY), (5.0, A)), 50, 5, tau_s=0.0))
    waited = changes(play(steps((0.2, NOBODY), (5.0, narrow)), 50, 5, tau_s=0.0))
    assert clear[1] == ("a", pytest.approx(0.2, abs=0.021))
    assert waited[1] == ("a", pytest.approx(0.8, abs=0.021))


@pytest.mark.parametrize(("gap_s", "restarted"), [(1.99, False), (2.01, True)])
def test_a_gap_starts_afresh(gap_s: float, restarted: bool) -> None:
    calm = smoother(tau_s=60.0)
    calm.update(A, 10.0)
    activity = calm.update(B, 10.0 + gap_s)
    assert activity.restarted is restarted
    assert activity.label == ("b" if restarted else "a")
    assert activity.since_s == (10.0 + gap_s if restarted else 10.0)


def test_the_same_label_after_a_gap_begins_anew() -> None:
    calm = smoother()
    calm.update(A, 0.0)
    assert calm.update(A, 5.0).since_s == 5.0


@pytest.mark.parametrize("time_s", [1.0, 0.999, -1.0])
def test_time_must_increase(time_s: float) -> None:
    calm = smoother()
    calm.update(A, 1.0)
    with pytest.raises(ValueError, match="time must increase"):
        calm.update(A, time_s)


@pytest.mark.parametrize("probs", [A[:2], np.append(A, A), A[None]])
def test_probabilities_that_do_not_fit_the_labels_are_refused(probs: Float32s) -> None:
    with pytest.raises(ValueError, match=r"expected probs of shape \(3,\)"):
        smoother().update(probs, 0.0)


@pytest.mark.parametrize("top", [1, 2, 5])
def test_top_is_the_best_first_with_the_frames_own_beside_it(top: int) -> None:
    probs = np.array([0.2, 0.5, 0.3], np.float32)
    activity = ActivitySmoother(LABELS, [0.1] * 3, **DEFAULTS, top=top).update(probs, 0.0)
    assert [label for label, _ in activity.top] == ["b", "c", "a"][:top]
    assert activity.probs == pytest.approx((0.2, 0.5, 0.3))


def test_the_input_is_left_as_it_was() -> None:
    calm, probs = smoother(tau_s=0.0), A.copy()
    calm.update(probs, 0.0)
    calm.update(B, 0.1)
    assert np.array_equal(probs, A)


def exact(**changes: Any) -> ActivitySmoother:
    """No averaging: what comes in is what is decided on, so that limits can be met exactly."""
    return smoother(**({"tau_s": 0.0, "min_dwell_s": 0.5, "margin": 0.25} | changes))


def probs(*values: float) -> Float32s:
    return np.array(values, np.float32)


def test_the_confidence_is_that_of_the_label_shown_even_when_another_leads() -> None:
    calm = exact(threshold=0.25)
    calm.update(probs(0.5, 0.375, 0.125), 0.0)
    activity = calm.update(probs(0.375, 0.5, 0.125), 1.0)
    assert (activity.label, activity.confidence) == ("a", 0.375), "half the margin is missing"
    assert activity.top[0] == ("b", 0.5)


def test_exactly_the_margin_changes_the_label() -> None:
    calm = exact(threshold=0.25)
    calm.update(probs(0.5, 0.375, 0.125), 0.0)
    assert calm.update(probs(0.25, 0.5, 0.25), 1.0).label == "b"


def test_exactly_the_dwell_changes_the_label() -> None:
    calm = exact(threshold=0.25)
    calm.update(probs(0.75, 0.125, 0.125), 0.0)
    assert calm.update(probs(0.25, 0.75, 0.0), 0.5).label == "b"


def test_exactly_the_threshold_is_sure() -> None:
    calm = exact(threshold=0.5)
    assert calm.update(probs(0.5, 0.25, 0.25), 0.0).label == "a"
    assert calm.update(probs(0.5, 0.25, 0.25), 0.125).label == "a"


def test_out_of_unsure_a_clear_lead_needs_no_dwell() -> None:
    calm = exact(threshold=0.5)
    assert calm.update(probs(0.375, 0.375, 0.25), 0.0).label is None
    assert calm.update(probs(0.75, 0.25, 0.0), 0.125).label == "a", "threshold plus margin, met exactly"


def test_exactly_the_gap_is_no_gap() -> None:
    calm = exact(gap_s=2.0)
    calm.update(A, 0.0)
    assert not calm.update(A, 2.0).restarted
    assert calm.update(A, 4.5).restarted


def test_classes_alike_are_in_the_order_of_the_labels_and_three_are_shown() -> None:
    labels = [f"class {number}" for number in range(40)]
    calm = ActivitySmoother(labels, [0.5] * 40, **DEFAULTS)
    top = calm.update(np.full(40, 1 / 40, np.float32), 0.0).top
    assert [label for label, _ in top] == labels[:3]


CONTRACT = ModelContract(LABELS, InputSpec(32, "crop"), (0.3, 0.5, 0.7))


def test_settings_give_every_number_and_the_model_its_thresholds() -> None:
    numbers = {"tau_s": 0.2, "margin": 0.05, "min_dwell_s": 0.4, "gap_s": 5.0, "hold": 0.1, "strictness": 0.2}
    settings = Settings(smoothing=SmoothingSettings(**numbers), display=DisplaySettings(top=2))
    calm = ActivitySmoother.from_settings(CONTRACT, settings)
    same = ActivitySmoother(LABELS, (0.3, 0.5, 0.7), **numbers, top=2)
    signal = steps((1.0, A), (1.0, B), (1.0, NOBODY), (1.0, C))
    for time_s in (index / 10 for index in range(40)):
        assert calm.update(signal(time_s), time_s) == same.update(signal(time_s), time_s)


def test_a_threshold_in_the_settings_goes_before_the_models() -> None:
    doubtful = probs(0.5, 0.3, 0.2)
    assert ActivitySmoother.from_settings(CONTRACT, Settings()).update(doubtful, 0.0).label == "a"
    strict = Settings(smoothing=SmoothingSettings(threshold=0.6))
    assert ActivitySmoother.from_settings(CONTRACT, strict).update(doubtful, 0.0).label is None


@pytest.mark.parametrize(
    ("strictness", "thresholds"),
    [(0.0, (0.3, 0.5, 0.7)), (0.5, (0.65, 0.75, 0.85)), (-0.5, (0.15, 0.25, 0.35))],
)
def test_strictness_moves_every_threshold_of_the_model(strictness: float, thresholds: tuple[float, ...]) -> None:
    strict = Settings(smoothing=SmoothingSettings(strictness=strictness))
    for label, threshold in enumerate(thresholds):
        for beside, shown in ((1e-4, LABELS[label]), (-1e-4, None)):
            calm = ActivitySmoother.from_settings(CONTRACT, strict)
            calm.update(np.zeros(3, np.float32), 0.0)
            answer = np.zeros(3, np.float32)
            answer[label] = threshold + beside
            for second in range(1, 60):
                activity = calm.update(answer, float(second))
            assert activity.label == shown


def test_a_photograph_that_is_judged_alone_has_the_thresholds_of_the_model() -> None:
    strict = Settings(smoothing=SmoothingSettings(strictness=0.9))
    for at_s in (0.0, 60.0):
        assert ActivitySmoother.from_settings(CONTRACT, strict).update(probs(0.31, 0.3, 0.2), at_s).label == "a"


def test_a_threshold_of_the_settings_is_not_moved() -> None:
    strict = Settings(smoothing=SmoothingSettings(threshold=0.5, strictness=0.9))
    assert ActivitySmoother.from_settings(CONTRACT, strict).update(probs(0.5, 0.3, 0.2), 0.0).label == "a"


def test_a_label_that_is_shown_may_fall_below_its_threshold_by_hold() -> None:
    calm = smoother(threshold=0.6, hold=0.2, tau_s=0.0)
    shares = (0.65, 0.45, 0.41, 0.39, 0.45, 0.59, 0.61)
    shown = [calm.update(probs(share, 0.3, 0.0), float(second)).label for second, share in enumerate(shares)]
    assert shown == ["a", "a", "a", None, None, None, "a"]


def test_but_not_while_another_one_leads() -> None:
    """Neither is sure: a label that is no longer the likeliest is not held."""
    calm = smoother(threshold=0.6, hold=0.4, tau_s=0.0, margin=0.1)
    answers = [probs(0.7, 0.2, 0.1), probs(0.45, 0.5, 0.05), probs(0.4, 0.55, 0.05)]
    assert [calm.update(answer, float(second)).label for second, answer in enumerate(answers)] == ["a", "a", None]


def test_a_gap_is_never_shorter_than_two_pauses_between_classifications() -> None:
    diary = Settings(inference=InferenceSettings(every_s=60.0))
    calm = ActivitySmoother.from_settings(CONTRACT, diary)
    assert [calm.update(A, time_s).restarted for time_s in (0.0, 60.0, 180.0, 300.1)] == [True, False, False, True]
