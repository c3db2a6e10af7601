"""Teaches a model new classes from captures, in four steps: embed, fit, judge, publish.

`python -m app.teach` and the window's teach mode call it.
"""

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from onnx import ModelProto

from app.arrays import Float32s, Ints
from app.model.classifier import Classifier
from app.model.contract import ModelContract
from app.model.thresholds import EVEN, fit_thresholds
from app.outputs import check_target
from app.paths import BACKGROUND, GENERAL_MODEL
from app.teach.background import Background, read_background
from app.teach.capture_cues import with_cues
from app.teach.captures import Capture, Captures
from app.teach.classes import Classes, find_classes, spelled_like
from app.teach.diagnostics import capture_warnings, confused_pair
from app.teach.embed import Embeddings, embed
from app.teach.exemplar_memory import recall_exemplars, remember_exemplars
from app.teach.exemplars import EXEMPLARS_KEY, Exemplars, pack
from app.teach.fit import HeadFit, fit_new_classes
from app.teach.general_network import CUES_KEY, GENERAL_KEY, BaseModel, attach_general_network
from app.teach.keep_classes import fit_beside_old_classes
from app.teach.onnx_head import NewHead, replace_head
from app.teach.progress import Progress, Tell
from app.teach.publish import model_info, publish
from app.teach.report import Report


@dataclass(frozen=True, kw_only=True)
class TeachOptions:
    """How a model is taught.

    Attributes:
        keep_classes: whether the old classes stay beside the taught ones.
        general: the general network, which looks at images beside the model's own; None: the model's own alone.
        background: embeddings of what is none of the classes; None: a model that does not keep its old ones names one
            of its own whatever it sees, and fewer images of new classes are found.
        overwrite: whether the output may be replaced.
        threads: how many images are run at the same time.
        cues: file -> its cues, where they are known; they need not be found again.
        tell: is told how far teaching is, 0..1; None: nobody is.
    """

    keep_classes: bool = False
    general: Path | None = GENERAL_MODEL
    background: Path | None = BACKGROUND
    overwrite: bool = False
    threads: int = 2
    cues: Mapping[Path, Float32s] = field(default_factory=dict)
    tell: Tell | None = None


DEFAULTS = TeachOptions()
LOOKED, EMBEDDED = 0.5, 0.8  # shares of the time after which images are looked at and embedded


def teach(captures: Captures, model: Path, output: Path, options: TeachOptions = DEFAULTS) -> Report:
    """Writes a model of the classes of the captures, beside its own when these are kept.

    Captures of a class that is kept are more examples of it: corrections.

    Args:
        captures: images that were prepared for `model`.
        model: the file that is taught; it stays as it is.
        output: the file to write; it is written only when it opens and its answers agree with those computed here.
        options: how.

    Returns:
        What was taught, and what it is worth.

    Raises:
        AppError: what the user can fix: classes, images, files.
    """
    began_s = time.perf_counter()
    check_target(output, ".onnx", overwrite=options.overwrite)
    old_labels = Classifier(model).contract.labels
    kept = old_labels if options.keep_classes else ()
    captures = spelled_like(captures, kept)
    classes = find_classes(captures.images, kept)
    base = attach_general_network(model, options.general)
    if base.contract.cues is not None:
        looking = Progress(options.tell, 0.0, LOOKED, len(captures.images))
        found = with_cues(captures.images, options.threads, options.cues, looking.step)
        captures = replace(captures, images=found)

    seeing = Progress(options.tell, LOOKED, EMBEDDED, len(captures.images))
    embeddings = embed(
        captures.images, base.classifier, base.general_columns, options.threads, base.cue_columns, seeing.step
    )
    old = recall_exemplars(base, embeddings) if classes.kept else None
    background = None if options.background is None else read_background(options.background, base)
    fit = _fit(captures.images, classes, embeddings, old, background)
    report = _judge(captures, classes, fit, base.contract, old)
    stored = remember_exemplars(old, embeddings, classes.targets(captures.images), len(classes.names))
    publish(_assemble(base, classes, fit, stored, report), output, captures.images, fit.probs, options.threads)
    return replace(report, output=str(output), base=str(model), seconds=time.perf_counter() - began_s)


def _fit(
    captures: Sequence[Capture],
    classes: Classes,
    embeddings: Embeddings,
    old: Exemplars | None,
    background: Background | None,
) -> HeadFit:
    """Fits a head for the new classes alone, or one beside the old classes when their exemplars are given."""
    if old is None:
        return fit_new_classes(captures, classes, embeddings, background)
    return fit_beside_old_classes(captures, classes, embeddings, old, background)


def _judge(captures: Captures, classes: Classes, fit: HeadFit, base: ModelContract, old: Exemplars | None) -> Report:
    """What the held-out answers and the captures themselves say of the new model."""
    images = captures.images
    targets = classes.targets(images)
    is_right = fit.held_out_probs.argmax(axis=1) == targets
    thresholds = _thresholds(fit, targets, classes, base)
    number = {label: classes.names.index(label) for label in classes.taught}
    return Report(
        kept=classes.kept,
        images=dict(Counter(capture.label for capture in images)),
        sessions={label: len({one.session for one in images if one.label == label}) for label in classes.taught},
        accuracy=float(is_right.mean()),
        recall={label: float(is_right[targets == number[label]].mean()) for label in classes.taught},
        kept_loss=fit.kept_loss,
        background_taken=fit.background_taken,
        confused=confused_pair(fit.held_out_probs, targets, classes.names),
        warnings=(*captures.warnings, *_model_warnings(base, old), *capture_warnings(images, classes.taught)),
        unreadable=tuple(captures.unreadable),
        temperature=fit.temperature,
        thresholds={label: thresholds[number[label]] for label in classes.taught},
    )


def _thresholds(fit: HeadFit, targets: Ints, classes: Classes, base: ModelContract) -> tuple[float, ...]:
    """The thresholds of all classes: kept ones keep theirs, new ones get what their held-out answers need."""
    kept = len(classes.kept)
    new = fit_thresholds(fit.held_out_probs, targets, len(classes.names))[kept:]
    if kept:
        new = tuple(max(threshold, EVEN) for threshold in new)
    return (*base.thresholds[:kept], *new)


def _model_warnings(base: ModelContract, old: Exemplars | None) -> Iterator[str]:
    """What is doubtful because of the model that is taught."""
    if old is not None and not old.of:
        yield "the model stores no examples of its old classes, so its weights stood in for them; test the old classes"
    if "taught" in base.info:
        yield "the model was taught before: of images that it saw then, the accuracy above is too high"


def _assemble(base: BaseModel, classes: Classes, fit: HeadFit, stored: Exemplars, report: Report) -> ModelProto:
    """The new model: the old networks, the new head, and what the file says of itself."""
    kept = len(classes.kept)
    thresholds = (*base.contract.thresholds[:kept], *(report.thresholds[label] for label in classes.names[kept:]))
    info = model_info(base.contract, report)
    contract = ModelContract(classes.names, base.contract.input, thresholds, info, base.contract.cues)
    columns = {key: base.metadata[key] for key in (GENERAL_KEY, CUES_KEY) if key in base.metadata}
    extra = {**columns, EXEMPLARS_KEY: pack(stored)}
    return replace_head(base.graph, NewHead(fit.head, kept, classes.merge, fit.rejection), contract, extra)
