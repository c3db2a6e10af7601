from pathlib import Path
from typing import ClassVar

import msgspec
import pytest

from app.config.struct_keys import _say_once, all_keys, current_key, current_values, struct_fields
from app.config.yaml_file import load_settings
from app.errors import ConfigError


class Inner(msgspec.Struct, frozen=True, kw_only=True):
    FORMER_KEYS: ClassVar = {"speed": "rate"}
    rate: float = 0.5


class Outer(msgspec.Struct, frozen=True, kw_only=True):
    FORMER_KEYS: ClassVar = {"inside": "inner"}
    inner: Inner = Inner()
    size: int = 1


@pytest.fixture(autouse=True)
def nothing_said_yet() -> None:
    _say_once.cache_clear()


def test_every_key_is_listed_after_its_group() -> None:
    assert list(all_keys(Outer)) == ["inner", "inner.rate", "size"]
    assert struct_fields(Inner) == {"rate": float} and struct_fields(float) is None


def test_former_keys_are_renamed_at_every_depth_and_others_stay() -> None:
    values = {"inside": {"speed": 1.0, "unknown": 2}, "size": {"speed": 3}, 7: None}
    assert current_values(Outer, values) == {"inner": {"rate": 1.0, "unknown": 2}, "size": {"speed": 3}, 7: None}
    assert current_key(Outer, ("inside", "speed")) == ("inner", "rate")
    assert current_key(Outer, ("speed", "inside")) == ("speed", "inside")


def test_each_former_key_is_one_line_however_often_it_is_met(capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(3):
        current_values(Outer, {"inner": {"speed": 1.0}})
        current_key(Outer, ("inner", "speed"))
    assert capsys.readouterr() == ("", "warning: inner key speed is now called rate\n")


@pytest.mark.parametrize("override", ["inner.speed=0.25", "inside.rate=0.25", "inner={speed: 0.25}"])
def test_an_override_by_a_former_key_goes_over_the_file(tmp_path: Path, override: str) -> None:
    path = tmp_path / "settings.yaml"
    path.write_text("inner: {rate: 0.75}\n")
    assert load_settings(Outer, path, [override]).inner.rate == 0.25


def test_an_error_at_a_former_key_names_its_line(tmp_path: Path) -> None:
    path = tmp_path / "settings.yaml"
    path.write_text("size: 2\ninner:\n  speed: fast\n")
    with pytest.raises(ConfigError, match=r"settings\.yaml, line 3: inner\.rate: expected float"):
        load_settings(Outer, path)


def test_a_key_under_both_its_names_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "settings.yaml"
    path.write_text("inner: {rate: 0.75, speed: 0.25}\n")
    with pytest.raises(ConfigError, match=r"unknown key inner\.speed"):
        load_settings(Outer, path)
