"""What each system wants to be told of a program that starts at login, as text. Nothing is run here."""

import plistlib
import shlex
import subprocess
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

NAME = "daily-activity"
LABEL = "org.daily-activity.session"  # of launchd
_DESCRIPTION = "Daily activity: a diary of what the camera sees, as text"


def systemd_unit(argv: Sequence[str], folder: Path) -> str:
    """Returns a unit of the user's systemd (systemd.service(5)).

    Args:
        argv: the program and its arguments.
        folder: where it is started.
    """
    command = " ".join(_systemd_word(word) for word in argv)
    return f"""[Unit]
Description={_DESCRIPTION}

[Service]
ExecStart={command}
WorkingDirectory={str(folder).replace("%", "%%")}
Restart=on-failure
RestartSec=10
Nice=5

[Install]
WantedBy=default.target
"""


def launchd_plist(argv: Sequence[str], folder: Path) -> bytes:
    """Returns a launch agent (launchd.plist(5)).

    Args:
        argv: the program and its arguments.
        folder: where it is started.
    """
    return plistlib.dumps(
        {
            "Label": LABEL,
            "ProgramArguments": list(argv),
            "WorkingDirectory": str(folder),
            "RunAtLoad": True,
            "KeepAlive": {"SuccessfulExit": False},
            "ProcessType": "Background",
            "Nice": 5,
        }
    )


def task_xml(argv: Sequence[str], folder: Path) -> str:
    """Returns a task of the Windows Task Scheduler, version 1.2 of its schema.

    Args:
        argv: the program and its arguments.
        folder: where it is started.
    """
    program, arguments = argv[0], subprocess.list2cmdline(argv[1:])
    return f"""<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo><Description>{_DESCRIPTION}</Description></RegistrationInfo>
  <Triggers><LogonTrigger><Enabled>true</Enabled></LogonTrigger></Triggers>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <RestartOnFailure><Interval>PT1M</Interval><Count>3</Count></RestartOnFailure>
  </Settings>
  <Actions><Exec>
    <Command>{escape(program)}</Command>
    <Arguments>{escape(arguments)}</Arguments>
    <WorkingDirectory>{escape(str(folder))}</WorkingDirectory>
  </Exec></Actions>
</Task>
"""


def _systemd_word(word: str) -> str:
    """Quotes as systemd does: like a shell, but for specifiers and variables."""
    quoted = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return quoted if shlex.quote(word) == word and quoted == word else f'"{quoted}"'
