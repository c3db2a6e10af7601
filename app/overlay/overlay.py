"""Draws each source's label, bars, rate and strip of the last minute on its images. Always on a copy.

Everything is sized by the image, so that it reads the same from 320x240 to 4K; light text on its own dark panel
reads on any image.
"""

from collections import defaultdict
from collections.abc import Sequence

from app.arrays import Image
from app.config.settings import DisplaySettings
from app.entities import Activity, Frame
from app.images.lettering import Colour, cut_text, fitting_size, text_width
from app.labels import is_activity, is_other
from app.overlay.canvas import Canvas
from app.overlay.colours import GREY, STRIP, TRACK, UNSURE, WHITE, dimmed, label_colour
from app.overlay.findings import draw_findings
from app.overlay.history import History
from app.overlay.list_panel import Panel, draw_panel
from app.overlay.panels import STRIP_PX, draw_help, draw_mark, draw_note, draw_rate
from app.text import display_name

TITLE_ROW, BAR_ROW = 1.25, 1.35  # of the text's height: what the label takes, and a bar with the gap above it


class Overlay:
    """Draws what is known of each source: `update` once a frame, `draw` as often as there are images to draw on.

    Attributes:
        labels: the model's classes.

    Example:
        >>> from app import Overlay, Recogniser, Settings, open_source
        >>> recogniser = Recogniser()
        >>> overlay = Overlay(recogniser.labels, Settings().display)
        >>> for frame, activity in recogniser.watch(open_source("demo")):
        ...     overlay.update(frame, activity)
        ...     drawn = overlay.draw(frame.image, frame.source_id)
        ...     break
        >>> drawn.shape
        (720, 1280, 3)
    """

    def __init__(self, labels: Sequence[str], settings: DisplaySettings) -> None:
        """Starts without any source.

        Args:
            labels: the model's classes; their order decides their colours.
            settings: how many bars and how many seconds are shown.
        """
        self._strip_s, self._top = settings.strip_s, settings.top
        self._histories: defaultdict[str, History] = defaultdict(lambda: History(self._strip_s))
        self.relabel(labels)

    def update(self, frame: Frame, activity: Activity) -> None:
        """Takes the activity of a frame.

        Example:
            >>> import numpy as np
            >>> from app import Activity, Frame, Overlay, Settings
            >>> overlay = Overlay(("reading", "writing"), Settings().display)
            >>> frame = Frame(np.zeros((480, 640, 3), np.uint8), 0, 0.0, "camera 0")
            >>> overlay.update(frame, Activity("reading", 0.9, 0.0))
        """
        self._histories[frame.source_id].add(activity, frame.time_s, follows=frame.lasts_s is not None)

    def relabel(self, labels: Sequence[str]) -> None:
        """Replaces the classes, and with them the colours.

        Example:
            >>> from app import Overlay, Settings
            >>> overlay = Overlay(("reading", "writing"), Settings().display)
            >>> overlay.relabel(("drinking", "eating"))
            >>> overlay.colour("reading") == overlay.colour(None)
            True
        """
        self.labels = tuple(labels)
        self._colours = {label: label_colour(position) for position, label in enumerate(labels)}

    def forget(self, source_id: str) -> None:
        """Shows no label for a source until the next `update`.

        Example:
            >>> from app import Overlay, Settings
            >>> Overlay(("reading", "writing"), Settings().display).forget("camera 0")
        """
        self._histories[source_id].activity = None

    def draw(
        self,
        image: Image,
        source_id: str,
        *,
        recording: bool = False,
        help_shown: bool = False,
        more_help: Sequence[tuple[str, str]] = (),
        note: str = "",
        panel: Panel | None = None,
        mark: str = "",
        cues_shown: bool = False,
        mirrored: bool = False,
    ) -> Image:
        """Draws what is known of a source.

        Args:
            image: uint8 BGR (H, W, 3); it stays as it is.
            source_id: the source's name.
            recording: shows the red dot.
            help_shown: shows the list of keys.
            more_help: rows below it: keys, and what they do.
            note: a line of news, such as where a snapshot went; "" for none.
            panel: a list on the right.
            mark: a few words beside the rate, such as what the user says is going on; "" for none.
            cues_shown: shows what was found of face, hands and objects.
            mirrored: whether `image` is the mirror image of the frame.

        Returns:
            A copy of `image` with everything on it.

        Example:
            >>> import cv2
            >>> from app import Overlay, Settings
            >>> overlay = Overlay(("reading", "writing"), Settings().display)
            >>> overlay.draw(cv2.imread("photo.jpg"), "photo", note="Hello").shape
            (720, 1280, 3)
        """
        canvas, history = Canvas(image.copy()), self._histories[source_id]
        if cues_shown and history.activity is not None and history.activity.findings is not None:
            draw_findings(canvas, history.activity.findings, mirrored=mirrored)
        if history.activity is not None:
            self._draw_label(canvas, history.activity)
            self._draw_strip(canvas, history)
        left = draw_rate(canvas, history.rate, recording=recording)
        if mark:
            draw_mark(canvas, mark, left)
        if note:
            draw_note(canvas, note)
        if panel is not None:
            draw_panel(canvas, panel)
        if help_shown:
            draw_help(canvas, more_help)
        return canvas.image

    def colour(self, label: str | None) -> Colour:
        """Returns the label's own colour, BGR; grey for unsure, and for "other", which is no activity.

        Example:
            >>> from app import Overlay, Settings
            >>> Overlay(("reading", "writing"), Settings().display).colour(None)
            (150, 150, 150)
        """
        return self._colours.get(label, UNSURE) if is_activity(label) else UNSURE

    def _draw_label(self, canvas: Canvas, activity: Activity) -> None:
        """The label with its confidence, and the bars below it, in the upper left corner."""
        pad, bar_px = canvas.px(18), canvas.px(27, 12)
        title, percent, title_px = _title(canvas, activity)
        bars = () if activity.nobody else activity.top[: self._top]
        width = max(canvas.px(390, 130), text_width(f"{title}  {percent}", title_px) + 3 * pad)
        width = min(width, canvas.width - 2 * pad)
        height = int(title_px * TITLE_ROW) + len(bars) * int(bar_px * BAR_ROW) + 2 * pad
        canvas.panel(pad, pad, width, height)
        canvas.box(pad, pad, max(3, pad // 3), height, self.colour(activity.label))
        x, y = 2 * pad, pad + pad // 2 + title_px
        end = canvas.text(title, x, y, title_px, WHITE if is_activity(activity.label) else GREY, 700)
        if percent:
            canvas.text(percent, end + title_px // 3, y, int(title_px * 0.7), GREY)
        y += pad // 2
        for label, share in bars:
            y += int(bar_px * BAR_ROW)
            self._draw_bar(canvas, label, share, (x, y), width - 2 * pad, bar_px)

    def _draw_bar(self, canvas: Canvas, label: str, share: float, at: tuple[int, int], width: int, bar_px: int) -> None:
        """A class's bar, as long as its share, with its name and percentage; `at`: x and the baseline's y."""
        x, y = at
        top, height = y - int(bar_px * 0.95), int(bar_px * 1.2)
        canvas.box(x, top, width, height, TRACK)
        canvas.box(x, top, round(width * share), height, dimmed(self.colour(label)))
        name, percent, size = display_name(label), _percent(label, share), int(bar_px * 0.85)
        y -= bar_px // 8
        right = x + width - text_width(percent, size) - size // 3
        room = right - x - size
        name_px = fitting_size(name, size, room)
        canvas.text(cut_text(name, name_px, room), x + size // 3, y, name_px, WHITE)
        canvas.text(percent, right, y, size, WHITE)

    def _draw_strip(self, canvas: Canvas, history: History) -> None:
        """The labels of the last seconds along the bottom edge, the present at the right."""
        height = canvas.px(*STRIP_PX)
        top, start_s = canvas.height - height, history.now_s - self._strip_s
        canvas.box(0, top, canvas.width, height, STRIP)
        for segment in history.segments:
            if segment.label is not None and is_other(segment.label):
                continue
            left, right = (
                round((second - start_s) / self._strip_s * canvas.width) for second in (segment.start_s, segment.end_s)
            )
            left = max(0, left)
            canvas.box(left, top, max(1, right - left), height, self.colour(segment.label))


def _percent(label: str, share: float) -> str:
    """The share as it is shown; how surely somebody does nothing in particular is of no interest."""
    return f"{share:.0%}" if is_activity(label) else ""


def _title(canvas: Canvas, activity: Activity) -> tuple[str, str, int]:
    """The label, cut where it is too long, its percentage ("" when unsure), and the size of both, px."""
    title = display_name(activity.state)
    percent = "" if activity.label is None else _percent(activity.label, activity.confidence)
    room = canvas.width - 6 * canvas.px(18)
    size = fitting_size(f"{title} {percent}", canvas.px(44), room)
    return cut_text(title, size, room - text_width(f" {percent}", size)), percent, size
