from app.config.hook_settings import RuleSettings
from app.hooks.rules import RuleWatch


def met(rule: RuleSettings, frames: list[tuple[str, float]]) -> list[tuple[str, float]]:
    watch = RuleWatch([rule])
    return [one for label, time_s in frames for one in watch.see(label, time_s)]


def every_second(*stretches: tuple[str, int]) -> list[tuple[str, float]]:
    labels = [label for label, seconds in stretches for _ in range(seconds)]
    return [(label, float(time_s)) for time_s, label in enumerate(labels)]


def test_a_rule_is_met_once_a_stretch() -> None:
    rule = RuleSettings("texting", 60)
    assert met(rule, every_second(("reading", 5), ("texting", 300))) == [("Texting for 1 min", 60.0)]
    assert len(met(rule, every_second(("texting", 100), ("reading", 20), ("texting", 100)))) == 2
    assert met(rule, every_second(("texting", 60), ("reading", 20), ("texting", 60))) == []


def test_a_short_lapse_resets_nothing_and_a_long_one_does() -> None:
    rule = RuleSettings("texting", 60, lapse_s=5)
    assert met(rule, every_second(("texting", 40), ("unsure", 4), ("texting", 40))) == [("Texting for 1 min", 60.0)]
    assert met(rule, every_second(("texting", 40), ("unsure", 6), ("texting", 40))) == []


def test_capitals_and_underscores_make_no_difference() -> None:
    assert met(RuleSettings("using computer", 2.5), every_second(("Using_Computer", 5))) == [
        ("Using computer for 2.5 s", 3.0)
    ]
