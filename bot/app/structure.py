"""The tables of fisk.toml."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator

# The same as deploy.notices.Rule, which would bring the whole domain along.
Rule = Literal["all", "failures", "mentions", "off"]


LARGEST_PORT = 65535


def _addressed(url: str) -> str:
    """Whether there is anything at it shows when it is asked; what cannot be an address shows now."""
    try:
        urlsplit(url).port  # noqa: B018 (it is looked at when it is asked for)
    except ValueError:
        raise ValueError("its host or its port cannot be one") from None
    return url


Url = Annotated[str, AfterValidator(_addressed)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TargetSettings(_Strict):
    """A `[targets.NAME]` table of fisk.toml; its fields are those of deploy.core.model.Target."""

    image: str = Field(pattern=r"^[a-z0-9.\-]+(:\d+)?/[a-z0-9._/\-]+$")
    app: str = Field(min_length=1)
    health: Url = Field(pattern=r"^https?://")
    platform: str = "linux/arm64"
    workflow: str = "build.yml"
    environment: str = "production"
    host: str = ""
    protected: bool = False


class HostSettings(_Strict):
    """A `[hosts.NAME]` table; its fields are those of deploy.systems.hosts.Host."""

    address: str = Field(min_length=1)
    user: str = Field(min_length=1)
    port: int = Field(22, gt=0, le=LARGEST_PORT)
    key: str = ""
    known_hosts: str = "known_hosts"


class BuildKitSettings(_Strict):
    """The `[buildkit]` table; its fields are those of deploy.systems.hosts.BuildKitSpec."""

    host: str = Field(min_length=1)
    container: str = Field("buildkitd", pattern=r"^[A-Za-z0-9][A-Za-z0-9_.\-]*$")
    image: str = Field("moby/buildkit:latest", min_length=1)
    address: str = Field("100.64.123.81", min_length=1)
    port: int = Field(1234, gt=0, le=LARGEST_PORT)


class RunnerSettings(_Strict):
    """The `[runner]` table; its fields are those of deploy.systems.hosts.RunnerSpec."""

    name: str = Field(min_length=1)
    host: str = ""
    service: str = ""
    labels: tuple[str, ...] = ("self-hosted", "linux", "x64", "fiskai-build")


class AccessSettings(_Strict):
    """The `[access]` table: who may change things, and from which Slack channels (none listed: from any)."""

    deployers: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()

    @field_validator("deployers")
    @classmethod
    def _known_forms(cls, entries: frozenset[str]) -> frozenset[str]:
        for entry in entries:
            if not (entry.startswith("cli:") or entry[:1] in {"U", "W", "S"}):
                raise ValueError(
                    f"{entry!r} is no Slack user (U…), user group (S…) or terminal user (cli:NAME)"
                )
        return entries


class ChannelSettings(_Strict):
    """The `[channels]` table: `announce` hears of every operation's outcome, wherever it was started; `builds`
    says which channel hears of which builds.
    """

    announce: str = ""
    builds: dict[Annotated[str, Field(pattern=r"^[CGD][A-Z0-9]{2,}$")], Rule] = Field(default_factory=dict)


class IncidentSettings(_Strict):
    """The `[incidents]` table: `channels` are patterns of the names of channels that hear of everything."""

    channels: tuple[str, ...] = ("inc-*", "incident-*")


class DoctorSettings(_Strict):
    """The `[doctor]` table: what cannot be learnt from the other ones.

    Attributes:
        outside: addresses at which BuildKit must not answer, such as its host's public one.
        workers: images without a target that are checked, each with its platform.
    """

    outside: tuple[str, ...] = ()
    workers: dict[str, str] = Field(default_factory=dict)
