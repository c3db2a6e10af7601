"""Keeps the old classes of a model while new ones are taught: a gate in front of the old head.

The old head stays as it is. A new head, the gate, says whether an image shows one of the K old classes or which of the
J taught ones it shows. With its probabilities g, and the old head's p_old, the new model says

    p(old k) = g(old) * p_old(k)        for k = 1..K
    p(new j) = g(j)                     for j = 1..J

    g = softmax(z_old + b, z_1, .., z_J)        z_old = log(exp(y_1) + .. + exp(y_K))

The gate is a linear head with K + J outputs: y_1..y_K, one for each old class, which are joined to one logit, and
z_1..z_J. It is fitted on the captures and on the exemplars that stand for the old classes. So that the old classes lose
little, the bias b is LEAD, or more where otherwise more than MAX_LOSS of the exemplars went to a taught class.

A taught class that is an old one holds corrections: its g(j) is added to the probability of that old class.
"""

from collections.abc import Sequence

import numpy as np

from app.arrays import Float32s, Float64s
from app.labels import is_other
from app.model.probabilities import log_sum_exp, softmax
from app.teach.background import Background
from app.teach.captures import Capture
from app.teach.classes import Classes
from app.teach.cross_validation import FOLDS
from app.teach.discriminant import fit_discriminant
from app.teach.embed import Embeddings
from app.teach.exemplars import Exemplars
from app.teach.fit import HeadFit, capture_samples, other_kinds
from app.teach.head import Head, Samples

LEAD = 1.0  # of the log odds; of five taught classes then more than three images in four are found, at a point's loss
MAX_LOSS = 0.01  # share of the exemplars; a smaller one rests on one or two of them, and follows chance


def fit_beside_old_classes(
    captures: Sequence[Capture],
    classes: Classes,
    embeddings: Embeddings,
    exemplars: Exemplars,
    background: Background | None = None,
) -> HeadFit:
    """Fits a gate in front of the old head, so that the old classes stay.

    Args:
        captures: N images of the taught classes.
        classes: K kept and J taught ones.
        embeddings: of the captures.
        exemplars: M, of the kept classes.
        background: tells what images of one kind differ in; None: captures and exemplars alone tell.

    Returns:
        The gate as `head`, b within its first K biases, and the new model's answers.
    """
    samples = _add_exemplars(capture_samples(captures, classes, embeddings), classes, embeddings, exemplars)
    old, count = len(classes.kept), len(captures)
    found = fit_discriminant(samples, old + len(classes.taught), other_kinds(background, embeddings))
    held_out = _join_old(found.held_out_logits, old)
    bias = _protecting_bias(held_out[count:], classes, exemplars)
    held_out[:, 0] += bias

    gate = Head(found.head.weights, np.concatenate([found.head.bias[:old] + bias, found.head.bias[old:]]))
    logits = _join_old(gate.logits(embeddings.features(embeddings.originals)), old)
    exemplar_probs = _combine(held_out[count:], _old_probs_of(exemplars), classes)
    return HeadFit(
        head=embeddings.without_feature_weights(gate),
        temperature=found.temperature,
        probs=_combine(logits, embeddings.old_probs, classes),
        held_out_probs=_combine(held_out[:count], embeddings.old_probs, classes),
        kept_loss=float((exemplar_probs.argmax(axis=1) != exemplars.labels).mean()),
    )


def _add_exemplars(samples: Samples, classes: Classes, embeddings: Embeddings, exemplars: Exemplars) -> Samples:
    """Adds a row for each exemplar after those of the captures.

    All exemplars together weigh as much as min(J, K) taught classes.
    """
    count = len(exemplars.embedding)
    taught, old = len(classes.taught), len(classes.kept)
    weight = samples.weights.sum() / taught * min(taught, old) / count
    return samples.extended(
        embeddings.features(exemplars.embedding), exemplars.labels, np.arange(count) % FOLDS, weight
    )


def _join_old(logits: Float64s, old: int) -> Float64s:
    """(R, K + J) logits y, z -> (R, 1 + J): z_old, the log-sum-exp of the K = `old` first ones, and z."""
    return np.concatenate([log_sum_exp(logits[:, :old])[:, None], logits[:, old:]], axis=1)


def _protecting_bias(logits: Float64s, classes: Classes, exemplars: Exemplars) -> float:
    """The smallest bias b >= LEAD with which at most MAX_LOSS of the exemplars are lost to a taught class.

    An exemplar of class k is lost when g(j) > g(old) * p_old(k) for some j, that is when z_j - z_old - log p_old(k)
    is above b. Corrections of class k are no loss, nor is what teaching takes of `other`. logits: (M, 1 + J), held
    out, z_old first.
    """
    protected = np.array([not is_other(label) for label in classes.kept])[exemplars.labels]
    if not protected.any():
        return LEAD
    corrects = classes.merge[len(classes.kept) :, exemplars.labels].T > 0
    rivals = np.where(corrects, -np.inf, logits[:, 1:])[protected].max(axis=1)
    leads = rivals - logits[protected, 0] - np.log(np.maximum(exemplars.confidence[protected], 1e-6))
    allowed = int(MAX_LOSS * len(leads))
    return max(LEAD, float(np.sort(leads)[::-1][allowed]) + 1e-6)


def _old_probs_of(exemplars: Exemplars) -> Float64s:
    """(M, K): the old head's probabilities, as far as they are known: the confidence at the exemplar's class."""
    probs = np.zeros((len(exemplars.labels), len(exemplars.counts)))
    probs[np.arange(len(probs)), exemplars.labels] = exemplars.confidence
    return probs


def _combine(logits: Float64s, old_probs: Float32s | Float64s, classes: Classes) -> Float64s:
    """(R, 1 + J) logits and (R, K) old probabilities -> (R, C) probabilities of the new model, corrections merged."""
    gate = softmax(logits)
    return np.concatenate([gate[:, :1] * old_probs, gate[:, 1:]], axis=1) @ classes.merge
