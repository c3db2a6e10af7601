"""From captured pictures and a model to a model that knows them: what `python -m app.teach` and the window call."""

import secrets
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx

from app.classifier import Classifier, Prediction
from app.contract import ModelContract
from app.errors import ConfigError, ModelError, SinkError
from app.teaching import calibrate, graph, prototypes, truth
from app.teaching.captures import Capture
from app.teaching.head import FOLDS, Chosen, Floats, Head, Ints, Rows, choose, folds, softmax, spread
from app.teaching.prototypes import Prototypes
from app.teaching.report import Report
from app.teaching.views import VIEWS, views

MIN_PICTURES = 5  # of a class; below, not even every fold has one
TOLERANCE = 1e-3
MAX_LOSS = 0.003  # of the old classes' prototypes may become a new class; validation pictures then lose 1 point
REJECT = "other"  # the old class of what is no class: that some of it becomes a new class is what teaching is for
_BATCH = 8  # pictures
_REMEMBERED = 24  # embeddings of a new class that the model keeps, to be taught again
_UNSURE = 0.8  # supposed confidence of prototypes made of the old head's weights
_SEED = 42


@dataclass(frozen=True, eq=False)
class _Seen:
    """Of every capture: embedding float32 (N, VIEWS, D), and the old model's probs (N, K) of the picture itself."""

    embedding: npt.NDArray[np.float32]
    probs: npt.NDArray[np.float32]


def teach(
    captures: Sequence[Capture],
    model: Path,
    output: Path,
    *,
    keep: bool = False,
    overwrite: bool = False,
    threads: int = 2,
    unreadable: Sequence[str] = (),
) -> Report:
    """Writes `output`, a model of the classes of `captures`, beside those of `model` when they are to be kept.

    captures: pictures that were prepared for `model` (app.teaching.captures). keep: the old classes stay.
    unreadable: files that could not be used, for the report.

    `output` appears when it was opened and agreed with what was computed here, or not at all. Raises AppError for what
    the user can mend: classes, pictures, files.
    """
    began = time.perf_counter()
    check_output(output, overwrite)
    classifier = Classifier(model, threads)
    contract = classifier.contract
    labels = check_captures(captures, contract.labels if keep else ())
    base = onnx.load(model)
    metadata = {item.key: item.value for item in base.metadata_props}
    seen = _look(captures, classifier)
    old = _old_rows(base, metadata, contract, seen) if keep else None
    answers = np.array([labels.index(capture.label) for capture in captures])
    chosen, head, unseen = _fit(
        captures, answers, len(labels), seen, old, [label != REJECT for label in contract.labels]
    )
    names = (*contract.labels, *labels) if keep else tuple(labels)
    shift = len(contract.labels) if keep else 0
    correct = unseen[: len(captures)].argmax(axis=1) == answers + shift
    notes = list(truth.warnings(captures, labels))
    if old is not None and not old.of:
        notes.insert(0, "the model has no prototypes of its old classes: their weights stood in; test them yourself")
    limits = calibrate.thresholds(unseen[: len(captures)], answers + shift)[shift:]
    report = Report(
        output=str(output),
        base=str(model),
        kept=contract.labels if keep else (),
        pictures=dict(Counter(labels[answer] for answer in answers)),
        sessions={label: len({c.session for c in captures if c.label == label}) for label in labels},
        accuracy=float(correct.mean()),
        recall={label: float(correct[answers == number].mean()) for number, label in enumerate(labels)},
        kept_loss=None if old is None else _lost(unseen[len(captures) :], shift),
        confused=truth.confused_pair(unseen[: len(captures)], answers + shift, names),
        warnings=tuple(notes),
        unreadable=tuple(unreadable),
        penalty=chosen.penalty,
        temperature=chosen.temperature,
        thresholds=dict(zip(labels, limits, strict=True)),
    )
    thresholds = (*contract.thresholds, *limits) if keep else limits
    made = ModelContract(names, contract.size, contract.resize, thresholds, _info(contract, report))
    extra = {prototypes.KEY: prototypes.pack(_remembered(old, seen, answers, len(labels)))}
    taught = graph.with_head(base, graph.NewHead(head, len(contract.labels) if keep else 0), made, extra)
    _publish(taught, output, captures, _probs(head, seen, keep), threads)
    return replace(report, seconds=time.perf_counter() - began)


def check_output(output: Path, overwrite: bool) -> None:
    """Raises SinkError for a name that is no model's, is taken, or cannot be written."""
    if output.suffix.lower() != ".onnx" or output.is_dir():
        raise SinkError(f"{output}: expected a file name that ends in .onnx; rename it")
    if output.exists() and not overwrite:
        raise SinkError(f"{output}: exists; choose another name, or replace it with --overwrite")
    if not output.parent.is_dir():
        raise SinkError(f"{output}: the folder {output.parent} does not exist; make it or choose another")


def check_captures(captures: Sequence[Capture], taken: Sequence[str]) -> list[str]:
    """The classes, sorted. Raises ConfigError for too few classes or pictures, and for names that cannot be labels."""
    counts = Counter(capture.label for capture in captures)
    labels = sorted(counts)
    if len(labels) + len(taken) < 2 or not labels:
        raise ConfigError(
            f"expected pictures of two classes or more, got {', '.join(labels) or 'none'}; add a class, "
            "or keep the old ones with --keep-classes"
        )
    few = [f"{label} ({counts[label]})" for label in labels if counts[label] < MIN_PICTURES]
    if few:
        raise ConfigError(f"expected {MIN_PICTURES} readable pictures of every class, too few of {', '.join(few)}")
    again = sorted({label.casefold() for label in labels} & {label.casefold() for label in taken})
    if again:
        raise ConfigError(f"the model has a class {again[0]!r} already; rename yours, or leave out --keep-classes")
    try:
        ModelContract((*labels, *taken), 32, "crop", (0.5,) * (len(labels) + len(taken)))
    except ModelError as error:
        raise ConfigError(f"{error}; rename the class") from None
    return labels


def _look(captures: Sequence[Capture], classifier: Classifier) -> _Seen:
    rng = np.random.default_rng(_SEED)
    found: list[Prediction] = []
    for start in range(0, len(captures), _BATCH):
        batch = [views(capture.picture, rng) for capture in captures[start : start + _BATCH]]
        found.append(classifier.predict(np.concatenate(batch)))
    embedding = np.concatenate([prediction.embedding for prediction in found])
    probs = np.concatenate([prediction.probs for prediction in found])
    return _Seen(embedding.reshape(len(captures), VIEWS, -1), probs[::VIEWS])


def _old_rows(base: onnx.ModelProto, metadata: dict[str, str], contract: ModelContract, seen: _Seen) -> Prototypes:
    """What stands for the old classes; `of` is empty when it is made of the old head's weights."""
    size, count = seen.embedding.shape[2], len(contract.labels)
    stored = prototypes.unpack(metadata, count, size)
    if stored is not None:
        return stored
    rows = graph.weight_rows(base, size)
    if rows is None:
        raise ModelError("its classes cannot be kept: it has neither prototypes nor a linear head; use --only-new")
    first = seen.embedding[:, 0]
    spread_ = float(np.linalg.norm(first - first.mean(axis=0), axis=1).mean())
    rows = rows - rows.mean(axis=0)
    rows = rows * (spread_ / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6))
    embedding = np.maximum(first.mean(axis=0) + rows, 0).astype(np.float32)
    counts = tuple(len(embedding) // count + (number < len(embedding) % count) for number in range(count))
    return Prototypes(embedding, counts, np.full(len(embedding), _UNSURE, np.float32))


def _fit(
    captures: Sequence[Capture],
    answers: Ints,
    classes: int,
    seen: _Seen,
    old: Prototypes | None,
    counting: Sequence[bool],
) -> tuple[Chosen, Head, Floats]:
    """What was chosen, the head with its temperature and its bias against the old classes, and the probs of unseen
    pictures: (N + M, K), the captures first, then the prototypes. counting: the old classes that may lose no more than
    MAX_LOSS together."""
    shift = 0 if old is None else len(old.counts)
    fold = folds(answers, [truth.session_of(capture, number) for number, capture in enumerate(captures)])
    rows = Rows(
        spread(seen.embedding.reshape(-1, seen.embedding.shape[2])),
        np.repeat(answers + shift, VIEWS),
        np.repeat(fold, VIEWS),
        np.repeat(_even(answers) / VIEWS, VIEWS),
        np.arange(len(answers) * VIEWS) % VIEWS == 0,
    )
    if old is not None:
        rows = _beside(rows, old, classes)
    chosen = choose(rows, classes + shift)
    weights, bias = chosen.head.weights / chosen.temperature, chosen.head.bias / chosen.temperature
    unseen = chosen.unseen / chosen.temperature
    if old is None:
        return chosen, Head(weights, bias), softmax(unseen)
    unseen = _gathered(unseen, shift)
    counted = np.repeat(np.asarray(counting), old.counts)
    lift = _lift(unseen[len(captures) :][counted], old.confidence[counted])
    bias[:shift] += lift
    unseen[:, 0] += lift
    gate = softmax(unseen)
    best = np.zeros((len(old.confidence), seen.probs.shape[1]))
    best[np.arange(len(best)), np.repeat(np.arange(len(old.counts)), old.counts)] = old.confidence
    return chosen, Head(weights, bias), _joined(gate, np.concatenate([seen.probs, best]))


def _beside(rows: Rows, old: Prototypes, classes: int) -> Rows:
    count = len(old.embedding)
    weight = rows.weights.sum() / classes * min(classes, len(old.counts)) / count
    return Rows(
        np.concatenate([rows.features, spread(old.embedding)]),
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


def _lift(logits: Floats, confidence: npt.NDArray[np.float32]) -> float:
    """What is added to the logit of all old classes, so that at most MAX_LOSS of their prototypes go to a new one."""
    lead = logits[:, 1:].max(axis=1) - logits[:, 0] - np.log(np.maximum(confidence, 1e-6))
    if not len(lead):
        return 0.0
    allowed = int(MAX_LOSS * len(lead))
    return max(0.0, float(np.sort(lead)[::-1][allowed]) + 1e-6)


def _lost(probs: Floats, shift: int) -> float:
    return float((probs.argmax(axis=1) >= shift).mean())


def _even(answers: Ints) -> Floats:
    """Weights under which every class counts alike."""
    return len(answers) / np.bincount(answers)[answers] / len(np.unique(answers))


def _probs(head: Head, seen: _Seen, keep: bool) -> Floats:
    logits = head.logits(spread(seen.embedding[:, 0]))
    return _joined(softmax(_gathered(logits, seen.probs.shape[1])), seen.probs) if keep else softmax(logits)


def _joined(gate: Floats, old: npt.NDArray[np.floating[Any]]) -> Floats:
    return np.concatenate([gate[:, :1] * old, gate[:, 1:]], axis=1)


def _remembered(old: Prototypes | None, seen: _Seen, answers: Ints, classes: int) -> Prototypes:
    own = [np.flatnonzero(answers == number)[:_REMEMBERED] for number in range(classes)]
    rows = np.concatenate(own)
    new = Prototypes(
        seen.embedding[rows, 0], tuple(len(one) for one in own), np.full(len(rows), _UNSURE, np.float32), "captures"
    )
    if old is None or not old.of:
        return new if old is None else replace(new, counts=(0,) * len(old.counts) + new.counts)
    return Prototypes(
        np.concatenate([old.embedding, new.embedding]),
        old.counts + new.counts,
        np.concatenate([old.confidence, new.confidence]),
        f"{old.of}; captures",
    )


def _info(contract: ModelContract, report: Report) -> dict[str, Any]:
    told = {key: contract.info[key] for key in ("backbone", "alpha", "mirror", "rights") if key in contract.info}
    origin = {key: contract.info[key] for key in ("dataset", "trained_at", "taught") if key in contract.info}
    private = ("output", "base", "unreadable")  # names on this machine
    taught = {key: value for key, value in report.to_json().items() if key not in private}
    today = date.today().isoformat()
    return {**told, "trained_at": today, "dataset": "captures", "taught": taught, "base": origin}


def _publish(model: onnx.ModelProto, output: Path, captures: Sequence[Capture], expected: Floats, threads: int) -> None:
    """Raises ModelError, and leaves nothing behind, when the written file does not say what `expected` says."""
    draft = output.with_name(f".teach-{secrets.token_hex(8)}.onnx")
    try:
        draft.write_bytes(model.SerializeToString())
        written = Classifier(draft, threads)
        pictures = np.stack([capture.picture for capture in captures])
        parts = [pictures[start : start + 32] for start in range(0, len(pictures), 32)]
        probs = np.concatenate([written.predict(part).probs for part in parts])
        difference = float(np.abs(probs - expected).max())
        if not difference <= TOLERANCE:
            raise ModelError(
                f"not written: the new model's probabilities differ by {difference:.2g} from what was fitted, at most "
                f"{TOLERANCE:g} is allowed"
            )
        draft.replace(output)
    except OSError as error:
        raise SinkError(f"{output}: cannot be written ({error.strerror}); choose another place") from None
    finally:
        draft.unlink(missing_ok=True)
