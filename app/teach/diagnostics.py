"""What a user should know before trusting a taught model: what is confused, and what the captures cannot show."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import cv2
import numpy as np

from app.teach.captures import Capture
from app.teach.head import Floats, Ints, Rows, fit, folds

CONFUSED = 0.1  # share of the pictures of two classes that are taken for the other
_CONFUSED_PICTURES = 2  # at least
_BORDER = 0.15  # of the side: what is mostly background
_THUMBNAIL = 20  # px
_TELLING = 0.9  # accuracy of the border alone
_STILL = 4.0  # grey levels between one picture and the next, on a thumbnail


def confused_pair(probs: Floats, truth: Ints, names: Sequence[str]) -> tuple[str, str] | None:
    """The two classes that are most often taken for one another, if that is often enough to be more than chance."""
    counts = np.zeros((len(names), len(names)))
    np.add.at(counts, (truth, probs.argmax(axis=1)), 1)
    wrong = counts + counts.T
    np.fill_diagonal(wrong, 0)
    first, second = np.unravel_index(int(wrong.argmax()), wrong.shape)
    pictures = counts[[first, second]].sum()
    if wrong[first, second] < max(_CONFUSED_PICTURES, CONFUSED * pictures):
        return None
    return names[int(first)], names[int(second)]


def warnings(captures: Sequence[Capture], labels: Sequence[str]) -> Iterator[str]:
    """One line each: classes of one burst, and classes that can be told by what is behind the person."""
    by_label: dict[str, list[Capture]] = defaultdict(list)
    for capture in captures:
        by_label[capture.label].append(capture)
    yield from _same(captures)
    bursts = [label for label in labels if _is_burst(by_label[label])]
    if bursts:
        yield (
            f"all captures of {_listed(bursts)} come from one burst: the accuracy above is flattered; "
            "capture again at another time, in other clothes or light"
        )
    if len(labels) < 2:
        return
    share = _border_accuracy(captures, labels)
    if share >= max(_TELLING, 2 / len(labels)):
        yield (
            f"the edge of the picture alone tells the classes apart ({share:.0%}): the model may learn the background "
            "rather than the person; capture every class in the same places"
        )


def _same(captures: Sequence[Capture]) -> Iterator[str]:
    """A picture that stands for two classes."""
    first: dict[bytes, Capture] = {}
    for capture in captures:
        other = first.setdefault(capture.picture.tobytes(), capture)
        if other.label != capture.label:
            yield f"{other.name} and {capture.name} are the same picture in two classes: take it out of one"
            return


def _is_burst(captures: Sequence[Capture]) -> bool:
    """One session, or without sessions hardly a change from picture to picture."""
    sessions = {capture.session for capture in captures}
    if len(sessions) > 1:
        return False
    if sessions != {""} or len(captures) < 2:
        return True
    small = np.stack([_thumbnail(capture) for capture in captures]).astype(float)
    return bool(np.median(np.abs(np.diff(small, axis=0)).mean(axis=(1, 2, 3))) < _STILL)


def _border_accuracy(captures: Sequence[Capture], labels: Sequence[str]) -> float:
    """Of a head that sees nothing but the border, on sessions that it did not see; the mean over the classes."""
    small = np.stack([_thumbnail(capture) for capture in captures]).astype(float) / 255
    edge = round(_THUMBNAIL * _BORDER)
    inner = np.zeros((_THUMBNAIL, _THUMBNAIL), bool)
    inner[edge:, edge:-edge] = True  # the person reaches down to the lower edge
    features = small[:, ~inner].reshape(len(small), -1)
    truth = np.array([labels.index(capture.label) for capture in captures])
    fold = folds(truth, [session_of(capture, number) for number, capture in enumerate(captures)])
    everything = np.ones(len(truth), bool)
    rows = Rows(features, truth, fold, np.ones(len(truth)), everything)
    right = ~everything
    for number in np.unique(fold):
        seen = fold != number
        head = fit(rows.some(seen), len(labels), 1e-2)
        right[~seen] = head.logits(features[~seen]).argmax(axis=1) == truth[~seen]
    return float(np.mean([right[truth == label].mean() for label in range(len(labels))]))


def session_of(capture: Capture, number: int) -> tuple[str, str | int]:
    """What stays together: the session of a class, or a picture alone where that is not known."""
    return capture.label, capture.session or number


def _thumbnail(capture: Capture) -> Floats:
    small = cv2.resize(capture.picture, (_THUMBNAIL, _THUMBNAIL), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float64)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:-1]) + f" and {names[-1]}" if len(names) > 1 else names[0]
