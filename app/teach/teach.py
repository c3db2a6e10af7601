"""From captured pictures and a model to a model that knows them: what `python -m app.teach` and the window call."""

import secrets
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import onnx

from app.entities import UNSURE
from app.errors import ConfigError, ModelError, OutputError
from app.model.classifier import Classifier
from app.model.contract import ModelContract, check_labels
from app.model.thresholds import fit_thresholds
from app.paths import GENERAL_MODEL
from app.teach import diagnostics as truth
from app.teach import exemplars as prototypes
from app.teach import onnx_head as graph
from app.teach.captures import Capture
from app.teach.embed import look, with_eyes
from app.teach.general_network import KEY, columns
from app.teach.head import Floats, Head
from app.teach.keep_classes import answers_of, fit_beside, lost, merge_of, old_rows, remembered
from app.teach.report import Report

MIN_PICTURES = 5  # of a class; below, not even every fold has one
TOLERANCE = 1e-3
PARITY_PICTURES = 64
LEAST_BESIDE = 0.5  # threshold of a new class beside old ones: its captures say nothing of scenes that are none of both
REJECT = "other"  # the old class of what is no class: that some of it becomes a new class is what teaching is for


def teach(
    captures: Sequence[Capture],
    model: Path,
    output: Path,
    *,
    keep: bool = False,
    general: Path | None = GENERAL_MODEL,
    overwrite: bool = False,
    threads: int = 2,
    unreadable: Sequence[str] = (),
) -> Report:
    """Writes `output`, a model of the classes of `captures`, beside those of `model` when they are to be kept.

    Captures of a class that is kept are more examples of it: corrections.

    captures: pictures that were prepared for `model` (app.teach.captures). keep: the old classes stay.
    general: the network that looks at pictures beside the model's own (general_network.py); None: the own one alone.
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
    old = old_rows(base, metadata, contract, seen) if keep else None
    answers = np.array([labels.index(capture.label) for capture in captures])
    kept = contract.labels if keep else ()
    names = (*kept, *(label for label in labels if label not in kept))
    merge = merge_of(kept, labels, names)
    counting = [label != REJECT for label in contract.labels]
    chosen, head, unseen = fit_beside(captures, answers, len(labels), seen, old, counting, merge)
    target = merge[len(kept) :].argmax(axis=1)[answers]
    correct = unseen[: len(captures)].argmax(axis=1) == target
    limits = fit_thresholds(unseen[: len(captures)], target, len(names))[len(kept) :]
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
        kept_loss=None if old is None else lost(unseen[len(captures) :], old.counts),
        confused=truth.confused_pair(unseen[: len(captures)], target, names),
        warnings=(*_doubts(contract, old), *truth.warnings(captures, labels)),
        unreadable=tuple(unreadable),
        penalty=chosen.penalty,
        temperature=chosen.temperature,
        thresholds={label: thresholds[names.index(label)] for label in labels},
    )
    made = ModelContract(names, contract.input, thresholds, _info(contract, report))
    extra = {KEY: metadata[KEY]} if KEY in metadata else {}
    extra |= {prototypes.KEY: prototypes.pack(remembered(old, seen, target, len(names)))}
    fitted = Head(head.weights * seen.emphasis[:, None], head.bias)
    taught = graph.with_head(base, graph.NewHead(fitted, len(kept), merge), made, extra)
    _publish(taught, output, captures, answers_of(head, seen, keep) @ merge, threads)
    return replace(report, seconds=time.perf_counter() - began)


def _doubts(contract: ModelContract, old: prototypes.Prototypes | None) -> Iterator[str]:
    """What is doubtful because of the model that is taught."""
    if old is not None and not old.of:
        yield "the model has no prototypes of its old classes: their weights stood in; test them yourself"
    if "taught" in contract.info:
        yield "the model was taught before: of pictures that it saw then, the accuracy above is flattered"


def check_output(output: Path, overwrite: bool) -> None:
    """Raises OutputError for a name that is no model's, is taken, or cannot be written."""
    if output.suffix.lower() != ".onnx" or output.is_dir():
        raise OutputError(f"{output}: expected a file name that ends in .onnx; rename it")
    if output.exists() and not overwrite:
        raise OutputError(f"{output}: exists; choose another name, or replace it with --overwrite")
    if not output.parent.is_dir():
        raise OutputError(f"{output}: the folder {output.parent} does not exist; make it or choose another")


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
        check_labels((*new, *taken))
    except ModelError as error:
        raise ConfigError(f"{error}; rename the class") from None
    return labels


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
        raise OutputError(f"{output}: cannot be written ({error.strerror}); choose another place") from None
    finally:
        draft.unlink(missing_ok=True)
