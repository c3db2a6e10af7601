"""From captured pictures and a model to a model that knows them: what `python -m app.teach` and the window call."""

import secrets
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx

from app.classifier import Classifier
from app.contract import EMBEDDING_NAME, ModelContract
from app.entities import UNSURE
from app.errors import ConfigError, ModelError, SinkError
from app.teaching import calibrate, graph, prototypes, truth
from app.teaching.captures import Capture
from app.teaching.general import KEY, OWN, columns
from app.teaching.head import FOLDS, Chosen, Floats, Head, Ints, Rows, choose, folds, softmax
from app.teaching.look import GENERAL, Seen, look, with_eyes
from app.teaching.prototypes import Prototypes
from app.teaching.report import Report
from app.teaching.views import VIEWS

MIN_PICTURES = 5  # of a class; below, not even every fold has one
TOLERANCE = 1e-3
PARITY_PICTURES = 64
LEAST_BESIDE = 0.5  # threshold of a new class beside old ones: its captures say nothing of scenes that are none of both
MAX_LOSS = 0.003  # of the old classes' prototypes may become a new class; validation pictures then lose 1 point
REJECT = "other"  # the old class of what is no class: that some of it becomes a new class is what teaching is for
_REMEMBERED = 24  # embeddings of a new class that the model keeps, to be taught again
_UNSURE = 0.8  # supposed confidence of prototypes made of the old head's weights


def teach(
    captures: Sequence[Capture],
    model: Path,
    output: Path,
    *,
    keep: bool = False,
    general: Path | None = GENERAL,
    overwrite: bool = False,
    threads: int = 2,
    unreadable: Sequence[str] = (),
) -> Report:
    """Writes `output`, a model of the classes of `captures`, beside those of `model` when they are to be kept.

    Captures of a class that is kept are more examples of it: corrections.

    captures: pictures that were prepared for `model` (app.teaching.captures). keep: the old classes stay.
    general: the network that looks at pictures beside the model's own (app.teaching.general); None: the own one alone.
    unreadable: files that could not be used, for the report.

    `output` appears when it was opened and agreed with what was computed here, or not at all. Raises AppError for what
    the user can mend: classes, pictures, files.
    """
    began = time.perf_counter()
    check_output(output, overwrite)
    contract = Classifier(model).contract
    labels = check_captures(captures, contract.labels if keep else ())
    base, classifier = with_eyes(model, general)
    metadata = {item.key: item.value for item in base.metadata_props}
    seen = look(captures, classifier, columns(metadata), threads)
    old = _old_rows(base, metadata, contract, seen) if keep else None
    answers = np.array([labels.index(capture.label) for capture in captures])
    kept = contract.labels if keep else ()
    names = (*kept, *(label for label in labels if label not in kept))
    merge = _merge(kept, labels, names)
    counting = [label != REJECT for label in contract.labels]
    chosen, head, unseen = _fit(captures, answers, len(labels), seen, old, counting, merge)
    target = merge[len(kept) :].argmax(axis=1)[answers]
    correct = unseen[: len(captures)].argmax(axis=1) == target
    notes = list(truth.warnings(captures, labels))
    if "taught" in contract.info:
        notes.insert(0, "the model was taught before: of pictures that it saw then, the accuracy above is flattered")
    if old is not None and not old.of:
        notes.insert(0, "the model has no prototypes of its old classes: their weights stood in; test them yourself")
    limits = calibrate.thresholds(unseen[: len(captures)], target)[len(kept) :]
    thresholds = (
        *contract.thresholds[: len(kept)],
        *(max(limit, LEAST_BESIDE) if keep else limit for limit in limits),
    )
    report = Report(
        output=str(output),
        base=str(model),
        kept=kept,
        pictures=dict(Counter(labels[answer] for answer in answers)),
        sessions={label: len({c.session for c in captures if c.label == label}) for label in labels},
        accuracy=float(correct.mean()),
        recall={label: float(correct[answers == number].mean()) for number, label in enumerate(labels)},
        kept_loss=None if old is None else _lost(unseen[len(captures) :], old.counts),
        confused=truth.confused_pair(unseen[: len(captures)], target, names),
        warnings=tuple(notes),
        unreadable=tuple(unreadable),
        penalty=chosen.penalty,
        temperature=chosen.temperature,
        thresholds={label: thresholds[names.index(label)] for label in labels},
    )
    made = ModelContract(names, contract.size, contract.resize, thresholds, _info(contract, report))
    extra = {KEY: metadata[KEY]} if KEY in metadata else {}
    extra |= {prototypes.KEY: prototypes.pack(_remembered(old, seen, target, len(names)))}
    fitted = Head(head.weights * seen.emphasis[:, None], head.bias)
    taught = graph.with_head(base, graph.NewHead(fitted, len(kept), merge), made, extra)
    _publish(taught, output, captures, _probs(head, seen, keep) @ merge, threads)
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
            "or let the old ones stay (--keep-classes)"
        )
    few = [f"{label} ({counts[label]})" for label in labels if counts[label] < MIN_PICTURES and label not in taken]
    if few:
        raise ConfigError(f"expected {MIN_PICTURES} readable pictures of every class, too few of {', '.join(few)}")
    new = [label for label in labels if label not in taken]
    again = sorted({label.casefold() for label in new} & {label.casefold() for label in taken})
    if again:
        raise ConfigError(f"the model writes its class {again[0]!r} in other letters; write yours like it or rename it")
    if any(label.casefold() == UNSURE for label in new):
        raise ConfigError(f"{UNSURE} is what the program says when no class is likely; rename the class")
    try:
        ModelContract((*new, *taken), 32, "crop", (0.5,) * (len(new) + len(taken)))
    except ModelError as error:
        raise ConfigError(f"{error}; rename the class") from None
    return labels


def _merge(kept: Sequence[str], labels: Sequence[str], names: Sequence[str]) -> Floats:
    """(len(kept) + len(labels), len(names)): which outputs are of one class; a row has a single 1."""
    return np.array([[float(output == name) for name in names] for output in (*kept, *labels)])


def _old_rows(base: onnx.ModelProto, metadata: dict[str, str], contract: ModelContract, seen: Seen) -> Prototypes:
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


def _fit(
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


def _lost(probs: Floats, counts: Sequence[int]) -> float:
    return float((probs.argmax(axis=1) != np.repeat(np.arange(len(counts)), counts)).mean())


def _even(answers: Ints) -> Floats:
    """Weights under which every class counts alike."""
    return len(answers) / np.bincount(answers)[answers] / len(np.unique(answers))


def _probs(head: Head, seen: Seen, keep: bool) -> Floats:
    logits = head.logits(seen.features(seen.embedding[:, 0]))
    return _joined(softmax(_gathered(logits, seen.probs.shape[1])), seen.probs) if keep else softmax(logits)


def _joined(gate: Floats, old: npt.NDArray[np.floating[Any]]) -> Floats:
    return np.concatenate([gate[:, :1] * old, gate[:, 1:]], axis=1)


def _remembered(old: Prototypes | None, seen: Seen, target: Ints, classes: int) -> Prototypes:
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
        written = Classifier(draft)
        some = np.linspace(0, len(captures) - 1, min(PARITY_PICTURES, len(captures))).round().astype(int)
        with ThreadPoolExecutor(threads) as pool:
            predicted = pool.map(lambda position: written.predict(captures[position].picture[None]), some)
            probs = np.concatenate([prediction.probs for prediction in predicted])
        difference = float(np.abs(probs - expected[some]).max())
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
