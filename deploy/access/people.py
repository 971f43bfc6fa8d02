"""Who is the same person: the ids that somebody has at GitHub, in Slack and at a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Annotated, Protocol

from pydantic import Field

from deploy.core.values import dataclass

if TYPE_CHECKING:
    from deploy.core.actor import Actor

SlackId = Annotated[str, Field(pattern=r"^([UW][A-Z0-9]+)?$")]


@dataclass(frozen=True, slots=True)
class Person:
    """A table `[people.NAME]` of fisk.toml; `LOGIN = "U…"` under `[people]` is its short form.

    Attributes:
        slack: the user's id in Slack.
        github: the login at GitHub.
        terminal: names of users of machines, without `cli:`.
    """

    slack: SlackId = ""
    github: str = ""
    terminal: tuple[str, ...] = ()

    def is_actor(self, actor: Actor) -> bool:
        if not actor.id:  # all that GitHub tells of whoever pushed is a login
            return bool(self.github) and actor.name == self.github
        return actor.user in self.terminal if actor.at_terminal else actor.id == self.slack


@dataclass(frozen=True, slots=True)
class People:
    """The `[people]` table, by name."""

    persons: Mapping[str, Person] = field(default_factory=dict)

    @property
    def by_login(self) -> dict[str, str]:
        """Slack user ids by GitHub login."""
        return {each.github: each.slack for each in self.persons.values() if each.github and each.slack}

    def name(self, actor: Actor) -> str:
        """The person that somebody is known to be; empty where nobody says so."""
        return next((name for name, each in self.persons.items() if each.is_actor(actor)), "")

    def two(self, one: Actor, other: Actor) -> bool:
        """Whether these are certainly two people.

        Two Slack users are, unless they are one person here. A user of a machine or of GitHub may be anybody, so that
        where one is no Slack user both must be known.
        """
        names = self.name(one), self.name(other)
        if any(each.at_terminal or not each.id for each in (one, other)):
            return all(names) and names[0] != names[1]
        return one.id != other.id and not (names[0] and names[0] == names[1])


class Directory(Protocol):
    """Says who somebody is in Slack."""

    async def name(self, user: str) -> str:
        """What people call somebody, by their id; empty where Slack does not say."""

    async def known(self, actor: Actor) -> Actor:
        """The same actor with standing and groups as they are now; without them where Slack does not say."""
