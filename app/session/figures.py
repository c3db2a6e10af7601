"""The figures of a session: the last line on the terminal, and the JSON file of --stats."""

import json
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from app import __version__
from app.model.classifier import Classifier
from app.outputs import write_text
from app.run_stats import RunStats
from app.system.memory import peak_memory_mb
from app.system.terminal import say
from app.text import counted

_PACKAGES = ("opencv-python", "opencv-python-headless", "onnxruntime", "numpy", "av")  # where installed


def report(stats: RunStats, classifier: Classifier, started_s: float, target: Path | None) -> None:
    """Says how many frames were labelled and how fast, and writes all figures.

    Args:
        stats: what the run counted.
        classifier: the model that was opened.
        started_s: `time.perf_counter` when the program began.
        target: the JSON file; None: no file.

    Raises:
        OutputError: the file cannot be written.
    """
    if stats.frames_processed:
        reused = f" {stats.frames_reused:,} reused the previous label." if stats.frames_reused else ""
        say(f"Labelled {counted(stats.frames_processed, 'frame')}, {stats.fps:.1f} a second.{reused}")
    if target is not None:
        write_text(target, json.dumps(_figures(stats, classifier, started_s), indent=2) + "\n")


def _figures(stats: RunStats, classifier: Classifier, started_s: float) -> dict[str, Any]:
    stages = stats.stages.summary()
    first_s = stats.first_label_at_s
    return {
        "frames_read": stats.frames_read,
        "frames_processed": stats.frames_processed,
        "frames_dropped": stats.frames_dropped,
        "frames_kept": stats.frames_reused,
        "fps": round(stats.fps, 3),
        "latency_ms": stages.pop("capture_to_label", None),
        "stages": stages,
        "memory_mb": peak_memory_mb(),
        "first_label_s": None if first_s is None else round(first_s - started_s, 3),
        "model": {
            "file": str(classifier.path),
            "labels": list(classifier.contract.labels),
            "input_size_px": classifier.contract.input.size,
        },
        "provider": classifier.provider,
        "versions": {
            "app": __version__,
            "python": platform.python_version(),
            **{name: found for name in _PACKAGES if (found := _version(name))},
        },
    }


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
