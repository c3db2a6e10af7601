"""How much memory this process takes."""

import sys
from pathlib import Path

if sys.platform != "win32":
    import resource


def peak_memory_mb() -> float | None:
    """Returns the most memory that this process has held at once, in MB; None on Windows."""
    if sys.platform == "win32":
        return None
    status = Path("/proc/self/status")
    if status.exists():  # getrusage also counts what the process was before it became this program
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return round(int(line.split()[1]) * 1024 / 1e6, 1)
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 1)
