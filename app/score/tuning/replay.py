"""Smooths what the network said of a clip once more, with other settings."""

import itertools

from app.config.settings import Settings
from app.labelling.presence import without_person
from app.labelling.smoothing import ActivitySmoother
from app.model.contract import ModelContract
from app.score.timeline import Segment, Timeline
from app.score.tuning.network_pass import NetworkPass


def replay(seen: NetworkPass, contract: ModelContract, settings: Settings) -> Timeline:
    """Returns what the app shows of a clip with these settings.

    Args:
        seen: what the network said.
        contract: of the model that said it.
        settings: `smoothing` is what counts.
    """
    smoother = ActivitySmoother.from_settings(contract, settings)
    times_s = seen.times_s.tolist()
    states = []
    for time_s, probs, nobody in zip(times_s, seen.probs, seen.nobody.tolist(), strict=True):
        activity = smoother.update(probs, time_s)
        states.append((without_person(activity) if nobody else activity).state)
    starts = [0, *(at for at, (old, new) in enumerate(itertools.pairwise(states), 1) if old != new), len(states)]
    bounds_s = [*times_s, seen.end_s]
    return Timeline(tuple(Segment(states[a], bounds_s[a], bounds_s[b]) for a, b in itertools.pairwise(starts)))
