"""Is enough of the code tested? python tests/bars.py coverage.json, which `make coverage` writes."""

import json
import sys
from pathlib import Path

BARS = {"app": {"lines": 0.95, "branches": 0.90}, "training": {"lines": 0.85}}  # shares that tests must run through


def main() -> int:
    """0, or 1 where a package is below its bar."""
    files = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))["files"]
    below = 0
    for package, bars in BARS.items():
        summaries = [one["summary"] for name, one in files.items() if Path(name).parts[0] == package]
        shares = {
            "lines": _share(summaries, "covered_lines", "num_statements"),
            "branches": _share(summaries, "covered_branches", "num_branches"),
        }
        below += sum(shares[kind] < bar for kind, bar in bars.items())
        wanted = ", ".join(f"{kind} {bar:.0%}" for kind, bar in bars.items())
        print(f"{package}: lines {shares['lines']:.1%}, branches {shares['branches']:.1%} (at least: {wanted})")
    return 1 if below else 0


def _share(summaries: list[dict[str, int]], covered: str, all_: str) -> float:
    return sum(one[covered] for one in summaries) / max(1, sum(one[all_] for one in summaries))


if __name__ == "__main__":
    sys.exit(main())
