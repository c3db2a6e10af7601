"""The figures of the benchmark as text."""

from typing import Any

from training.benchmark.measure import GUIDE, HERE


def format_figures(figures: dict[str, Any]) -> str:
    """Formats what `measure` returned for the terminal."""
    titles = {
        "all_layers": "every layer, an epoch",
        "warmup_epoch": "warm-up of the head, an epoch",
        "warmup": f"warm-up of the head, all {figures['warmup_epochs']} epochs with decoding and features",
    }
    lines = [
        f"{figures['images']} images at {figures['size_px']} px in batches of {figures['batch_size']}; "
        f"{figures['machine']}; images/s, median (lowest to highest) of the rounds"
    ]
    for stage, title in titles.items():
        lines.append(title)
        for name in (HERE, GUIDE):
            low, median, high = figures[stage][name]
            lines.append(f"  {name:<8}{median:10.1f}  ({low:.1f} to {high:.1f})")
        low, median, high = figures[stage]["ratio"]
        lines.append(f"  {median:.2f} times as fast as the guide ({low:.2f} to {high:.2f})")
    return "\n".join(lines)
