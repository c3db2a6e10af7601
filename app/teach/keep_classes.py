"""New classes beside old ones: a gate in front of the old head, biased so that the old ones lose little."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx

from app.errors import ModelError
from app.model.contract import EMBEDDING_NAME, ModelContract
from app.teach import diagnostics as truth
from app.teach import exemplars as prototypes
from app.teach import onnx_head as graph
from app.teach.augment import VIEWS
from app.teach.captures import Capture
from app.teach.embed import Seen
from app.teach.exemplars import Prototypes
from app.teach.general_network import OWN, columns
from app.teach.head import FOLDS, Chosen, Floats, Head, Ints, Rows, choose, folds, softmax

MAX_LOSS = 0.003  # of the old classes' prototypes may become a new class; validation pictures then lose 1 point
_REMEMBERED = 24  # embeddings of a new class that the model keeps, to be taught again
_UNSURE = 0.8  # supposed confidence of prototypes made of the old head's weights


def merge_of(kept: Sequence[str], labels: Sequence[str], names: Sequence[str]) -> Floats:
    """(len(kept) + len(labels), len(names)): which outputs are of one class; a row has a single 1."""
    return np.array([[float(output == name) for name in names] for output in (*kept, *labels)])


def old_rows(base: onnx.ModelProto, metadata: dict[str, str], contract: ModelContract, seen: Seen) -> Prototypes:
    """What stands for the old classes; `of` is empty when it is made of the old head's weights."""
    size, count = seen.embedding.shape[2], len(contract.labels)
    general = columns(metadata)
    stored = prototypes.unpack(metadata, count)
    if stored is not None and stored.embedding.shape[1] >= size:
        return replace(stored, embedding=stored.embedding[:, -size:])  # the own columns are the last
    rows = graph.weight_rows(base, size - general, OWN if general else EMBEDDING_NAME)
    if rows is None:
        raise ModelError("its classes cannot be kept: it has neither prototypes nor a linear head; use --only-new")
    first = seen.embedding[:, 0]
    spread_ = float(np.linalg.norm(first - first.mean(axis=0), axis=1).mean())
    rows = np.concatenate([np.zeros((len(rows), general), np.float32), rows - rows.mean(axis=0)], axis=1)
    rows = rows * (spread_ / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6))
    embedding = np.maximum(first.mean(axis=0) + rows, 0).astype(np.float32)
    counts = tuple(len(embedding) // count + (number < len(embedding) % count) for number in range(count))
    return Prototypes(embedding, counts, np.full(len(embedding), _UNSURE, np.float32))


def fit_beside(
    captures: Sequence[Capture],
    answers: Ints,
    classes: int,
    seen: Seen,
    old: Prototypes | None,
    counting: Sequence[bool],
    merge: Floats,
) -> tuple[Chosen, Head, Floats]:
    """What was chosen, the head with its temperature and its bias against the old classes, and the probs of unseen
    pictures: (N + M, K), the captures first, then the prototypes. counting: the old classes that may lose no more than
    MAX_LOSS together."""
    shift = 0 if old is None else len(old.counts)
    fold = folds(answers, [truth.session_of(capture, number) for number, capture in enumerate(captures)])
    rows = Rows(
        seen.features(seen.embedding.reshape(-1, seen.embedding.shape[2])),
        np.repeat(answers + shift, VIEWS),
        np.repeat(fold, VIEWS),
        np.repeat(_even(answers) / VIEWS, VIEWS),
        np.arange(len(answers) * VIEWS) % VIEWS == 0,
    )
    if old is not None:
        rows = _beside(rows, old, classes, seen)
    chosen = choose(rows, classes + shift)
    weights, bias = chosen.head.weights / chosen.temperature, chosen.head.bias / chosen.temperature
    unseen = chosen.unseen / chosen.temperature
    if old is None:
        return chosen, Head(weights, bias), softmax(unseen)
    unseen = _gathered(unseen, shift)
    counted = np.repeat(np.asarray(counting), old.counts)
    owner = np.repeat(np.arange(shift), old.counts)
    rivals = np.where(merge[shift:, owner].T > 0, -np.inf, unseen[len(captures) :, 1:])  # its corrections are none
    lift = _lift(unseen[len(captures) :, 0][counted], rivals[counted], old.confidence[counted])
    bias[:shift] += lift
    unseen[:, 0] += lift
    gate = softmax(unseen)
    best = np.zeros((len(old.confidence), seen.probs.shape[1]))
    best[np.arange(len(best)), owner] = old.confidence
    return chosen, Head(weights, bias), _joined(gate, np.concatenate([seen.probs, best])) @ merge


def _beside(rows: Rows, old: Prototypes, classes: int, seen: Seen) -> Rows:
    count = len(old.embedding)
    weight = rows.weights.sum() / classes * min(classes, len(old.counts)) / count
    return Rows(
        np.concatenate([rows.features, seen.features(old.embedding)]),
        np.concatenate([rows.labels, np.repeat(np.arange(len(old.counts)), old.counts)]),
        np.concatenate([rows.fold, np.arange(count) % FOLDS]),
        np.concatenate([rows.weights, np.full(count, weight)]),
        np.concatenate([rows.judged, np.ones(count, bool)]),
    )


def _gathered(logits: Floats, old: int) -> Floats:
    """The logits of the `old` first classes as one, that of any of them."""
    top = logits[:, :old].max(axis=1, keepdims=True)
    return np.concatenate(
        [top + np.log(np.exp(logits[:, :old] - top).sum(axis=1, keepdims=True)), logits[:, old:]], axis=1
    )


def _lift(old: Floats, rivals: Floats, confidence: npt.NDArray[np.float32]) -> float:
    """What is added to the logit of all old classes, so that at most MAX_LOSS of their prototypes go to a new one."""
    lead = rivals.max(axis=1) - old - np.log(np.maximum(confidence, 1e-6))
    if not len(lead):
        return 0.0
    allowed = int(MAX_LOSS * len(lead))
    return max(0.0, float(np.sort(lead)[::-1][allowed]) + 1e-6)


def lost(probs: Floats, counts: Sequence[int]) -> float:
    return float((probs.argmax(axis=1) != np.repeat(np.arange(len(counts)), counts)).mean())


def _even(answers: Ints) -> Floats:
    """Weights under which every class counts alike."""
    return len(answers) / np.bincount(answers)[answers] / len(np.unique(answers))


def answers_of(head: Head, seen: Seen, keep: bool) -> Floats:
    logits = head.logits(seen.features(seen.embedding[:, 0]))
    return _joined(softmax(_gathered(logits, seen.probs.shape[1])), seen.probs) if keep else softmax(logits)


def _joined(gate: Floats, old: npt.NDArray[np.floating[Any]]) -> Floats:
    return np.concatenate([gate[:, :1] * old, gate[:, 1:]], axis=1)


def remembered(old: Prototypes | None, seen: Seen, target: Ints, classes: int) -> Prototypes:
    """Of every class what the model knew of it, unless that was made of weights, and some of its captures."""
    known = old if old is not None and old.of else None
    counts = () if known is None else known.counts
    stops = np.cumsum(counts).astype(int).tolist()
    embedding, confidence, held = [], [], []
    for number in range(classes):
        rows = np.flatnonzero(target == number)[:_REMEMBERED]
        before = slice(stops[number] - counts[number], stops[number]) if number < len(counts) else slice(0, 0)
        embedding += [known.embedding[before]] if known is not None else []
        confidence += [known.confidence[before]] if known is not None else []
        embedding.append(seen.embedding[rows, 0])
        confidence.append(np.full(len(rows), _UNSURE, np.float32))
        held.append(int(before.stop - before.start) + len(rows))
    of = "captures" if known is None else f"{known.of}; captures"
    return Prototypes(np.concatenate(embedding), tuple(held), np.concatenate(confidence), of)
