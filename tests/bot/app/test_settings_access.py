"""Roles, people and approvals in fisk.toml."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.app.load import load
from bot.app.tables import ChannelSettings
from deploy.access.people import Person
from deploy.access.policy import Policy, Role
from deploy.core.errors import BadSettings
from tests.bot.app.test_settings import APP

pytestmark = pytest.mark.usefixtures("nowhere")


def test_access_channels_and_people_come_from_the_structure(nowhere: Path) -> None:
    (nowhere / "fisk.toml").write_text(
        '[access]\ndeployers = ["U1", "S1", "cli:ana"]\nchannels = ["C1"]\n'
        '[access.roles.night]\nmembers = ["U2"]\nmay = ["rollback", "build rerun"]\n'
        '[channels]\nannounce = "C2"\nmention_authors = ["C01"]\n'
        '[people]\nana-h = "U1"\n[people.marko]\nslack = "U2"\nterminal = ["marko", "admin"]\n'
    )
    settings = load()
    night = Role(frozenset({"U2"}), frozenset({"rollback", "build rerun"}))
    assert settings.access == Policy(frozenset({"U1", "S1", "cli:ana"}), frozenset({"C1"}), {"night": night})
    assert (settings.channels, settings.people) == (
        ChannelSettings(announce="C2", mention_authors=frozenset({"C01"})),
        {"ana-h": Person("U1", "ana-h"), "marko": Person("U2", terminal=("marko", "admin"))},
    )


@pytest.mark.parametrize(
    ("role", "why"),
    [
        ('may = ["deploi"]', "access.roles.ship.may: there is no 'deploi'. Did you mean `deploy`?"),
        ('targets = ["ap"]', "access.roles.ship.targets: there is no 'ap'. Did you mean `app`?"),
        (
            'members = ["ana"]',
            "access.roles.ship.members: 'ana' is no Slack user (U…), user group (S…) or terminal user (cli:NAME)",
        ),
    ],
)
def test_a_role_that_names_what_is_not_there_is_refused(nowhere: Path, role: str, why: str) -> None:
    (nowhere / "fisk.toml").write_text(f"{APP}[access.roles.ship]\n{role}\n")
    with pytest.raises(BadSettings) as refusal:
        load()
    assert refusal.value.facts["why"] == why


def test_a_target_wants_approval_only_for_what_can_be_approved(nowhere: Path) -> None:
    (nowhere / "fisk.toml").write_text(f'{APP}approvals = 1\napprovals_for = ["env copi"]\n')
    with pytest.raises(BadSettings) as refusal:
        load()
    assert refusal.value.facts["why"] == (
        "targets.app.approvals_for: there is no 'env copi'. Did you mean `env copy`?"
    )


@pytest.mark.parametrize("where", ["environment", "file"])
def test_who_may_do_what_comes_from_fisk_toml_alone(
    nowhere: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    (nowhere / "fisk.toml").write_text(APP)
    if where == "file":
        (nowhere / ".env").write_text('FISK_ACCESS={"deployers": ["U7"]}\n')
    else:
        monkeypatch.setenv("FISK_ACCESS", '{"deployers": ["U7"]}')
    with pytest.raises(BadSettings) as refusal:
        load()
    assert refusal.value.facts["why"] == "FISK_ACCESS is a table, which only fisk.toml may have"
