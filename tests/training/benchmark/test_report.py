from training.benchmark.measure import GUIDE, HERE
from training.benchmark.report import format_figures


def test_every_stage_has_its_figures_and_its_ratio() -> None:
    stage = {HERE: [10.0, 20.0, 30.0], GUIDE: [1.0, 2.0, 3.0], "ratio": [9.0, 10.0, 11.0]}
    figures = {"images": 16, "size_px": 32, "batch_size": 8, "machine": "a toaster", "warmup_epochs": 5}
    lines = format_figures(figures | dict.fromkeys(("all_layers", "warmup_epoch", "warmup"), stage)).splitlines()
    assert len(lines) == 1 + 3 * 4 and "a toaster" in lines[0]
    assert lines[2].split() == ["here", "20.0", "(10.0", "to", "30.0)"]
    assert lines[4].split()[:4] == ["10.00", "times", "as", "fast"]
