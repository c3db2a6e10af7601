import itertools
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from app.arrays import Image
from app.config.settings import DisplaySettings
from app.entities import Activity, Frame
from app.overlay.colours import STRIP, TRACK, UNSURE, dimmed, label_colour
from app.overlay.overlay import Overlay
from tests import toy

LABELS = ("eating", "walking", "washing_dishes")
TOP = (("eating", 0.87), ("walking", 0.1), ("washing_dishes", 0.03))
SIZES = [(1, 1), (2, 3), (7, 200), (200, 7), (64, 48), (320, 240), (240, 320), (641, 361), (1280, 720), (720, 1280)]
SIZES += [(3840, 2160), (2160, 3840)]


def drawn_on(
    image: Image,
    activity: Activity | None = None,
    settings: DisplaySettings | None = None,
    labels: Sequence[str] = LABELS,
    **what: Any,
) -> Image:
    """The image after one frame with `activity`."""
    drawing = Overlay(labels, settings or DisplaySettings())
    if activity is not None:
        drawing.update(Frame(image, 0, 0.0, "cam"), activity)
    return drawing.draw(image, "cam", **what)


def activity(
    label: str | None = "eating",
    confidence: float = 0.87,
    top: tuple[tuple[str, float], ...] = TOP,
    restarted: bool = False,
) -> Activity:
    return Activity(label, confidence, 0.0, top, restarted=restarted)


def grounds(width: int, height: int) -> dict[str, Image]:
    """Images that are hard to write on."""
    noise = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    return {"black": toy.plain((0, 0, 0), width, height), "white": toy.plain((255,) * 3, width, height), "noise": noise}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("shown", [None, activity(), activity(None)], ids=["nothing known", "sure", "unsure"])
def test_any_size_is_drawn_on_a_copy(size: tuple[int, int], shown: Activity | None) -> None:
    image = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), np.uint8)
    before = image.copy()
    image.flags.writeable = False
    drawn = drawn_on(image, shown, recording=True, help_shown=True, note="Saved snapshots/2026-01-31_18-05-09.png")
    assert drawn.shape == image.shape
    assert drawn.dtype == np.uint8
    assert np.array_equal(image, before)
    assert not np.shares_memory(drawn, image)


def test_a_view_that_is_not_contiguous_can_be_drawn_on() -> None:
    image = toy.plain(toy.GREY, 640, 480)[::2, ::-2]
    assert np.array_equal(drawn_on(image, activity()), drawn_on(image.copy(), activity()))


def test_drawing_twice_gives_the_same_image() -> None:
    image = toy.plain(toy.GREY, 640, 480)
    drawing = Overlay(LABELS, DisplaySettings())
    drawing.update(Frame(image, 0, 0.0, "cam"), activity())
    assert np.array_equal(drawing.draw(image, "cam"), drawing.draw(image, "cam"))


def test_sources_are_kept_apart() -> None:
    image = toy.plain(toy.GREY, 640, 480)
    drawing = Overlay(LABELS, DisplaySettings())
    drawing.update(Frame(image, 0, 0.0, "one"), activity())
    assert np.array_equal(drawing.draw(image, "two"), drawn_on(image))
    assert not np.array_equal(drawing.draw(image, "one"), drawn_on(image))


@pytest.mark.parametrize("ground", ["black", "white", "noise"])
@pytest.mark.parametrize(("width", "height"), [(320, 240), (1280, 720), (480, 854)])
@pytest.mark.parametrize(
    ("shown", "contrast"),
    [(activity(top=()), 4.5), (activity(None, top=()), 3.0), (activity(), 3.0)],
    ids=["label", "unsure", "bars"],
)
def test_text_can_be_read_on_anything(
    monkeypatch: pytest.MonkeyPatch, ground: str, width: int, height: int, shown: Activity, contrast: float
) -> None:
    """WCAG asks for a contrast of 4.5, of 3 for large text."""
    image = grounds(width, height)[ground]
    with_text = drawn_on(image, shown)
    write = cv2.putText
    monkeypatch.setattr(cv2, "putText", lambda canvas, *arguments: write(canvas.copy(), *arguments))
    without = drawn_on(image, shown)
    covered = np.abs(with_text.astype(int) - without).max(axis=2) > 60
    assert covered.sum() > 100
    text, behind = toy.luminance(with_text[covered]), toy.luminance(without[covered])
    assert (np.percentile(text, 75) + 0.05) / (np.percentile(behind, 95) + 0.05) >= contrast


@pytest.mark.parametrize(
    "label", ["먹기", "يأكل", "吃饭", "食べる", "ест", "τρώει", "crème brûlée", "can't", "a_b-c/d", "100 %"]
)
def test_a_label_in_any_script_is_drawn(label: str) -> None:
    """Neither blank nor a row of the same boxes: other letters give another image."""
    image = toy.plain(toy.GREY, 1280, 720)
    images = [
        drawn_on(image, activity(text, top=()), labels=[label])
        for text in (label, label[::-1] if label != label[::-1] else label * 2, " ")
    ]
    assert np.abs(images[0].astype(int) - images[2]).max() > 100
    assert not np.array_equal(images[0], images[1])


@pytest.mark.parametrize(("width", "height"), [(320, 240), (1280, 720), (480, 854), (3840, 2160)])
@pytest.mark.parametrize(
    "label", ["eating", "w" * 80, "washing the dishes " * 4, "먹기" * 40], ids=["short", "w", "words", "korean"]
)
@pytest.mark.parametrize(
    "what", [{}, {"note": "Saved " + "snapshots/" * 12}, {"help_shown": True}], ids=["", "note", "help"]
)
def test_text_stays_inside_and_apart(
    monkeypatch: pytest.MonkeyPatch, width: int, height: int, label: str, what: dict[str, Any]
) -> None:
    """A very long label, the percentage beside it and the rate in the corner."""
    written = []
    write = cv2.putText

    def listen(canvas: Image, text: str, at: tuple[int, int], *style: Any) -> Any:
        end, box = write(canvas, text, at, *style)
        written.append((at[1], at[0], int(end[0]), text))
        return end, box

    monkeypatch.setattr(cv2, "putText", listen)
    drawn_on(toy.plain(toy.GREY, width, height), activity(label, 0.5, ((label, 0.5),)), labels=[label], **what)
    assert len(written) >= 5
    for y, left, right, text in written:
        assert 0 <= left <= right <= width, text
        assert 0 < y < height, text
    for (y, _, right, text), (below, left, _, other) in itertools.pairwise(sorted(written)):
        assert y != below or right <= left, f"{text} runs into {other}"


def test_the_label_the_bars_and_the_rate_change_with_what_is_known() -> None:
    image = toy.plain(toy.GREY, 640, 480)
    images = [
        drawn_on(image),
        drawn_on(image, activity()),
        drawn_on(image, activity("walking")),
        drawn_on(image, activity(None)),
        drawn_on(image, activity(confidence=0.5)),
        drawn_on(image, activity(top=TOP[::-1])),
        drawn_on(image, activity(), recording=True),
        drawn_on(image, activity(), help_shown=True),
        drawn_on(image, activity(), note="Recording"),
        drawn_on(image, activity(), DisplaySettings(top=1)),
    ]
    assert len({picture.tobytes() for picture in images}) == len(images)


@pytest.mark.parametrize("top", [1, 2, 3, 5])
def test_no_more_bars_than_asked_for(top: int) -> None:
    image = toy.plain((255,) * 3, 1280, 720)
    many = tuple((f"label {index}", 0.2) for index in range(5))
    drawn = drawn_on(image, activity("label 0", top=many), DisplaySettings(top=top), labels=[name for name, _ in many])
    bar = (drawn == np.array(TRACK)).all(axis=2).any(axis=1)
    assert int((np.diff(bar.astype(int)) == 1).sum()) == top


@pytest.mark.parametrize("share", [0.0, 0.25, 0.5, 1.0])
def test_a_bar_is_as_long_as_its_share(share: float) -> None:
    image = toy.plain((255,) * 3, 1280, 720)
    drawn = drawn_on(image, activity(None, top=(("eating", share),)))
    full, rest = (
        (drawn == np.array(colour)).all(axis=2).sum(axis=1).max() for colour in (dimmed(label_colour(0)), TRACK)
    )
    assert full / (full + rest) == pytest.approx(share, abs=0.01)


class TestStrip:
    """The last minute along the bottom edge, the present at the right."""

    def strip(self, *steps: Any, width: int = 1000, strip_s: float = 10.0) -> npt.NDArray[np.uint8]:
        """The strip's colours, left to right, after frames of (time_s, label) or (time_s, label, restarted)."""
        image = toy.plain((255,) * 3, width, 720)
        drawing = Overlay(LABELS, DisplaySettings(strip_s=strip_s))
        for time_s, label, *restarted in steps:
            drawing.update(Frame(image, 0, time_s, "cam"), activity(label, restarted=bool(restarted)))
        return drawing.draw(image, "cam")[-1]

    def test_colours_stand_where_they_belong(self) -> None:
        labels = ["eating"] * 40 + ["walking"] * 30 + [None] * 31
        strip = self.strip(*((index / 10, label) for index, label in enumerate(labels)))
        assert tuple(strip[200]) == label_colour(0)
        assert tuple(strip[390]) == label_colour(0)
        assert tuple(strip[410]) == label_colour(1)
        assert tuple(strip[690]) == label_colour(1)
        assert tuple(strip[710]) == UNSURE
        assert tuple(strip[-1]) == UNSURE

    def test_the_past_moves_out_at_the_left(self) -> None:
        labels = ["eating"] * 100 + ["walking"] * 151
        strip = self.strip(*((index / 10, label) for index, label in enumerate(labels)))
        assert (strip == label_colour(1)).all()

    def test_what_was_not_seen_is_empty(self) -> None:
        strip = self.strip(*((index / 10, "eating") for index in range(31)))
        assert (strip[:690] == STRIP).all()
        assert (strip[710:] == label_colour(0)).all()

    def test_a_gap_stays_a_gap(self) -> None:
        before = [(index / 10, "eating") for index in range(31)]
        after = [(7 + index / 10, "eating", *([True] if index == 0 else [])) for index in range(31)]
        strip = self.strip(*before, *after)
        assert (strip[10:290] == label_colour(0)).all()
        assert (strip[310:690] == STRIP).all()
        assert (strip[710:] == label_colour(0)).all()


def test_a_label_keeps_its_colour_until_the_classes_change() -> None:
    drawing = Overlay(LABELS, DisplaySettings())
    assert drawing.colour("walking") == label_colour(1)
    assert drawing.colour(None) == drawing.colour("never heard of") == UNSURE
    drawing.relabel(("walking", "tea"))
    assert drawing.colour("walking") == label_colour(0)
    assert drawing.colour("eating") == UNSURE


def test_a_forgotten_source_has_no_label_until_the_next_frame() -> None:
    image = toy.plain(toy.GREY, 640, 480)
    drawing = Overlay(LABELS, DisplaySettings())
    drawing.update(Frame(image, 0, 0.0, "cam"), activity())
    labelled = drawing.draw(image, "cam")
    drawing.forget("cam")
    without_rate = (slice(None), slice(0, 300))
    assert np.array_equal(drawing.draw(image, "cam")[without_rate], image[without_rate])
    drawing.update(Frame(image, 1, 0.0, "cam"), activity())
    assert np.array_equal(drawing.draw(image, "cam")[without_rate], labelled[without_rate])


def test_other_is_no_activity() -> None:
    """Grey, without a percentage, and nothing in the strip."""
    labels = ("other", "eating")
    image = toy.plain((0, 0, 0), 1280, 720)
    assert Overlay(labels, DisplaySettings()).colour("other") == UNSURE
    drawn = drawn_on(image, activity("other", 0.98, (("other", 0.98), ("eating", 0.02))), labels=labels)
    for label, is_shown in (("other", False), ("eating", True)):
        overlay = Overlay(labels, DisplaySettings())
        for time_s in (0.0, 5.0):
            overlay.update(Frame(image, 0, time_s, "cam"), activity(label))
        assert (overlay.draw(image, "cam")[-5:] != STRIP).any() == is_shown
    other = drawn_on(image, activity("other", 0.5, (("other", 0.98), ("eating", 0.02))), labels=labels)
    assert np.array_equal(drawn, other), "how surely nobody does anything is not shown"


def test_where_nobody_is_nothing_else_is_said() -> None:
    image = toy.plain((0, 0, 0), 1280, 720)
    nobody = drawn_on(image, Activity(None, 0.87, 0.0, TOP, nobody=True))
    unsure = drawn_on(image, activity(None))
    assert not np.array_equal(nobody[:100, :400], unsure[:100, :400])
    assert not nobody[140:300, 40:400].any(), "no bars"
