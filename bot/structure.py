"""The tables of fisk.toml."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, field_validator


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TargetSettings(_Strict):
    """A `[targets.NAME]` table of fisk.toml; its fields are those of deploy.model.Target."""

    image: str = Field(pattern=r"^[a-z0-9.\-]+(:\d+)?/[a-z0-9._/\-]+$")
    app: str = Field(min_length=1)
    health: str = Field(pattern=r"^https?://")
    platform: str = "linux/arm64"
    workflow: str = "build.yml"
    environment: str = "production"


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
    """The `[channels]` table: `announce` hears of every operation's outcome, wherever it was started."""

    announce: str = ""
