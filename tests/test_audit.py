"""The audit's own exit status, with advice that is made up."""

import subprocess

import pytest

from tests import audit


@pytest.mark.parametrize(
    ("answer", "status", "said"),
    [
        ('{"dependencies": [{"name": "a", "version": "1", "vulns": []}]}', 0, "Audited 1 of 1"),
        ('{"dependencies": [{"name": "a", "skip_reason": "unknown"}]}', 0, "Audited 0 of 1"),
        ('{"dependencies": [{"name": "a", "version": "1", "vulns": [{"id": "CVE-1"}]}]}', 1, "a 1: CVE-1"),
        ("no JSON", 0, "not audited"),
    ],
)
def test_a_known_vulnerability_fails_and_silence_does_not(monkeypatch, capsys, answer, status, said):
    done = subprocess.CompletedProcess([], 0, answer, "the service does not answer")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: done)
    assert audit.main() == status
    assert said in capsys.readouterr().out
