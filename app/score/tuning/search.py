"""The search for settings of the smoothing: every candidate on every clip, judged by cross-validation over clips."""

import itertools
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context

import msgspec

from app.config.settings import Settings, SmoothingSettings
from app.model.contract import ModelContract
from app.score.align import align
from app.score.measures.felt import Felt, count_felt
from app.score.names import Names
from app.score.timeline import Timeline
from app.score.tuning.network_pass import NetworkPass
from app.score.tuning.replay import replay
from app.score.tuning.wish import Wish
from app.system.cores import usable_cores

FOLDS = 5
GRID = {
    "tau_s": (0.2, 0.3, 0.45, 0.7, 1.1),  # s
    "margin": (0.1, 0.25),
    "min_dwell_s": (0.8, 1.6),  # s
    "hold": (0.0, 0.2, 0.35, 0.5),
    "strictness": (-0.2, 0.0, 0.2, 0.4, 0.55),
}
Clip = tuple[NetworkPass, Timeline]  # what the network said of it, and its truth


@dataclass(frozen=True)
class Search:
    """What every candidate gives on every clip.

    Attributes:
        candidates: C settings; the first one is the present ones.
        felt: C rows of N clips.
    """

    candidates: tuple[SmoothingSettings, ...]
    felt: tuple[tuple[Felt, ...], ...]

    def totals(self, clips: Sequence[int] | None = None) -> list[Felt]:
        """Adds up what each candidate gives on some of the clips; None: on all."""
        return [sum((row[at] for at in range(len(row)) if clips is None or at in clips), Felt()) for row in self.felt]

    def cross_validate(self, wish: Callable[[Felt], Wish], folds: int = FOLDS) -> Felt:
        """Judges the choice itself: each part of the clips by what is chosen on the other parts.

        Args:
            wish: made of what the present settings give on the clips that are chosen on.
            folds: into how many parts the clips are dealt in turn; as many as there are clips, at most.

        Returns:
            What the chosen settings give, all parts added up.
        """
        count = len(self.felt[0])
        parts = [range(start, count, min(folds, count)) for start in range(min(folds, count))]
        judged = Felt()
        for part in parts:
            others = self.totals([at for at in range(count) if at not in part])
            chosen = wish(others[0]).best(others)
            judged += self.totals(part)[chosen]
        return judged


def candidates(present: SmoothingSettings) -> tuple[SmoothingSettings, ...]:
    """Returns the present settings first, then the grid; with it the thresholds are the model's own."""
    rows = (dict(zip(GRID, values, strict=True)) for values in itertools.product(*GRID.values()))
    return tuple(dict.fromkeys([present, *(msgspec.structs.replace(present, threshold=None, **row) for row in rows)]))


def search(clips: Sequence[Clip], contract: ModelContract, settings: Settings, names: Names) -> Search:
    """Replays every clip with every candidate, on all cores.

    Args:
        clips: N clips.
        contract: of the model.
        settings: the present ones.
        names: what labels mean.
    """
    tried = candidates(settings.smoothing)
    workers = min(usable_cores(), len(clips))
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:  # threads do not survive a fork
        columns = list(pool.map(partial(_outcomes, tried, contract, settings, names), clips))
    return Search(tried, tuple(zip(*columns, strict=True)))


def _outcomes(
    tried: Sequence[SmoothingSettings], contract: ModelContract, settings: Settings, names: Names, clip: Clip
) -> tuple[Felt, ...]:
    """What every candidate gives on a clip."""
    seen, truth = clip
    changed = (msgspec.structs.replace(settings, smoothing=each) for each in tried)
    shown = (replay(seen, contract, each).renamed(names.of) for each in changed)
    return tuple(count_felt(align(each, truth, seen.end_s)) for each in shown)
