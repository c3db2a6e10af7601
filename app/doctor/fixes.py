"""How to fix a camera that does not work, on each system."""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from app.command import program
from app.config.settings import SourceSettings
from app.doctor.findings import AGAIN, Fault, Finding, faults
from app.sources.camera import general_fix

DEV, PROC = Path("/dev"), Path("/proc")
FIX_FIRST = f"fix the problem above, then run: {AGAIN}"

_DRIVER_LOG = "`sudo dmesg | tail` shows what its driver reports"
_FAULT_FIXES: dict[Fault, str] = {
    "stopped": "stopped after its first image: plug it in again, without a hub",
    "black": "black image: open the lens cover, press the camera key of the keyboard, or turn on a light",
    "frozen": "frozen, always the same image: close virtual cameras, open the privacy shutter, or plug it in again",
    "late": "its first image comes later than the app waits",
}


@dataclass(frozen=True)
class Fix:
    """What to do about a failure.

    Attributes:
        text: what is wrong and how to fix it, for people.
        command: the next step.
    """

    text: str
    command: str = FIX_FIRST


def fixes(finding: Finding, index: int, settings: SourceSettings) -> Iterator[Fix]:
    """Yields what to do about what is wrong with a camera, on this system; nothing where all is well.

    Args:
        finding: what was found through one backend.
        index: the camera's number.
        settings: how long the app waits.
    """
    if finding.stage == "done":
        yield from (_fault_fix(fault, finding) for fault in faults(finding, settings))
    elif finding.stage == "start":
        yield Fix("close the programs that keep the computer busy")
    elif sys.platform == "linux":
        yield _linux_fix(finding, index)
    elif sys.platform == "darwin":
        yield _macos_fix(finding)
    elif sys.platform == "win32":
        yield _windows_fix(finding)
    else:
        yield Fix(general_fix())


def device_of(index: int) -> Path:
    """Returns the device of a camera on Linux."""
    return DEV / f"video{index}"


def _fault_fix(fault: Fault, finding: Finding) -> Fix:
    if fault != "late":
        return Fix(_FAULT_FIXES[fault])
    longer = f"--set source.open_timeout_s={finding.wait_s + 2:.0f}"
    return Fix(f"{_FAULT_FIXES[fault]}: {longer}", f"{program('run')} {longer}")


def _macos_fix(finding: Finding) -> Fix:
    if finding.stage == "open":
        allow = f"otherwise {general_fix()}, and restart it"
        return Fix(f"if macOS asks whether this terminal may use the camera, say yes; {allow}")
    if finding.stage == "closed":
        again = "if it is not listed there, `tccutil reset Camera` makes macOS ask again"
        return Fix(f"{general_fix()}, and restart the terminal; {again}")
    iphone = "an iPhone that serves as the camera must lie still and have been unlocked"
    return Fix(f"close other programs that use it; {general_fix()}; {iphone}")


def _windows_fix(finding: Finding) -> Fix:
    if finding.stage == "closed":
        return Fix(f"{general_fix()}; the app uses DSHOW where MSMF does not work")
    if finding.stage == "empty":
        return Fix(f"another program probably uses it: {general_fix()}; the app uses DSHOW where MSMF does not work")
    return Fix("close other programs that use it, plug it in again, or update its driver in the Device Manager")


def _linux_fix(finding: Finding, index: int) -> Fix:
    device = device_of(index)
    if not device.exists():
        return _no_device(device)
    if finding.error_number in (errno.EACCES, errno.EPERM) or not os.access(device, os.R_OK | os.W_OK):
        return _no_permission(device)
    users = _users(device)
    if users:
        return Fix(f"{device} is busy: close what uses it, {', '.join(users)}")
    if finding.error_number == errno.EBUSY:
        return Fix(f"{device} is busy: another user's program uses it; `sudo fuser -v {device}` names it")
    if finding.stage == "closed":
        return Fix(f"{device} is free, and you have permission: plug it in again; {_DRIVER_LOG}")
    return Fix(f"plug it in again, without a hub (USB may be too slow); {_DRIVER_LOG}")


def _no_device(device: Path) -> Fix:
    others = sorted(path.name for path in DEV.glob("video*"))
    if others:
        return Fix(f"there is no {device}, only {', '.join(others)}, which cannot capture")
    return Fix(
        f"there is no {DEV}/video*, so the system knows no camera: plug one in, press the camera key of the keyboard, "
        "or pass it to the virtual machine or container; `lsusb` should list it"
    )


def _no_permission(device: Path) -> Fix:
    import grp  # Windows has none

    number = device.stat().st_gid
    try:
        group = grp.getgrgid(number).gr_name
    except KeyError:
        return Fix(f"no permission to read {device}: its group {number} has no name; give it to the container")
    if number in {os.getegid(), *os.getgroups()}:
        return Fix(f"no permission to read {device}, though you are in its group '{group}'; a sandbox may forbid it")
    command = f"sudo usermod -aG {group} $USER"
    return Fix(
        f"no permission to read {device}: you are not in its group '{group}'; {command}, then log out and in",
        f"{command}, log out and in, then run: {AGAIN}",
    )


def _users(device: Path) -> list[str]:
    """The programs that have a device open, as far as this user may know."""
    found = []
    for process in sorted(PROC.glob("[0-9]*")):
        with suppress(OSError):  # it ended, or is another user's
            if any(link.readlink() == device for link in (process / "fd").iterdir()):
                found.append(f"{(process / 'comm').read_text(encoding='utf-8').strip()} (process {process.name})")
    return found
