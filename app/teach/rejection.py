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
from app.model.probabilities import softmax
from app.teach.background import Background
from app.teach.cross_validation import FOLDS, PENALTIES, cross_validate, held_out_logits, main_directions
from app.teach.head import Head, Samples

SHOWN = 0.96  # share of the held-out captures whose class is clear
MOST_TAKEN = 0.2  # share of the held-out background that may be taken for a class, though fewer captures are shown
TAUGHT_SHARE = 1 / 3  # of a group that is taken for a class by a head that did not see the group: it shows the class
MOST_BIAS = 20.0  # either way, where captures and background lie apart
EVEN = 0.5


@dataclass(frozen=True, eq=False)
class Rows:
    """The background as a head sees it.

    Attributes:
        features: (M, D).
        groups: (M,), as of `Background`.
        known: (D,), as of `Background`.
    """

    features: Float64s
    groups: Ints
    known: Bools


@dataclass(frozen=True, eq=False)
class Rejection:
    """Tells what shows one of C classes from what shows none.

    Attributes:
        head: on features; its last output is none of the classes, b within its bias.
        held_out_known: (N, 1), of each capture by a head that saw nothing of its session.
        background: what shows none of the classes.
        background_known: (M, 1), of each of its rows by a head that saw nothing of its group.
    """

    head: Head
    held_out_known: Float64s
    background: Rows
    background_known: Float64s

    def known(self, features: Float64s) -> Float64s:
        """Returns (N, 1), 0..1, for features (N, D)."""
        return 1 - softmax(self.head.logits(features))[:, -1:]


def fit_rejection(samples: Samples, held_out_probs: Float64s, features: Float64s, background: Background) -> Rejection:
    """Fits the rejection of a taught head.

    Args:
        samples: of the captures, N of them judged.
        held_out_probs: (N, C), of the classes' head.
        features: (M, D), of the background.
        background: which rows belong together, and what is known of them.
    """
    count, classes = held_out_probs.shape
    rows = _without_taught(samples, Rows(features, background.groups, background.known), classes)
    found = cross_validate(_add_background(samples, rows, classes), classes + 1)
    held_out = _odds_of_none(found.held_out_logits)
    bias = _bias(held_out[:count], held_out_probs.max(axis=1), held_out[count:])
    known = 1 / (1 + np.exp(held_out + bias))[:, None]
    head = Head(found.head.weights, found.head.bias + bias * np.eye(classes + 1)[classes])
    return Rejection(head, known[:count], rows, known[count:])


def _add_background(samples: Samples, rows: Rows, none: int) -> Samples:
    """Adds the background after the captures, as the class `none`; together its rows weigh as much as all captures.

    Only what is known of both counts. Groups stay in one fold, so that a head is judged by groups that it did not see.
    """
    count = len(rows.groups)
    return Samples(
        features=np.concatenate([samples.features, rows.features]) * rows.known,
        labels=np.concatenate([samples.labels, np.full(count, none)]),
        folds=np.concatenate([samples.folds, rows.groups % FOLDS]),
        weights=np.concatenate([samples.weights, np.full(count, samples.weights.sum() / count)]),
        judged=np.concatenate([samples.judged, np.ones(count, bool)]),
    )


def _without_taught(samples: Samples, rows: Rows, classes: int) -> Rows:
    """Leaves out the groups that show what is being taught: a head that did not see them takes many for a class."""
    both = _add_background(samples, rows, classes)
    both = replace(both, features=both.features @ main_directions(both.features))
    logits = held_out_logits(both, classes + 1, PENALTIES[:2])[-1]
    is_taken = logits[-len(rows.groups) :].argmax(axis=1) < classes
    groups = np.unique(rows.groups)
    taught = groups[[is_taken[rows.groups == group].mean() > TAUGHT_SHARE for group in groups]]
    kept = ~np.isin(rows.groups, taught)
    return replace(rows, features=rows.features[kept], groups=rows.groups[kept])


def _odds_of_none(logits: Float64s) -> Float64s:
    """The logarithm of the odds of the last class."""
    others = logits[:, :-1]
    top = others.max(axis=1)
    return np.asarray(logits[:, -1] - top - np.log(np.exp(others - top[:, None]).sum(axis=1)))


def _bias(captures: Float64s, confidence: Float64s, background: Float64s) -> float:
    """What is added to the odds of none, so that SHOWN of the captures reach EVEN; nothing where they do without.

    captures: (N,), the held-out odds of none; confidence: (N,), of the classes' head; background: (M,), the odds.
    """
    sure = confidence > EVEN  # the others are not shown whatever the bias is
    room = np.log(confidence[sure] / EVEN - 1) - captures[sure]  # known * confidence >= EVEN up to this bias
    wanted = np.quantile(room, 1 - SHOWN) if len(room) else MOST_BIAS
    needed = np.quantile(-background, 1 - MOST_TAKEN) if len(background) else -MOST_BIAS
    return float(np.clip(max(min(wanted, 0.0), needed), -MOST_BIAS, MOST_BIAS))
