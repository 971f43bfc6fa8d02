"""The worked examples of the guide are read as written, and decide what the guide says."""

from __future__ import annotations

import re
import textwrap
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bot.app.settings import Settings
from deploy.access.need import need
from deploy.access.policy import Act, decide
from deploy.core.model import Actor, Origin, Resource

if TYPE_CHECKING:
    from deploy.access.access import Rules
    from deploy.core.permissions import Permission

GUIDE = Path(__file__).parents[3] / "docs" / "guide" / "access.md"
BLOCK = re.compile(r"((?:^    .*\n|^\n(?=    ))+)", re.MULTILINE)
NAMES = ("Two people", "A team of ten", "Three teams")


def _tables(name: str) -> dict[str, Any]:
    """The example's fisk.toml, with the targets that its roles name."""
    text = GUIDE.read_text(encoding="utf-8")
    part = text[text.index(f"**{name}.**") :].partition("\n**" if name != NAMES[-1] else "\n## ")[0]
    blocks = [textwrap.dedent(block) for block in BLOCK.findall(part)]
    tables = tomllib.loads("\n".join(block for block in blocks if block.lstrip().startswith("[")))
    targets = tables.setdefault("targets", {})
    for role in tables["access"]["roles"].values():
        for target in role.get("targets", ()):
            targets.setdefault(target, {})
    for target, table in targets.items():
        table |= {"image": f"ghcr.io/x/{target}", "app": f"uuid-{target}", "health": "https://x.example/"}
    return tables


def rules(name: str) -> Rules:
    return Settings(_env_file=None, **_tables(name)).rules


@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_read_as_written(name: str) -> None:
    assert rules(name).policy.roles


def may(some: Rules, who: Actor, verb: Permission, target: str, channel: str = "C0DEPLOYS") -> str:
    act = Act(verb, (verb,), (target,) if target else ())
    decision = decide(some.policy, who, act, Origin("slack", channel))
    return "" if decision.allowed else decision.why


def test_two_people_need_each_other_but_not_for_the_way_back() -> None:
    two = rules("Two people")
    wanted = need(two, Act("deploy", ("deploy",)), (Resource("app", "app"),))
    assert wanted is not None
    assert (wanted.count, two.people.two(Actor("U024BE7LH"), Actor("cli:marko"))) == (1, True)
    assert not two.people.two(Actor("U024BE7LH"), Actor("cli:ana"))


def test_of_ten_a_developer_deploys_to_staging_alone() -> None:
    ten = rules("A team of ten")
    developer, senior = (
        Actor("U1", groups=frozenset({"S0DEVELOP"})),
        Actor("U2", groups=frozenset({"S0SENIORS"})),
    )
    assert may(ten, developer, "deploy", "staging") == ""
    assert may(ten, developer, "deploy", "app") == "role developers is only for staging"
    assert may(ten, developer, "builds", "") == ""
    assert may(ten, senior, "deploy", "app") == ""
    assert may(ten, senior, "deploy", "app", "C0RANDOM") == "role production counts only in C0DEPLOYS"


def test_of_three_teams_none_reaches_into_another_one() -> None:
    three = rules("Three teams")
    shop, platform = (
        Actor("U1", groups=frozenset({"S0SHOP001"})),
        Actor("U2", groups=frozenset({"S0PLATFOR"})),
    )
    assert may(three, shop, "env", "shop") == ""
    assert may(three, shop, "env", "billing") == "role shop is only for shop, shop-staging"
    assert may(three, platform, "env", "billing") == ""
    copy = Act("env copy", ("env",))
    wanted = need(three, copy, (Resource("env", "uuid-shop"), Resource("env", "uuid-billing")))
    assert wanted is not None
    assert (wanted.count, wanted.targets) == (2, ("billing",))
    assert may(three, Actor("U0AUDITOR", standing="guest"), "details", "") == ""
