"""What is drawn on the picture: label, confidence, bars, rate, strip of the last minute. Always on a copy.

Everything is sized by the frame, so that it reads the same from 320x240 to 4K; light text on its own dark panel
reads on any picture.
"""

import colorsys
import time
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass

import cv2

from app.arrays import Image
from app.config.settings import DisplaySettings
from app.entities import Activity, Frame
from app.overlay.canvas import Canvas, Colour
from app.run_stats import Rate

WHITE, GREY, RED, UNSURE = (245, 245, 245), (185, 185, 185), (60, 60, 235), (150, 150, 150)
GOLDEN_ANGLE = 0.381966  # of the hue circle: neighbours in the label list get far-apart colours
HELP = (
    ("q  Esc", "quit"),
    ("space", "pause, go on"),
    ("r", "record, stop recording"),
    ("s", "snapshot"),
    ("m", "mirror"),
    ("t", "teach your own activities"),
    ("c", "correct the label"),
    ("h", "this help"),
)


@dataclass(frozen=True, slots=True)
class Panel:
    """A list beside the picture: a title, rows of (key, name, number), and lines of what can be done."""

    title: str
    rows: tuple[tuple[str, str, str], ...]
    hints: tuple[str, ...]


class Overlay:
    """What every source's picture wears: `update` once a frame, `draw` as often as there are pictures to draw on."""

    def __init__(self, labels: Sequence[str], settings: DisplaySettings) -> None:
        self.relabel(labels)
        self._strip_s, self._top = settings.strip_s, settings.top
        self._states: defaultdict[str, _State] = defaultdict(_State)

    def update(self, frame: Frame, activity: Activity) -> None:
        """Takes in what became of `frame`."""
        self._states[frame.source_id].update(activity, frame.time_s, self._strip_s)

    def relabel(self, labels: Sequence[str]) -> None:
        """From now on these are the classes."""
        self._colours = {label: label_colour(position) for position, label in enumerate(labels)}

    def forget(self, source_id: str) -> None:
        """Its label no longer holds; the next `update` brings a new one."""
        self._states[source_id].activity = None

    def draw(
        self,
        image: Image,
        source_id: str,
        *,
        recording: bool = False,
        help_shown: bool = False,
        note: str = "",
        panel: Panel | None = None,
    ) -> Image:
        """A copy of `image`, BGR uint8 (H, W, 3), with everything on it that is known of `source_id`.

        recording: the red dot. help_shown: the list of keys. note: a line of news, such as where a snapshot went.
        panel: a list on the right.
        """
        canvas, state = Canvas(image.copy()), self._states[source_id]
        if state.activity is not None:
            self._draw_label(canvas, state.activity)
            self._draw_strip(canvas, state)
        _draw_status(canvas, state.rates, recording)
        if note:
            _draw_note(canvas, note)
        if panel is not None:
            _draw_panel(canvas, panel)
        if help_shown:
            _draw_help(canvas)
        return canvas.image

    def colour(self, label: str | None) -> Colour:
        """The label's own colour, BGR; grey for unsure."""
        return UNSURE if label is None else self._colours.get(label, UNSURE)

    def _draw_label(self, canvas: Canvas, activity: Activity) -> None:
        pad, title_px, line_px = canvas.px(18), canvas.px(44), canvas.px(27, 12)
        title = display_name(activity.label)
        percent = f"{activity.confidence:.0%}" if activity.label is not None else ""
        bars = activity.top[: self._top]
        room = canvas.width - 6 * pad
        title_px = canvas.fit(f"{title} {percent}", title_px, room)
        title = canvas.cut(title, title_px, room - canvas.text_width(f" {percent}", title_px))
        width = max(canvas.px(390, 130), canvas.text_width(f"{title}  {percent}", title_px) + 3 * pad)
        width = min(width, canvas.width - 2 * pad)
        height = int(title_px * 1.25) + len(bars) * int(line_px * 1.35) + 2 * pad
        left = top = pad
        canvas.panel(left, top, width, height)
        canvas.box(left, top, max(3, pad // 3), height, self.colour(activity.label))
        x, y = left + pad, top + pad // 2 + title_px
        end = canvas.text(title, x, y, title_px, WHITE if activity.label is not None else GREY, 700)
        if percent:
            canvas.text(percent, end + title_px // 3, y, int(title_px * 0.7), GREY, 500)
        y += pad // 2
        for label, share in bars:
            y += int(line_px * 1.35)
            self._draw_bar(canvas, label, share, (x, y), width - 2 * pad, line_px)

    def _draw_bar(
        self, canvas: Canvas, label: str, share: float, at: tuple[int, int], width: int, line_px: int
    ) -> None:
        x, y = at
        top, height = y - int(line_px * 0.95), int(line_px * 1.2)
        canvas.box(x, top, width, height, (62, 62, 62))
        canvas.box(x, top, round(width * share), height, _dim(self.colour(label)))
        percent = f"{share:.0%}"
        size = int(line_px * 0.85)
        right = x + width - canvas.text_width(percent, size) - size // 3
        room = right - x - size
        name_px = canvas.fit(display_name(label), size, room)
        canvas.text(
            canvas.cut(display_name(label), name_px, room), x + size // 3, y - line_px // 8, name_px, WHITE, 500
        )
        canvas.text(percent, right, y - line_px // 8, size, WHITE, 500)

    def _draw_strip(self, canvas: Canvas, state: "_State") -> None:
        height = canvas.px(14, 5)
        top, start_s = canvas.height - height, state.now_s - self._strip_s
        canvas.box(0, top, canvas.width, height, (40, 40, 40))
        for segment in state.segments:
            left, right = (
                round((second - start_s) / self._strip_s * canvas.width) for second in (segment.start_s, segment.end_s)
            )
            left = max(0, left)
            canvas.box(left, top, max(1, right - left), height, self.colour(segment.label))


@dataclass(frozen=True, slots=True)
class _Segment:
    """A stretch of one label on the strip, in the source's seconds."""

    start_s: float
    end_s: float
    label: str | None


class _State:
    """What has been seen of one source."""

    def __init__(self) -> None:
        self.activity: Activity | None = None
        self._shown, self._classified = Rate(), Rate(window=10)
        self._kept = False
        self.now_s = 0.0
        self.segments: deque[_Segment] = deque()

    @property
    def rates(self) -> str:
        """Pictures a second, and classified ones where those are fewer."""
        classified = f", {self._classified.per_second:.0f} classified" if self._kept else ""
        return f"{self._shown.per_second:.0f} fps{classified}"

    def update(self, activity: Activity, time_s: float, keep_s: float) -> None:
        now_s = time.perf_counter()
        self._shown.tick(now_s)
        if activity.probs:
            self._classified.tick(now_s)
        self._kept = self._kept or not activity.probs
        self.activity, self.now_s = activity, time_s
        last = self.segments[-1] if self.segments else None
        if last is not None and not activity.restarted:  # a gap stays a gap on the strip
            self.segments[-1] = _Segment(last.start_s, time_s, last.label)
        if last is None or activity.restarted or last.label != activity.label:
            self.segments.append(_Segment(time_s, time_s, activity.label))
        while self.segments[0].end_s < time_s - keep_s:
            self.segments.popleft()


def display_name(label: str | None) -> str:
    """washing_dishes -> Washing dishes; None -> Unsure."""
    if label is None:
        return "Unsure"
    text = label.replace("_", " ").strip()
    return text[:1].upper() + text[1:]


def label_colour(position: int) -> Colour:
    """A bright BGR colour for the label at `position`; the same in every run."""
    red, green, blue = colorsys.hsv_to_rgb((0.58 + position * GOLDEN_ANGLE) % 1, 0.62, 0.93)
    return round(255 * blue), round(255 * green), round(255 * red)


def _dim(colour: Colour) -> Colour:
    """Dark enough for white text on it."""
    blue, green, red = (round(part * 0.55) for part in colour)
    return blue, green, red


def _draw_status(canvas: Canvas, rates: str, recording: bool) -> None:
    size, pad = canvas.px(24, 11), canvas.px(18)
    dot = int(size * 1.3) if recording else 0
    width, height = canvas.text_width(rates, size) + size + dot, int(size * 1.6)
    left = canvas.width - width - pad
    canvas.panel(left, pad, width, height)
    if recording:
        cv2.circle(canvas.image, (left + size, pad + height // 2), size // 2, RED, -1, cv2.LINE_AA)
    canvas.text(rates, left + size // 2 + dot, pad + int(size * 1.15), size, WHITE, 500)


def _draw_note(canvas: Canvas, note: str) -> None:
    room = int(canvas.width * 0.9)
    size = canvas.fit(note, canvas.px(26, 11), room)
    note = canvas.cut(note, size, room)
    width, height = canvas.text_width(note, size) + size, int(size * 1.6)
    left, top = (canvas.width - width) // 2, canvas.height - canvas.px(14, 5) - height - canvas.px(12)
    canvas.panel(left, top, width, height)
    canvas.text(note, left + size // 2, top + int(size * 1.15), size, WHITE, 500)


def _draw_panel(canvas: Canvas, panel: Panel) -> None:
    pad, top = canvas.px(18, 8), canvas.px(74, 30)
    lines = 1 + len(panel.rows) + len(panel.hints)
    room = canvas.height - top - canvas.px(60, 24) - 2 * pad
    size = max(8, min(canvas.px(24, 11), int(room / lines / 1.5)))
    rows = panel.rows
    keys = max((canvas.text_width(key, size) for key, _, _ in rows), default=0) + pad
    numbers = max((canvas.text_width(number, size) for _, _, number in rows), default=0) + pad
    names = [canvas.text_width(name, size) for _, name, _ in rows]
    needed = max([canvas.text_width(line, size) for line in (panel.title, *panel.hints)])
    width = min(max(needed, keys + max(names, default=0) + numbers), canvas.width // 2) + 2 * pad
    height = int((1 + len(rows) + len(panel.hints)) * size * 1.5) + 2 * pad
    left = canvas.width - width - pad
    canvas.panel(left, top, width, height)
    y = top + pad + size
    canvas.text(panel.title, left + pad, y, size, WHITE, 700)
    room = width - 2 * pad
    for key, name, number in rows:
        y += int(size * 1.5)
        canvas.text(key, left + pad, y, size, WHITE, 700)
        canvas.text(canvas.cut(name, size, room - keys - numbers), left + pad + keys, y, size, WHITE, 500)
        canvas.text(number, left + width - pad - canvas.text_width(number, size), y, size, GREY, 500)
    for line in panel.hints:
        y += int(size * 1.5)
        canvas.text(canvas.cut(line, size, room), left + pad, y, size, GREY, 500)


def _draw_help(canvas: Canvas) -> None:
    size, pad = canvas.px(28, 11), canvas.px(24, 8)
    keys = max(canvas.text_width(key, size) for key, _ in HELP) + pad
    width = keys + max(canvas.text_width(text, size) for _, text in HELP) + 2 * pad
    height = int(len(HELP) * size * 1.6) + 2 * pad
    left, top = (canvas.width - width) // 2, (canvas.height - height) // 2
    canvas.panel(left, top, width, height)
    for row, (key, text) in enumerate(HELP):
        y = top + pad + int((row + 0.75) * size * 1.6)
        canvas.text(key, left + pad, y, size, WHITE, 700)
        canvas.text(text, left + pad + keys, y, size, GREY, 500)
