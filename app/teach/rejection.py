"""None of these: how likely an image shows one of the taught classes at all.

The classes' head says which class an image shows if it shows one. A second head, with an output for each of the C
classes and one more for the background, says whether it does:

    p(class c) = known * p_head(c)        known = 1 - softmax(z_1, .., z_C, z_none + b)(none)

The bias b is such that most of the held-out captures reach a probability of 0.5, as long as little of the held-out
background does. What the probabilities of an image lack of 1 is that of none of the classes.
"""

from dataclasses import dataclass, replace

import numpy as np

from app.arrays import Bools, Float64s, Ints
from app.model.probabilities import log_sum_exp, sigmoid, softmax
from app.model.thresholds import EVEN
from app.teach.background import NOTHING
from app.teach.cross_validation import FOLDS, PENALTIES, cross_validate, held_out_logits, main_directions
from app.teach.head import Head, Samples

SHOWN = 0.96  # share of the held-out captures whose class is clear
MOST_TAKEN = 0.25
TAUGHT_SHARE = 1 / 3  # of a group that is taken for a class by a head that did not see the group: it shows the class
MOST_BIAS = 20.0  # either way, where captures and background lie apart


@dataclass(frozen=True, eq=False)
class Rejection:
    """Tells what shows one of C classes from what shows none.

    Attributes:
        head: on features; its last output is none of the classes, b within its bias.
        held_out_known: (N, 1), of each capture by a head that saw nothing of its session.
        used: (M,), the rows of the background that show none of the classes.
        background_known: (used rows, 1), of each by a head that saw nothing of its group.
    """

    head: Head
    held_out_known: Float64s
    used: Bools
    background_known: Float64s

    def known(self, features: Float64s) -> Float64s:
        """Returns (N, 1), 0..1, for features (N, D)."""
        return 1 - softmax(self.head.logits(features))[:, -1:]


def fit_rejection(
    samples: Samples, held_out_probs: Float64s, background: Float64s, groups: Ints, most_taken: float = MOST_TAKEN
) -> Rejection:
    """Fits the rejection of a taught head.

    Args:
        samples: of the captures, N of them judged.
        held_out_probs: (N, C), of the classes' head.
        background: (M, D), its features.
        groups: (M,), the rows of one number show one activity.
        most_taken: share of the held-out background that may be taken for a class, though fewer captures are shown.
    """
    count, classes = held_out_probs.shape
    used = _shows_none(_with_background(samples, background, groups, classes), groups, classes)
    found = cross_validate(_with_background(samples, background[used], groups[used], classes), classes + 1)
    odds = _odds_of_none(found.held_out_logits)
    bias = _bias(odds[:count], held_out_probs.max(axis=1), odds[count:], most_taken)
    known = sigmoid(-odds - bias)[:, None]
    head = Head(found.head.weights, found.head.bias + bias * np.eye(classes + 1)[classes])
    return Rejection(head, known[:count], used, known[count:])


def _with_background(samples: Samples, background: Float64s, groups: Ints, none: int) -> Samples:
    """Adds the background after the captures, as the class `none`; together its rows weigh as much as all captures.

    Groups stay in one fold, so that a head is judged by groups that it did not see; but every head sees frames that
    show nothing, which are unlike anything else.
    """
    weight = samples.weights.sum() / len(groups)
    folds = np.where(groups == NOTHING, np.arange(len(groups)), groups) % FOLDS
    return samples.extended(background, np.full(len(groups), none), folds, weight)


def _shows_none(both: Samples, groups: Ints, classes: int) -> Bools:
    """Which rows of the background show none of the classes: (M,).

    A head that did not see a group takes many of it for a class where the group shows the class. Were that so of every
    group, none would be left out: there must be something to tell the classes from.
    """
    reduced = replace(both, features=both.features @ main_directions(both.features))
    logits = held_out_logits(reduced, classes + 1, PENALTIES[:2])[-1]
    is_taken = logits[-len(groups) :].argmax(axis=1) < classes
    numbers = np.unique(groups)
    taught = [one for one in numbers if one != NOTHING and is_taken[groups == one].mean() > TAUGHT_SHARE]
    used = ~np.isin(groups, taught)
    return used if used.any() else ~used


def _odds_of_none(logits: Float64s) -> Float64s:
    """The logarithm of the odds of the last class."""
    return logits[:, -1] - log_sum_exp(logits[:, :-1])


def _bias(captures: Float64s, confidence: Float64s, background: Float64s, most_taken: float) -> float:
    """What is added to the odds of none, so that SHOWN of the captures reach EVEN; nothing where they do without.

    captures: (N,), the held-out odds of none; confidence: (N,), of the classes' head; background: (M,), the odds.
    """
    sure = confidence > EVEN  # the others are not shown whatever the bias is
    room = np.log(confidence[sure] / EVEN - 1) - captures[sure]  # known * confidence >= EVEN up to this bias
    wanted = min(float(np.quantile(room, 1 - SHOWN)), 0.0) if len(room) else 0.0
    needed = float(np.quantile(-background, 1 - most_taken))
    return float(np.clip(max(wanted, needed), -MOST_BIAS, MOST_BIAS))
