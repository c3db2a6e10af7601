"""The second step of teaching: a head on the embeddings of the captures."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from app.arrays import Float64s
from app.model.probabilities import softmax
from app.model.thresholds import EVEN
from app.teach.augment import VIEWS
from app.teach.background import Background
from app.teach.captures import Capture, session_keys
from app.teach.classes import Classes
from app.teach.cross_validation import assign_folds
from app.teach.discriminant import Kinds, fit_discriminant
from app.teach.embed import Embeddings
from app.teach.head import Head, Samples, balancing_weights
from app.teach.rejection import fit_rejection

CUES_TOLD = 0.5  # of the cues' spread: a raised palm, dozing found on others 0.93, 0.84; 0: 0.88, 0.80; 1: 0.73, 0.83


@dataclass(frozen=True, eq=False)
class HeadFit:
    """A head, and its answers to N captures; C classes.

    Attributes:
        head: on power-normalised embeddings, feature weights and temperature within. Its outputs are the kept classes,
            then the taught ones.
        temperature: the divisor of the logits.
        probs: (N, C), of the captures, by the new model; what a row lacks of 1 is the probability of none of them.
        held_out_probs: (N, C), of each capture by a model that saw nothing of its session.
        kept_loss: the share of the old classes' exemplars that become a new class; None when no old class is kept.
        rejection: as of `fit_rejection`, on power-normalised embeddings; None without a background.
        background_taken: the share of the background that heads which did not see it take for a class.
    """

    head: Head
    temperature: float
    probs: Float64s
    held_out_probs: Float64s
    kept_loss: float | None = None
    rejection: Head | None = None
    background_taken: float | None = None


def fit_new_classes(
    captures: Sequence[Capture], classes: Classes, embeddings: Embeddings, background: Background | None = None
) -> HeadFit:
    """Fits a head that knows the taught classes alone, and with a background what is none of them.

    Args:
        captures: N images.
        classes: none of them kept.
        embeddings: of the captures.
        background: of images that show none of the classes; None: every image is taken for one of them.
    """
    samples = capture_samples(captures, classes, embeddings)
    found = fit_discriminant(samples, len(classes.taught), other_kinds(background, embeddings))
    features = embeddings.features(embeddings.originals)
    fit = HeadFit(
        head=embeddings.without_feature_weights(found.head),
        temperature=found.temperature,
        probs=softmax(found.head.logits(features)),
        held_out_probs=softmax(found.held_out_logits),
    )
    if background is None:
        return fit
    known = replace(samples, features=samples.features * background.known)
    rows = embeddings.features(background.embedding)
    rejection = fit_rejection(known, fit.held_out_probs, rows, background.groups)
    of_background = softmax(found.head.logits(rows[rejection.used])) * rejection.background_known
    return replace(
        fit,
        background_taken=float((of_background.max(axis=1) >= EVEN).mean()),
        rejection=embeddings.without_feature_weights(rejection.head),
        probs=fit.probs * rejection.known(features),
        held_out_probs=fit.held_out_probs * rejection.held_out_known,
    )


def other_kinds(background: Background | None, embeddings: Embeddings) -> Kinds | None:
    """Returns what the background tells of all kinds of images; None where it does not know all columns.

    Of cues it tells less: in photographs of one activity hands are anywhere, while a raised hand may be taught.
    """
    if background is None or not background.known.all():
        return None
    features = embeddings.features(background.embedding)
    features[:, features.shape[1] - embeddings.cue_columns :] *= CUES_TOLD
    return Kinds(features, background.groups)


def capture_samples(captures: Sequence[Capture], classes: Classes, embeddings: Embeddings) -> Samples:
    """Makes a row of each view of each capture, N * VIEWS in all, labelled with the head's output.

    The views of an image share its fold and its weight, and only the first of them, the image itself, is judged.
    """
    labels = classes.outputs(captures)
    folds = assign_folds(labels, session_keys(captures))
    return Samples(
        features=embeddings.features(embeddings.views.reshape(len(labels) * VIEWS, -1)),
        labels=np.repeat(labels, VIEWS),
        folds=np.repeat(folds, VIEWS),
        weights=np.repeat(balancing_weights(labels) / VIEWS, VIEWS),
        judged=np.arange(len(labels) * VIEWS) % VIEWS == 0,
    )
