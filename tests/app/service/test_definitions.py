import plistlib
import re
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from app.service.definitions import launchd_plist, systemd_unit, task_xml

ODD = ["--source", 'a b "c" %h $HOME \\ &<>', "--no-window"]


def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not installed")
    path = tmp_path / "daily-activity.service"
    path.write_text(systemd_unit([sys.executable, *ODD], tmp_path), encoding="utf-8")
    done = subprocess.run([program, "verify", "--user", str(path)], capture_output=True, text=True)
    about = [line for line in (done.stdout + done.stderr).splitlines() if path.name in line]
    assert about == []


def test_a_unit_quotes_what_systemd_would_change() -> None:
    (line,) = re.findall(r"^ExecStart=(.*)$", systemd_unit(["/usr/bin/python", *ODD], Path("/x")), re.MULTILINE)
    assert line == '/usr/bin/python --source "a b \\"c\\" %%h $$HOME \\\\ &<>" --no-window'


def test_launchd_gets_the_arguments_as_they_are(tmp_path: Path) -> None:
    found = plistlib.loads(launchd_plist(["/usr/bin/python", *ODD], tmp_path))
    assert found["ProgramArguments"] == ["/usr/bin/python", *ODD]
    assert found["RunAtLoad"] is True and found["WorkingDirectory"] == str(tmp_path)


def test_windows_gets_a_task_at_logon(tmp_path: Path) -> None:
    root = ElementTree.fromstring(task_xml(["C:\\py & co\\python.exe", *ODD], tmp_path).encode("utf-16"))
    space = {"t": "http://schemas.microsoft.com/windows/2004/02/mit/task"}
    assert root.findtext(".//t:Command", namespaces=space) == "C:\\py & co\\python.exe"
    assert root.findtext(".//t:Arguments", namespaces=space) == subprocess.list2cmdline(ODD)
    assert root.find(".//t:LogonTrigger", space) is not None
