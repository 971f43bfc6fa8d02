"""The tables of fisk.toml that are about fisk itself. The others are values of the domain: Target, Host, BuildKitSpec,
RunnerSpec, and Policy for `[access]`.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from deploy.core.freeze import EVERYTHING, Zone
from deploy.notices.policy import Rule

ChannelId = Annotated[str, Field(pattern=r"^[CGD][A-Z0-9]{2,}$")]


def _named(zone: str) -> str:
    if not zone:
        raise ValueError("name a time zone, such as Europe/Zagreb")
    return zone


NamedZone = Annotated[Zone, AfterValidator(_named)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ChannelSettings(_Strict):
    """The `[channels]` table.

    Attributes:
        announce: the channel that hears the outcome of every operation, wherever it was started.
        mention_authors: channels where the authors of what was deployed are mentioned; elsewhere they are named.
        builds: which builds a channel gets notices of: `all`, `failures`, `mentions` or `off`, by its id.
        stats: which channels get the week's figures each Monday at nine, each with the time zone of that.
    """

    announce: str = ""
    mention_authors: frozenset[ChannelId] = frozenset()
    builds: dict[ChannelId, Rule] = Field(default_factory=dict)
    stats: dict[ChannelId, NamedZone] = Field(default_factory=dict)


class IncidentSettings(_Strict):
    """The `[incidents]` table.

    Attributes:
        channels: patterns for the names of channels that hear of every operation, or their ids.
    """

    channels: tuple[str, ...] = ("inc-*", "incident-*")


class DoctorSettings(_Strict):
    """The `[doctor]` table: what the other tables do not say.

    Attributes:
        outside: addresses at which BuildKit must not answer, such as its host's public one.
        workers: images without a target that are checked, each with its platform.
    """

    outside: tuple[str, ...] = ()
    workers: dict[str, str] = Field(default_factory=dict)


def with_name(name: str, table: Any) -> Any:
    """A table of fisk.toml's with the name that stands in its head. Raises ValueError."""
    if not isinstance(table, dict):
        return table
    if "name" in table:
        raise ValueError(f"{name}: its name stands in the table's head alone")
    if name == EVERYTHING.name:
        raise ValueError(f"{name}: that name is for everything, as in `lock all`")
    if "ignored_paths" in table:
        raise ValueError(
            f"{name}: delete `ignored_paths`; the workflow file itself says which pushes build nothing"
        )
    return {"name": name, **table}
