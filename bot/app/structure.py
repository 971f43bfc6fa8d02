"""The tables of fisk.toml about people and rights: where they may come from, and whether they name what is there."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from pydantic_settings import PydanticBaseSettingsSource

from commands.grammar import tree
from commands.grammar.syntax import Family, near
from deploy.access.need import AS_DEPLOY
from deploy.core.errors import BadSettings
from deploy.core.fields import Text
from deploy.core.permissions import PERMISSIONS
from deploy.core.reference import same_repository
from deploy.kinds import KINDS

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

    from deploy.access.policy import Policy
    from deploy.core.group import Group
    from deploy.core.model import Target

Apps = dict[str, Text]  # `[apps]`: uuids of Coolify's applications that are no targets, by name


class Tables(PydanticBaseSettingsSource):
    """A source other than fisk.toml, which may hold no table: who sets a variable would else decide who may do what."""

    def __init__(self, source: PydanticBaseSettingsSource, tables: Collection[str], prefix: str) -> None:
        super().__init__(source.settings_cls)
        self._source = source
        self._tables = tables
        self._prefix = prefix

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        return self._source.get_field_value(field, field_name)

    def __call__(self) -> dict[str, Any]:
        found = self._source()
        for name in sorted(found):
            if name in self._tables:
                raise BadSettings(
                    why=f"{self._prefix}{name.upper()} is a table, which only fisk.toml may have"
                )
        return found


def persons(table: Any) -> Any:
    """`[people]` with the short form, `LOGIN = "U…"`, as a person of that GitHub login."""
    if not isinstance(table, dict):
        return table
    return {
        name: {"github": name, "slack": each} if isinstance(each, str) else each
        for name, each in table.items()
    }


def access_fits(policy: Policy, known: Collection[str]) -> None:
    """Raises ValueError where a role may what is no right and no verb, or for a target that is not there."""
    verbs = {*PERMISSIONS, *_verbs()}
    for name, role in policy.roles.items():
        for where, entries, allowed in (("may", role.may, verbs), ("targets", role.targets, {*known})):
            for entry in sorted(entries - allowed):
                raise ValueError(f"access.roles.{name}.{where}: there is no {entry!r}.{near(entry, allowed)}")


def hosts_fit(named: Mapping[str, str], hosts: Collection[str]) -> None:
    """Raises ValueError where a table names a host that has no table of its own."""
    for where, host in named.items():
        if host and host not in hosts:
            raise ValueError(f"{where}.host: there is no table [hosts.{host}]")


def targets_fit(targets: Mapping[str, Target], groups: Mapping[str, Group]) -> None:
    """Raises ValueError where a target wants approval for what nobody can be asked to approve, where its checks cannot
    be asked, or where a group is none.
    """
    checks_fit(targets)
    groups_fit(groups, targets)
    allowed = {"force", *(kind.typed for kind in KINDS.values() if kind.plan)} - AS_DEPLOY
    for name, target in targets.items():
        _after_fits(name, target, targets)
        for entry in sorted(target.approvals_for - allowed):
            raise ValueError(f"targets.{name}.approvals_for: there is no {entry!r}.{near(entry, allowed)}")


def checks_fit(targets: Mapping[str, Target]) -> None:
    """Raises ValueError where a target's checks cannot be asked: no host for a command, or nothing to ask again."""
    for name, target in targets.items():
        for check in target.checks:
            if check.run and not target.host:
                raise ValueError(f"targets.{name}.checks: {check.name!r} needs targets.{name}.host")
            if check.service and target.kind != "compose":
                raise ValueError(f"targets.{name}.checks: `service` of {check.name!r} is for compose alone")
        if target.bake and not target.checks:
            raise ValueError(f"targets.{name}.bake: there are no [[targets.{name}.checks]] to ask again")


def groups_fit(groups: Mapping[str, Group], targets: Mapping[str, Target]) -> None:
    """Raises ValueError where a group has the name of a target, or one that is no target in it, or one twice."""
    for name, group in groups.items():
        if name in targets:
            raise ValueError(f"groups.{name}: there is a target of that name")
        if len(set(group.targets)) < len(group.targets):
            raise ValueError(f"groups.{name}.targets: one is there twice")
        for each in group.targets:
            if each not in targets:
                raise ValueError(f"groups.{name}.targets: there is no {each!r}.{near(each, targets)}")


def _after_fits(name: str, target: Target, targets: Mapping[str, Target]) -> None:
    """Raises ValueError where it waits for what can never be."""
    if target.after is None:
        return
    where, source = f"targets.{name}.after.target", targets.get(target.after.target)
    if source is None:
        raise ValueError(f"{where}: there is no {target.after.target!r}.{near(target.after.target, targets)}")
    if source.name == name:
        raise ValueError(f"{where}: a target cannot wait for itself")
    if not same_repository(source.image, target.image):
        raise ValueError(f"{where}: {source.name} runs {source.image}, which is another image")


def _verbs() -> Iterator[str]:
    for name, command in tree.commands.items():
        if isinstance(command, Family):
            yield from (f"{name} {verb}" for verb in command.commands)
        else:
            yield name
