"""What a user should know before trusting a taught model: which classes are confused, what the captures cannot show."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import cv2
import numpy as np

from app.arrays import Float64s, Ints
from app.teach.captures import Capture, session_keys
from app.teach.cross_validation import assign_folds
from app.teach.head import Samples, fit_head
from app.text import listed

CONFUSED = 0.1  # share of the images of two classes that are taken for the other
_CONFUSED_IMAGES = 2  # at least
_BORDER = 0.15  # of the side: what is mostly background
_THUMBNAIL = 20  # px
_BORDER_PENALTY = 1e-2
_TELLING = 0.9  # accuracy of the border alone
_STILL = 4.0  # grey levels between one image and the next, on a thumbnail


def confused_pair(probs: Float64s, truth: Ints, names: Sequence[str]) -> tuple[str, str] | None:
    """Finds the two classes that are most often taken for one another.

    Args:
        probs: (N, C), held out.
        truth: (N,), the right classes.
        names: of the C classes.

    Returns:
        The pair; None when that is too rare to be more than chance.
    """
    counts = np.zeros((len(names), len(names)))
    np.add.at(counts, (truth, probs.argmax(axis=1)), 1)
    wrong = counts + counts.T
    np.fill_diagonal(wrong, 0)
    first, second = np.unravel_index(int(wrong.argmax()), wrong.shape)
    images = counts[[first, second]].sum()
    if wrong[first, second] < max(_CONFUSED_IMAGES, CONFUSED * images):
        return None
    return names[int(first)], names[int(second)]


def capture_warnings(captures: Sequence[Capture], labels: Sequence[str]) -> Iterator[str]:
    """Warns of captures that flatter the accuracy.

    Args:
        captures: images of all classes.
        labels: the classes.

    Yields:
        A line each for: an image in two classes, classes of a single burst, a background (the edge of the image) that
        tells the classes apart.
    """
    yield from _image_in_two_classes(captures)
    by_label: dict[str, list[Capture]] = defaultdict(list)
    for capture in captures:
        by_label[capture.label].append(capture)
    bursts = [label for label in labels if _is_burst(by_label[label])]
    if bursts:
        yield (
            f"all captures of {listed(bursts)} come from one burst, so the accuracy above is too high; "
            "capture again at another time, in other clothes or light"
        )
    if len(labels) < 2:
        return
    accuracy = _border_accuracy(captures, labels)
    if accuracy >= max(_TELLING, 2 / len(labels)):
        yield (
            f"the edge of the image alone tells the classes apart ({accuracy:.0%}): the model may learn the background "
            "rather than the person; capture every class in the same places"
        )


def _image_in_two_classes(captures: Sequence[Capture]) -> Iterator[str]:
    """Yields a line about the first image that is in two classes, if there is one."""
    first: dict[bytes, Capture] = {}
    for capture in captures:
        other = first.setdefault(capture.image.tobytes(), capture)
        if other.label != capture.label:
            yield f"{other.name} and {capture.name} are the same image in two classes; remove it from one"
            return


def _is_burst(captures: Sequence[Capture]) -> bool:
    """Whether all come from one session; where sessions are not known, whether images hardly change."""
    sessions = {capture.session for capture in captures}
    if len(sessions) > 1:
        return False
    if sessions != {""} or len(captures) < 2:
        return True
    changes = np.abs(np.diff(_thumbnails(captures), axis=0)).mean(axis=(1, 2, 3))
    return bool(np.median(changes) < _STILL)


def _border_accuracy(captures: Sequence[Capture], labels: Sequence[str]) -> float:
    """The mean recall, on sessions that it did not see, of a head that sees nothing but the border of the images."""
    truth = np.array([labels.index(capture.label) for capture in captures])
    folds = assign_folds(truth, session_keys(captures))
    everything = np.ones(len(truth), bool)
    samples = Samples(_borders(captures), truth, folds, np.ones(len(truth)), everything)
    is_right = ~everything
    for fold in np.unique(folds):
        hidden = folds == fold
        head = fit_head(samples.where(~hidden), len(labels), _BORDER_PENALTY)
        is_right[hidden] = head.logits(samples.features[hidden]).argmax(axis=1) == truth[hidden]
    return float(np.mean([is_right[truth == label].mean() for label in range(len(labels))]))


def _borders(captures: Sequence[Capture]) -> Float64s:
    """(N, D), 0..1: the pixels near the left, right and upper edge; the person reaches down to the lower one."""
    edge = round(_THUMBNAIL * _BORDER)
    is_inner = np.zeros((_THUMBNAIL, _THUMBNAIL), bool)
    is_inner[edge:, edge:-edge] = True
    return (_thumbnails(captures) / 255)[:, ~is_inner].reshape(len(captures), -1)


def _thumbnails(captures: Sequence[Capture]) -> Float64s:
    """(N, _THUMBNAIL, _THUMBNAIL, 3), grey levels."""
    size = (_THUMBNAIL, _THUMBNAIL)
    small = [cv2.resize(capture.image, size, interpolation=cv2.INTER_AREA) for capture in captures]
    return np.stack(small).astype(np.float64)
