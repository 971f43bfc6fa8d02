"""Settings: sources, their priority, and errors for invalid ones."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.app.load import load
from bot.app.settings import PREFIX, STRUCTURE, Settings
from deploy.access.policy import Policy
from deploy.core.errors import BadSettings
from deploy.core.freeze import Freeze
from deploy.core.model import Target
from deploy.core.timeouts import Timeouts

ROOT = Path(__file__).parents[3]
pytestmark = pytest.mark.usefixtures("nowhere")
APP = """
[targets.app]
image = "ghcr.io/wandeon/fiskai-app"
app = "uuid"
health = "https://app.example/api/health"
"""
SECRETS = {name for name, field in Settings.model_fields.items() if field.annotation is SecretStr}


def test_without_any_setting_fisk_has_its_defaults_and_nobody_may_change_anything() -> None:
    settings = load()
    assert settings.access == Policy()
    assert settings.targets == {}
    assert settings.timeouts == Timeouts()
    assert (settings.address, settings.http_mode) == (("127.0.0.1", 8787), False)
    assert settings.metrics_address == ("127.0.0.1", 8788)


def test_the_example_names_every_setting_once_each_with_its_default_after_a_line_of_comment() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    places = [place for place, line in enumerate(lines) if re.match(r"#? ?FISK_[A-Z_]+=", line)]
    names = [lines[place].lstrip("# ").partition("=")[0] for place in places]
    expected = [f"{PREFIX}{name.upper()}" for name in Settings.model_fields if name not in STRUCTURE]
    assert sorted(names) == sorted(expected)
    uncommented = [lines[place] for place in places if not lines[place - 1].startswith("# ")]
    assert uncommented == []


def test_the_example_holds_the_defaults_and_whose_platform_it_is(nowhere: Path) -> None:
    (nowhere / ".env").write_text((ROOT / ".env.example").read_text())
    platform = {"github_repository": "Wandeon/FiskAI", "registry_host": "ghcr.io"}
    found = {"config": nowhere / "fisk.toml", "state": nowhere / "state"}
    assert load().model_dump() == Settings(_env_file=None).model_dump() | platform | found


def test_a_registrys_password_is_for_one_host_that_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FISK_REGISTRY_USER", "fisk")
    with pytest.raises(BadSettings, match="FISK_REGISTRY_HOST is empty: it names the one host"):
        load()
    monkeypatch.setenv("FISK_REGISTRY_HOST", "ghcr.io")
    assert load().registry_host == "ghcr.io"


def test_the_example_of_the_structure_fits(nowhere: Path) -> None:
    text = (ROOT / "fisk.example.toml").read_text()
    (nowhere / "fisk.toml").write_text(text)
    assert set(load().targets) == set(tomllib.loads(text)["targets"])


def test_the_environment_wins_over_the_file_and_the_file_over_the_structure(
    nowhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (nowhere / "fisk.toml").write_text('github_branch = "toml"\nnamespace = "toml"\ngithub_url = "toml"\n')
    (nowhere / ".env").write_text("FISK_GITHUB_BRANCH=file\nFISK_NAMESPACE=file\n")
    monkeypatch.setenv("FISK_GITHUB_BRANCH", "environment")
    settings = load()
    assert (settings.github_branch, settings.namespace, settings.github_url) == (
        "environment",
        "file",
        "toml",
    )


@pytest.mark.parametrize("where", ["environment", "file"])
def test_the_structure_may_be_elsewhere(nowhere: Path, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    (nowhere / "other.toml").write_text(APP)
    if where == "file":
        (nowhere / ".env").write_text("FISK_CONFIG=other.toml\n")
    else:
        monkeypatch.setenv("FISK_CONFIG", str(nowhere / "other.toml"))
    assert load().targets == {
        "app": Target("app", "ghcr.io/wandeon/fiskai-app", "uuid", "https://app.example/api/health")
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FISK_LOG_LEVEL", "secret-loud"),
        ("FISK_BIND", "127.0.0.1:99999"),
        ("FISK_COOLIFY_URL", "http://coolify:99999"),
        ("FISK_GITHUB_URL", "http://[secret"),
        ("FISK_GITHUB_TOKEN", "sécret"),
        ("FISK_COOLIFY_TOKEN", "secret\nsecret"),
        ("FISK_SLACK_BOT_TOKEN", "xoxb-sécret"),
        ("FISK_LEASE_SECONDS", "inf"),
        ("FISK_DRAIN_SECONDS", "1e300"),
        ("FISK_KEEP_DAYS", "99999999999999"),
        ("FISK_BIND", "secret-host"),
        ("FISK_REDIS_REPLICAS", "secret-many"),
        ("FISK_POLL_SECONDS", "-1.2345"),
        ("FISK_GITHUB_REPOSITORY", "secret-repository"),
        ("FISK_NAMESPACE", "secret space"),
        ("FISK_KEEP_DAYS", "0.12345"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_by_name_without_the_value(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(BadSettings) as refusal:
        load()
    assert str(refusal.value).startswith(f"The settings do not fit: {name}: ")
    assert value not in str(refusal.value)
    assert refusal.value.__suppress_context__


@pytest.mark.parametrize(
    ("toml", "why"),
    [
        ('[targets.app]\nimage = "x"\napp = ""\nhealth = "ftp:"\n', "targets.app.image: "),
        ("[targets.app]\n", "targets.app: a target of kind coolify needs `image`, `app`, `health`."),
        (f'{APP}colour = "red"\n', "targets.app.colour: extra inputs are not permitted"),
        (f"{APP}migrations = [1]\n", "targets.app.migrations"),
        (f'{APP}name = "shop"\n', "targets: app: its name stands in the table's head alone"),
        (
            f'{APP}ignored_paths = ["docs/*"]\n',
            "targets: app: delete `ignored_paths`; the workflow file itself says which pushes build nothing",
        ),
        ('[buildkit]\nhost = "vps01"\n', "buildkit.address: field required"),
        (
            '[buildkit]\nhost = "vps01"\naddress = "100.64.0.1"\n',
            "buildkit.host: there is no table [hosts.vps01]",
        ),
        (f'{APP}host = "vps01"\n', "targets.app.host: there is no table [hosts.vps01]"),
        ('[runner]\nname = "r"\nhost = "vps"\n', "runner.host: there is no table [hosts.vps]"),
        ('[hosts.vps01]\naddress = "100.64.0.1"\n', "hosts.vps01.user: field required"),
        ('[access]\ndeployers = ["ana"]\n', "access.deployers: "),
        ('[acess]\ndeployers = ["U1"]\n', "acess: extra inputs are not permitted"),
        (
            APP.replace("app.example", "app.example:99999"),
            "targets.app.health: its host or its port cannot be one",
        ),
        ("targets = [\n", "{nowhere}/fisk.toml cannot be read as TOML (TOMLDecodeError)"),
    ],
)
def test_a_structure_that_does_not_fit_is_refused_by_place(nowhere: Path, toml: str, why: str) -> None:
    (nowhere / "fisk.toml").write_text(toml)
    with pytest.raises(BadSettings) as refusal:
        load()
    assert str(refusal.value).startswith(f"The settings do not fit: {why.format(nowhere=nowhere)}")


@pytest.mark.parametrize("where", ["environment", "file"])
def test_a_table_that_is_no_json_is_blamed_on_itself(
    nowhere: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    if where == "file":
        (nowhere / ".env").write_text("FISK_TARGETS=secret\n")
    else:
        monkeypatch.setenv("FISK_TARGETS", "secret")
    with pytest.raises(BadSettings) as refusal:
        load()
    assert str(refusal.value) == (
        "The settings do not fit: FISK_TARGETS, set outside of fisk.toml, is no JSON."
    )


@pytest.mark.parametrize("config", ["", "other.toml"])
def test_a_file_of_settings_that_is_no_text_is_named(
    nowhere: Path, monkeypatch: pytest.MonkeyPatch, config: str
) -> None:
    if config:
        monkeypatch.setenv("FISK_CONFIG", str(nowhere / config))
    (nowhere / ".env").write_bytes(b"FISK_KEY=\xff\n")
    with pytest.raises(BadSettings) as refusal:
        load()
    assert str(refusal.value) == "The settings do not fit: .env cannot be read (UnicodeDecodeError)."


def test_an_unknown_name_in_the_file_is_refused(nowhere: Path) -> None:
    (nowhere / ".env").write_text("FISK_SLACK_TOKEN=xoxb-1\n")
    with pytest.raises(BadSettings, match="fisk_slack_token: extra inputs are not permitted"):
        load()


def test_secrets_never_show(monkeypatch: pytest.MonkeyPatch) -> None:
    assert {
        "redis_url",
        "redis_password",
        "slack_bot_token",
        "slack_app_token",
        "slack_signing_secret",
        "github_token",
        "github_webhook_secret",
        "registry_password",
        "coolify_token",
        "audit_token",
        "key",
        "key_old",
    } == SECRETS
    for name in SECRETS:
        monkeypatch.setenv(f"{PREFIX}{name.upper()}", "canary")
    settings = load()
    assert "canary" not in f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"


def test_a_signing_secret_asks_for_http(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FISK_SLACK_SIGNING_SECRET", "s")
    assert load().http_mode


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (
            'C0DEPLOYS = "loud"',
            "channels.builds.C0DEPLOYS: input should be 'all', 'failures', 'mentions' or 'off'",
        ),
        ('"#deploys" = "all"', "channels.builds.#deploys.[key]: string should match pattern"),
    ],
)
def test_a_channel_is_named_by_its_id_and_hears_by_a_rule(nowhere: Path, line: str, why: str) -> None:
    (nowhere / "fisk.toml").write_text(f"[channels.builds]\n{line}\n")
    with pytest.raises(BadSettings) as error:
        load()
    assert why in str(error.value)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('C0TEAM = "Zagreb"', "channels.stats.C0TEAM: 'Zagreb' is no time zone, such as Europe/Zagreb"),
        ('C0TEAM = ""', "channels.stats.C0TEAM: name a time zone, such as Europe/Zagreb"),
        ('"#team" = "UTC"', "channels.stats.#team.[key]: string should match pattern"),
    ],
)
def test_a_channel_gets_the_weeks_figures_at_nine_in_a_zone(nowhere: Path, line: str, why: str) -> None:
    (nowhere / "fisk.toml").write_text('[channels.stats]\nC0TEAM = "Europe/Zagreb"\n')
    assert load().channels.stats == {"C0TEAM": "Europe/Zagreb"}
    (nowhere / "fisk.toml").write_text(f"[channels.stats]\n{line}\n")
    with pytest.raises(BadSettings) as error:
        load()
    assert why in str(error.value)


def test_no_target_has_the_name_of_everything(nowhere: Path) -> None:
    (nowhere / "fisk.toml").write_text('[targets.all]\nimage = "x"\n')
    with pytest.raises(BadSettings, match="targets: all: that name is for everything, as in `lock all`"):
        load()


def test_freeze_windows_are_read_and_what_is_none_is_named(nowhere: Path) -> None:
    table = '[[freeze]]\nreason = "x"\nweekly = ["Fri 16:00 to Mon 07:00"]\nzone = "Europe/Zagreb"\n'
    (nowhere / "fisk.toml").write_text(table)
    assert load().freeze == (Freeze("x", weekly=("Fri 16:00 to Mon 07:00",), zone="Europe/Zagreb"),)
    (nowhere / "fisk.toml").write_text(table.replace("Fri", "Foo"))
    with pytest.raises(
        BadSettings, match=r"freeze\.0\.weekly: 'Foo 16:00 to Mon 07:00' names no day of the week"
    ):
        load()
