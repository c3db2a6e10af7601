"""Known vulnerabilities of the dependencies: python tests/audit.py. Says so where no advisory service answers."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
REQUIREMENTS = ("app/requirements.txt", "training/requirements.txt", "tests/requirements.txt")


def main() -> int:
    """0, or 1 for a package with a known vulnerability."""
    files = [part for name in REQUIREMENTS for part in ("-r", str(ROOT / name))]
    command = [
        sys.executable,
        "-m",
        "pip_audit",
        "--disable-pip",
        "--no-deps",
        "--progress-spinner=off",
        "--format=json",
    ]
    done = subprocess.run([*command, *files], capture_output=True, text=True)
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except ValueError:
        reason = done.stderr.strip().splitlines()[-1:] or ["no answer"]
        print(f"Dependencies not audited: {reason[0][:200]}")
        return 0
    found = [f"{one['name']} {one['version']}: {flaw['id']}" for one in packages for flaw in one.get("vulns", [])]
    audited = sum("vulns" in one for one in packages)
    for line in found:
        print(line)
    print(f"Audited {audited} of {len(packages)} dependencies: {len(found)} known vulnerabilities.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
