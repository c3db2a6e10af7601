"""What the camera doctor found out about a camera, and what that means for the app."""

from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

from app.command import program
from app.config.settings import CameraSettings, SourceSettings

AGAIN = f"{program('run')} --doctor"

BLACK, DARK, BRIGHT = 8, 40, 245  # mean brightness of an image, 0 to 255
SLOW = 0.8  # of the rate that was asked for

Stage = Literal["start", "open", "closed", "read", "empty", "measure", "done", "crash"]
Fault = Literal["stopped", "black", "frozen", "late"]


class Finding(msgspec.Struct, kw_only=True):
    """What is known about a camera through one backend. Times count from the call that opens it.

    Attributes:
        stage: how far the camera got: its check has not begun ("start"), it is being opened ("open") or does not open
            ("closed"), its first image is awaited ("read") or does not come ("empty"), its images are being measured
            ("measure") or have been ("done"); "crash": its check ended with an error.
        open_s: seconds until it was open.
        first_s: seconds until its first image.
        width_px: width of its images.
        height_px: height of its images.
        fps: images a second that came, not what the driver claims; 0 when only the first one came.
        brightness: mean of an image, 0 to 255; the median of the later half of the images.
        frozen: whether all images were the same.
        error_number: the kernel's errno for who opens the device (Linux); 0 for none.
    """

    stage: Stage = "start"
    open_s: float = 0.0
    first_s: float = 0.0
    width_px: int = 0
    height_px: int = 0
    fps: float = 0.0
    brightness: float = 0.0
    frozen: bool = False
    error_number: int = 0

    @property
    def wait_s(self) -> float:
        """Seconds from the open camera to its first image."""
        return self.first_s - self.open_s


def outcome(finding: Finding) -> str:
    """Says in one line how far the camera got."""
    size = f"{finding.width_px}x{finding.height_px}"
    return {
        "start": "its check did not start in time; is the computer busy?",
        "open": "does not answer: the driver hangs while it opens",
        "closed": "does not open",
        "read": f"opens in {finding.open_s:.1f} s, then hangs before its first image",
        "empty": f"opens in {finding.open_s:.1f} s, but sends no image",
        "measure": f"{size}, hangs after its first image",
        "done": f"{size} at {finding.fps:.1f} frames a second, first image after {finding.first_s:.1f} s",
        "crash": f"its driver crashed or the check failed; `{AGAIN} --debug` shows what it printed",
    }[finding.stage]


def faults(finding: Finding, settings: SourceSettings) -> Iterator[Fault]:
    """Yields what makes a camera useless although it sends images."""
    if not finding.fps:
        yield "stopped"
    elif finding.brightness < BLACK:
        yield "black"
    elif finding.frozen:
        yield "frozen"
    if finding.wait_s > settings.open_timeout_s:
        yield "late"


def serves(findings: Sequence[Finding], settings: SourceSettings) -> bool:
    """Decides whether the app can use a camera.

    Args:
        findings: what was found through each backend, in the order in which the app tries them: the first one that
            sends images counts, and one that hangs ends the search.
        settings: how long the app waits.
    """
    for finding in findings:
        if finding.stage not in ("closed", "empty"):
            return finding.stage == "done" and not list(faults(finding, settings))
    return False


def notes(finding: Finding, wish: CameraSettings) -> Iterator[str]:
    """Yields lines about a camera that works, but not quite as it was asked to."""
    if finding.stage != "done" or not finding.fps:
        return
    if (finding.width_px, finding.height_px) != (wish.width_px, wish.height_px):
        yield f"note: {wish.width_px}x{wish.height_px} was asked for; the app takes this size too"
    if finding.fps < SLOW * wish.fps:
        yield f"note: {wish.fps:g} frames a second were asked for; more light, or a USB port without a hub, may help"
    if BLACK <= finding.brightness < DARK:
        yield f"warning: dark image (brightness {finding.brightness:.0f} of 255); turn on a light"
    if finding.brightness > BRIGHT:
        yield f"warning: nearly white image (brightness {finding.brightness:.0f} of 255); turn it away from the light"
