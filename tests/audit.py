"""Known vulnerabilities of the dependencies: python tests/audit.py. Says so where no advisory service answers."""

import json
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

PYPROJECT = Path(__file__).parents[1] / "pyproject.toml"
FLAGS = ("--disable-pip", "--no-deps", "--progress-spinner=off", "--format=json")


def main() -> int:
    """0, or 1 for a package with a known vulnerability."""
    with tempfile.TemporaryDirectory(prefix="audit-") as folder:
        requirements = Path(folder) / "requirements.txt"
        requirements.write_text("\n".join(dependencies()) + "\n", encoding="utf-8")
        command = [sys.executable, "-m", "pip_audit", *FLAGS, "--requirement", str(requirements)]
        done = subprocess.run(command, capture_output=True, text=True)
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


def dependencies() -> list[str]:
    """The pinned dependencies of pyproject.toml, those of its extras too."""
    project = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]
    extras = [one for extra in project["optional-dependencies"].values() for one in extra]
    return [one for one in [*project["dependencies"], *extras] if "==" in one]


if __name__ == "__main__":
    sys.exit(main())
