"""What the camera doctor finds out about a camera, what that means for the app, and the system's own cure."""

import errno
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from app.command import program
from app.config.settings import CameraSettings, SourceSettings
from app.sources.camera import cure

DEV, PROC = Path("/dev"), Path("/proc")
AGAIN = f"{program('run')} --doctor"
MEND = f"mend what is said above, then: {AGAIN}"

BLACK, DARK, BRIGHT = 8, 40, 245  # mean brightness of a picture, 0 to 255
SLOW = 0.8  # of the rate that was asked for


class Finding(msgspec.Struct, kw_only=True):
    """What is known about a camera through one backend. Times count from the call that opens it."""

    stage: Literal["start", "open", "closed", "read", "empty", "measure", "done", "crash"] = "start"
    open_s: float = 0.0
    first_s: float = 0.0  # until the first picture
    width_px: int = 0
    height_px: int = 0
    fps: float = 0.0  # of the pictures that came, not what the driver claims
    brightness: float = 0.0  # mean of a picture, 0 to 255; median of the later ones
    frozen: bool = False
    error_number: int = 0  # what the kernel says to who opens the device (Linux), 0 nothing


@dataclass(frozen=True)
class Cure:
    """What to do about a failure, and the command to run next."""

    text: str
    command: str = MEND


def device_of(index: int) -> Path:
    """The device of a camera on Linux."""
    return DEV / f"video{index}"


def serves(findings: Sequence[Finding], settings: SourceSettings) -> bool:
    """As the app does: the first backend that delivers counts, and one that blocks is the end."""
    for finding in findings:
        if finding.stage not in ("closed", "empty"):
            return finding.stage == "done" and not list(_faults(finding, settings))
    return False


def outcome(finding: Finding) -> str:
    """How far the camera got, on one line."""
    size = f"{finding.width_px}x{finding.height_px}"
    return {
        "start": "its check did not start in time; is the computer busy?",
        "open": "does not answer: the driver hangs while it opens",
        "closed": "does not open",
        "read": f"opens in {finding.open_s:.1f} s, then hangs before its first picture",
        "empty": f"opens in {finding.open_s:.1f} s, but sends no picture",
        "measure": f"{size}, hangs after its first picture",
        "done": f"{size} at {finding.fps:.1f} frames a second, first picture after {finding.first_s:.1f} s",
        "crash": f"its driver crashed or the check failed; `{AGAIN} --debug` shows what it printed",
    }[finding.stage]


def _faults(finding: Finding, settings: SourceSettings) -> Iterator[Cure]:
    """What makes a camera that delivers useless all the same."""
    if not finding.fps:
        yield Cure("stopped after its first picture: unplug it and plug it in again, without a hub")
    elif finding.brightness < BLACK:
        yield Cure("black picture: open the lens cover, press the camera key of the keyboard, or make more light")
    elif finding.frozen:
        yield Cure(
            "frozen: the same picture all the time; end virtual cameras, open the privacy shutter, plug it in again"
        )
    wait_s = finding.first_s - finding.open_s
    if wait_s > settings.open_timeout_s:
        patience = f"--set source.open_timeout_s={wait_s + 2:.0f}"
        yield Cure(f"its first picture comes later than the app waits: {patience}", f"{program('run')} {patience}")


def notes(finding: Finding, wish: CameraSettings) -> Iterator[str]:
    """What is worth knowing about a camera that works."""
    if finding.stage != "done" or not finding.fps:
        return
    if (finding.width_px, finding.height_px) != (wish.width_px, wish.height_px):
        yield f"note: {wish.width_px}x{wish.height_px} was asked for; the app takes this size too"
    if finding.fps < SLOW * wish.fps:
        yield f"note: {wish.fps:g} frames a second were asked for; more light, or a USB port without a hub, may help"
    if BLACK <= finding.brightness < DARK:
        yield f"warning: dark picture (brightness {finding.brightness:.0f} of 255); make more light"
    if finding.brightness > BRIGHT:
        yield f"warning: nearly white picture (brightness {finding.brightness:.0f} of 255); turn it from the light"


def cures(finding: Finding, index: int, settings: SourceSettings) -> Iterator[Cure]:
    """What to do about what is wrong, on this system; nothing where all is well."""
    if finding.stage == "done":
        yield from _faults(finding, settings)
    elif finding.stage == "start":
        yield Cure("end what keeps the computer busy")
    elif sys.platform == "linux":
        yield _linux_cure(finding, index)
    elif sys.platform == "darwin":
        yield _macos_cure(finding)
    elif sys.platform == "win32":
        yield _windows_cure(finding)
    else:
        yield Cure(cure())


def _macos_cure(finding: Finding) -> Cure:
    if finding.stage == "open":
        return Cure(f"if macOS asks whether this terminal may use the camera, say yes; else {cure()}, and restart it")
    if finding.stage == "closed":
        return Cure(f"{cure()}, and restart the terminal; it is not in that list? `tccutil reset Camera` asks anew")
    return Cure(f"close other programs that use it; {cure()}; an iPhone as camera must lie still and be unlocked first")


def _windows_cure(finding: Finding) -> Cure:
    if finding.stage == "closed":
        return Cure(f"{cure()}; the app takes DSHOW where MSMF does not work")
    if finding.stage == "empty":
        return Cure(f"another program uses it, most likely: {cure()}; the app takes DSHOW where MSMF does not work")
    return Cure("close other programs that use it, plug it in again, or update its driver in the Device Manager")


def _linux_cure(finding: Finding, index: int) -> Cure:
    device = device_of(index)
    if not device.exists():
        return _no_device(device)
    denied = finding.error_number in (errno.EACCES, errno.EPERM) or not os.access(device, os.R_OK | os.W_OK)
    if denied:
        return _no_permission(device)
    users = _users(device)
    if users:
        return Cure(f"{device} is busy: used by {', '.join(users)}; close that")
    if finding.error_number == errno.EBUSY:
        return Cure(f"{device} is busy: a program uses it that is not yours; `sudo fuser -v {device}` names it")
    if finding.stage == "closed":
        return Cure(
            f"nobody else uses {device}, and you may: plug it in again; `sudo dmesg | tail` shows its driver's words"
        )
    return Cure("plug it in again, without a hub (USB may be too slow); `sudo dmesg | tail` shows its driver's words")


def _no_device(device: Path) -> Cure:
    others = sorted(path.name for path in DEV.glob("video*"))
    if others:
        return Cure(f"there is no {device}, only {', '.join(others)}, which are no cameras that record")
    return Cure(
        f"there is no {DEV}/video*, so the system knows no camera: plug one in, press the camera key of the keyboard, "
        "hand it to the virtual machine or container; `lsusb` should list it"
    )


def _no_permission(device: Path) -> Cure:
    import grp  # Windows has none

    number = device.stat().st_gid
    try:
        group = grp.getgrgid(number).gr_name
    except KeyError:
        return Cure(
            f"no permission to read {device}, of the nameless group {number}; in a container, give it that group"
        )
    if number in {os.getegid(), *os.getgroups()}:
        return Cure(f"no permission to read {device}, though you are in its group '{group}'; a sandbox may forbid it")
    command = f"sudo usermod -aG {group} $USER"
    return Cure(
        f"no permission to read {device}: it takes the group '{group}'; {command}, then log out and in",
        f"{command}, log out and in, then: {AGAIN}",
    )


def _users(device: Path) -> list[str]:
    """The programs that have `device` open, as far as one may see."""
    found = []
    for process in sorted(PROC.glob("[0-9]*")):
        with suppress(OSError):  # it ended, or is another user's
            if any(link.readlink() == device for link in (process / "fd").iterdir()):
                found.append(f"{(process / 'comm').read_text(encoding='utf-8').strip()} (process {process.name})")
    return found
