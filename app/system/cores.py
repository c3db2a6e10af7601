"""How many cores this process may use."""

import os


def usable_cores() -> int:
    """Counts the processor cores that this process may use; a container may have fewer than the machine."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
