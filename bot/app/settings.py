"""Settings: addresses and secrets from the environment and `.env`, structure from `fisk.toml`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from bot.app.places import STRUCTURE as STRUCTURE_FILE, places
from bot.app.structure import Apps, Tables, access_fits, hosts_fit, persons, targets_fit
from bot.app.tables import ChannelSettings, DoctorSettings, IncidentSettings, with_name
from deploy.access.access import Rules
from deploy.access.people import People, Person
from deploy.access.policy import Policy
from deploy.core.fields import LARGEST_PORT, Url
from deploy.core.freeze import Freeze, Zone
from deploy.core.group import Group
from deploy.core.model import Target
from deploy.core.timeouts import Timeouts
from deploy.notices.watch import Every
from deploy.redis.address import with_password
from deploy.systems.hosts import BuildKitSpec, Host, RunnerSpec

PREFIX = "FISK_"
TABLES = "targets groups apps access channels people hosts buildkit runner incidents doctor freeze"
STRUCTURE = frozenset(TABLES.split())  # of fisk.toml
USUAL, LOOKS = Timeouts(), Every()
YEAR = 365 * 86_400.0  # seconds; more is a typing error, and overflows some clocks
Seconds = Annotated[float, Field(gt=0, le=YEAR)]


def _bindable(bind: str) -> str:
    if int(bind.rpartition(":")[2]) > LARGEST_PORT:
        raise ValueError(f"a port is at most {LARGEST_PORT}")
    return bind


def _sendable(token: SecretStr) -> SecretStr:
    """Refuse a token that cannot stand in an HTTP header: the client's error would quote it."""
    value = token.get_secret_value()
    if value.isascii() and value.isprintable():
        return token
    raise ValueError("it has a character that no token has")


def _none_if_empty(value: Any) -> Any:
    return None if value == "" else value


Bind = Annotated[str, Field(pattern=r"^[^:]+:\d+$"), AfterValidator(_bindable)]
Token = Annotated[SecretStr, AfterValidator(_sendable)]


class Settings(BaseSettings):
    """All settings. The environment overrides `.env`, which overrides fisk.toml."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True)

    config: Path = Field(
        Path(STRUCTURE_FILE), description="where the structure is: targets, access, channels, people"
    )
    state: Path = Field(
        Path("state"),
        validate_default=True,
        description="folder of the embedded Valkey's data; relative to fisk.toml's",
    )
    redis_url: SecretStr = Field(SecretStr(""), description="Redis or Valkey; empty: the embedded Valkey")
    redis_password: SecretStr = Field(SecretStr(""), description="its password, where the URL has none")
    redis_replicas: Annotated[int | None, BeforeValidator(_none_if_empty)] = Field(
        None,
        ge=0,
        description="replicas that must have a write before it counts; empty: all that could take over",
    )
    namespace: str = Field("fisk", pattern=r"^[A-Za-z0-9_\-]+$", description="prefix of fisk's keys")
    bind: Bind = Field("127.0.0.1:8787", description="HOST:PORT of health, webhooks and HTTP mode")
    metrics_bind: Bind = Field("127.0.0.1:8788", description="HOST:PORT of readiness and metrics")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="least level that is logged"
    )

    slack_bot_token: Token = Field(SecretStr(""), description="the bot's token, xoxb-…")
    slack_app_token: Token = Field(SecretStr(""), description="the app-level token of Socket Mode, xapp-…")
    slack_signing_secret: SecretStr = Field(SecretStr(""), description="set it to receive over HTTP instead")
    slack_api_url: Url = Field("https://slack.com/api/", description="where Slack's Web API is")

    github_token: Token = Field(
        SecretStr(""), description="token with contents: read; actions, deployments: write"
    )
    github_url: Url = Field("https://api.github.com", description="where GitHub's API is")
    github_repository: str = Field("", pattern=r"^$|^[^/]+/[^/]+$", description="OWNER/NAME")
    github_branch: str = Field("main", description="the branch that is deployed from")

    github_webhook_secret: SecretStr = Field(
        SecretStr(""), description="the webhook's secret; set it to be told of builds at once"
    )
    builds_seconds: Seconds = Field(LOOKS.idle, description="pause between two looks for news of builds")
    builds_busy_seconds: Seconds = Field(LOOKS.busy, description="the same while a build is under way")

    registry_url: Url = Field("", description="where the registry is, if not at the image name's host")
    registry_host: str = Field("", description="the one host that user and password are for")
    registry_user: str = Field("", description="for private images only")
    registry_password: SecretStr = Field(SecretStr(""), description="for private images only: read:packages")

    coolify_url: Url = Field("http://127.0.0.1:8000", description="where Coolify is, without /api/v1")
    coolify_pages: Url = Field("", description="where people open Coolify, if not at that address")
    coolify_token: Token = Field(SecretStr(""), description="token with read, read:sensitive, write, deploy")

    key: SecretStr = Field(
        SecretStr(""),
        description="signs and encrypts what fisk stores; `fisk key` prints one; empty: the embedded Valkey's own",
    )
    audit_file: str = Field(
        "",
        description="file that gets a copy of each entry of the audit log, as a JSON line; relative as above",
    )
    audit_url: Url = Field("", description="address that gets them by POST, too")
    audit_token: Token = Field(SecretStr(""), description="sent there as bearer token")
    key_old: SecretStr = Field(SecretStr(""), description="another key whose signatures are believed, too")

    poll_seconds: Seconds = Field(
        USUAL.poll, description="longest pause between two looks at what goes on elsewhere"
    )
    healthy_seconds: float = Field(
        USUAL.healthy_for,
        ge=0,
        le=YEAR,
        description="how long the health URL must answer 200 without a break",
    )
    healthy_within: Seconds = Field(
        USUAL.healthy_within, description="how long a new container may take until it is healthy"
    )
    deploy_within: Seconds = Field(
        USUAL.deploy_within, description="how long a deployment of Coolify's may take"
    )
    build_within: Seconds = Field(USUAL.build_within, description="how long deploy --wait waits for a build")
    approve_within: Seconds = Field(
        USUAL.approve_within, description="how long an operation waits for other people's approval"
    )
    buildkit_within: Seconds = Field(
        USUAL.buildkit_within, description="how long BuildKit and the runner may take until they answer again"
    )
    bake_seconds: Seconds = Field(
        USUAL.bake_every, description="pause between two looks at the checks of a target that bakes"
    )
    lease_seconds: Seconds = Field(
        5.0, description="silence after which another replica takes an operation over"
    )
    drain_seconds: float = Field(
        20.0, ge=0, le=YEAR, description="how long a stopping fisk lets operations finish"
    )
    keep_days: int = Field(90, gt=0, le=3650, description="how long finished operations are remembered")
    keep_operations: int = Field(10_000, gt=0, description="how many finished operations are remembered")

    doctor_hours: float = Field(
        24.0, ge=0, le=8760, description="hours between two looks of the doctor by itself; 0: never"
    )

    lines_per_minute: float = Field(
        60, ge=0, description="lines that each person may type, over a burst of as many; 0: no limit"
    )
    timezone: Zone = Field(
        "UTC", description="time zone of `lock --until` and of [[freeze]], as Europe/Zagreb"
    )

    targets: dict[str, Target] = Field(default_factory=dict)
    groups: dict[str, Group] = Field(default_factory=dict)
    access: Policy = Policy()
    channels: ChannelSettings = ChannelSettings()
    apps: Apps = Field(default_factory=dict)
    people: dict[str, Person] = Field(default_factory=dict)
    hosts: dict[str, Host] = Field(default_factory=dict)
    buildkit: BuildKitSpec | None = None
    runner: RunnerSpec | None = None
    incidents: IncidentSettings = IncidentSettings()
    doctor: DoctorSettings = DoctorSettings()
    freeze: tuple[Freeze, ...] = ()

    @field_validator("state")
    @classmethod
    def _beside_the_structure(cls, state: Path, told: ValidationInfo) -> Path:
        return (told.data["config"].parent if "config" in told.data else Path()) / state.expanduser()

    @field_validator("audit_file")
    @classmethod
    def _there_too(cls, file: str, told: ValidationInfo) -> str:
        return str(cls._beside_the_structure(Path(file), told)) if file else ""

    @field_validator("targets", "groups", "hosts", mode="before")
    @classmethod
    def _named(cls, tables: Any) -> Any:
        """Set each table's `name` to its key."""
        if not isinstance(tables, dict):
            return tables
        return {name: with_name(name, table) for name, table in tables.items()}

    @field_validator("people", mode="before")
    @classmethod
    def _persons(cls, table: Any) -> Any:
        return persons(table)

    @model_validator(mode="after")
    def _access_fits(self) -> Self:
        access_fits(self.access, {*self.targets, *self.apps})
        targets_fit(self.targets, self.groups)
        return self

    @model_validator(mode="after")
    def _credentials_have_a_home(self) -> Self:
        """Require the registry's host with credentials: otherwise any image's registry would get them, or none."""
        if self.registry_user and not (self.registry_host or self.registry_url):
            raise ValueError(
                f"{PREFIX}REGISTRY_HOST is empty: it names the one host that user and password are for"
            )
        return self

    @model_validator(mode="after")
    def _hosts_are_there(self) -> Self:
        """Require a `[hosts.NAME]` table for each host that a table names."""
        named = {f"targets.{name}": table.host for name, table in self.targets.items()}
        named |= {"buildkit": self.buildkit.host} if self.buildkit else {}
        named |= {"runner": self.runner.host} if self.runner else {}
        hosts_fit(named, self.hosts)
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 (the signature is pydantic's)
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Give fisk.toml the lowest priority."""
        toml = TomlConfigSettingsSource(settings_cls, places().structure)
        named = (Tables(source, STRUCTURE, PREFIX) for source in (env_settings, dotenv_settings))
        return init_settings, *named, toml

    @property
    def rules(self) -> Rules:
        """Who may do what."""
        return Rules(
            self.access, self.targets, self.apps, People(self.people), announce=self.channels.announce
        )

    @property
    def redis(self) -> str:
        """The URL of Redis or Valkey with its password; empty: the embedded Valkey."""
        return with_password(self.redis_url.get_secret_value(), self.redis_password.get_secret_value())

    @property
    def address(self) -> tuple[str, int]:
        """Host and port to bind."""
        return _address(self.bind)

    @property
    def metrics_address(self) -> tuple[str, int]:
        """Host and port of what only whoever runs fisk may see."""
        return _address(self.metrics_bind)

    @property
    def http_mode(self) -> bool:
        """Whether Slack sends requests to fisk over HTTP; otherwise fisk uses Socket Mode."""
        return bool(self.slack_signing_secret.get_secret_value())

    @property
    def timeouts(self) -> Timeouts:
        return Timeouts(
            poll=self.poll_seconds,
            healthy_for=self.healthy_seconds,
            healthy_within=self.healthy_within,
            deploy_within=self.deploy_within,
            build_within=self.build_within,
            buildkit_within=self.buildkit_within,
            approve_within=self.approve_within,
            bake_every=self.bake_seconds,
        )


def _address(bind: str) -> tuple[str, int]:
    host, _, port = bind.rpartition(":")
    return host, int(port)
