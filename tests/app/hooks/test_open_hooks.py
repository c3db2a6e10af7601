import sys
from pathlib import Path

import msgspec
import pytest

from app.config.hook_settings import HookSettings
from app.config.settings import load
from app.errors import AppError, ConfigError
from app.hooks.open_hooks import close_hooks, open_hooks


def settings(tmp_path: Path, **more: object) -> HookSettings:
    return msgspec.convert({"folder": str(tmp_path / "queues"), **more}, HookSettings)


def test_nothing_is_opened_unless_asked_for(tmp_path: Path) -> None:
    assert open_hooks(settings(tmp_path)) == []
    assert list(tmp_path.iterdir()) == []


def test_each_way_out_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THE_URL", "https://example.invalid/secret")
    asked = settings(
        tmp_path,
        command=["true"],
        webhook={"url": "env:THE_URL"},
        activitywatch={"url": "http://127.0.0.1:5600"},
        prometheus=str(tmp_path / "a.prom"),
    )
    opened = open_hooks(asked)
    for outlet in opened:
        outlet.start()
    close_hooks(opened)
    assert [outlet.name for outlet in opened] == [
        "command",
        str(tmp_path / "a.prom"),
        "webhook https://example.invalid",
        "ActivityWatch http://127.0.0.1:5600",
    ]


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({"command": []}, r"hooks\.command"),
        ({"webhook": {"url": "ftp://s3cret/"}}, r"hooks\.webhook\.url"),
        ({"webhook": {"url": "s3cret"}}, r"hooks\.webhook\.url"),
        ({"webhook": {"url": "http://a:99999/s3cret"}}, r"hooks\.webhook\.url"),
        ({"webhook": {"url": "http://a/s3cret\r\nX: y"}}, r"hooks\.webhook\.url"),
        ({"webhook": {"url": "http://a/", "token": "env:NO_SUCH_VARIABLE"}}, "NO_SUCH_VARIABLE"),
        ({"prometheus": "a.txt"}, r"a\.txt"),
        ({"prometheus": "no/such/a.prom"}, "no/such"),
    ],
)
def test_what_cannot_work_is_one_line_without_the_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: dict[str, object], named: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(AppError, match=named) as caught:
        open_hooks(settings(tmp_path, **more))
    assert "s3cret" not in str(caught.value) and len(str(caught.value).splitlines()) == 1


def test_mqtt_without_its_package_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "paho.mqtt", None)
    with pytest.raises(AppError, match=r"daily-activity\[mqtt\]"):
        open_hooks(settings(tmp_path, mqtt={"host": "broker"}))


SECRETS = ["hooks.mqtt.password=s3cret", "hooks.webhook.token=s3cret", "hooks.webhook.url=http://s3cret/"]


@pytest.mark.parametrize("override", SECRETS)
def test_a_dump_of_the_settings_holds_no_secret(override: str) -> None:
    loaded = load(None, [override])
    assert "s3cret" not in f"{loaded} {loaded!r} {loaded.hooks}"
    assert "s3cret" in str(msgspec.to_builtins(loaded)), "it is there"


@pytest.mark.parametrize(
    "override",
    [
        "hooks.mqtt.password=[s3cret]",
        "hooks.mqtt.password='s3cret",
        "hooks.mqtt.pasword=s3cret",
        "hooks.mqtt.password:s3cret",
        "hooks.mqtt={password: [s3cret]}",
        "hooks.mqtt.password.x=s3cret",
        "hooks={mqtt: {password: [s3cret]}}",
        "hooks.webhook.token=[s3cret]",
        "hooks.webhook.most=s3cret",
    ],
)
def test_a_mistake_with_a_secret_does_not_quote_it(override: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(None, [override])
    assert "s3cret" not in str(caught.value)
    assert "hooks" in str(caught.value)


def test_the_settings_take_rules(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("hooks:\n  rules:\n    - {label: texting, for_s: 600}\n  command: [notify-send, Activity]\n")
    found = load(path, []).hooks
    assert [(rule.label, rule.for_s, rule.lapse_s) for rule in found.rules] == [("texting", 600.0, 10.0)]
    assert found.command == ("notify-send", "Activity")
    path.write_text("hooks:\n  rules:\n    - {label: texting, for: 600}\n")
    with pytest.raises(ConfigError, match=r"a\.yaml, line 3"):
        load(path, [])
