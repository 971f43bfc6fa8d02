"""audit [--since 2h] [--refused], audit verify."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from commands.grammar import audit as grammar
from commands.reply import Reply
from commands.request import Request, runs
from deploy.core.values import dataclass
from deploy.engine.audit import Recorded
from deploy.engine.audit_check import Checked, check
from deploy.engine.audit_copies import Copies

if TYPE_CHECKING:
    from deploy.redis.chain import Chain
    from deploy.world import World


@dataclass(frozen=True, slots=True)
class AuditTable(Reply):
    """Entries with their places, newest first. `refused`: of what was not allowed."""

    entries: tuple[Recorded, ...]
    since: float
    refused: bool
    confidential: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class AuditVerdict(Reply):
    """Both chains of the log. `unread` says why the copy outside could not be read; empty where it was, or is none."""

    checked: tuple[Checked, ...]
    unread: str = ""
    confidential: ClassVar[bool] = True

    @property
    def failed(self) -> bool:
        return bool(self.unread) or any(each.wrong for each in self.checked)


@runs(grammar.Audit)
async def table(asked: grammar.Audit, _request: Request, world: World) -> AuditTable:
    """The entries of that time."""
    since = await world.memory.now() - asked.since
    audit = world.memory.audit
    return AuditTable(
        await (audit.refusals(since) if asked.refused else audit.deeds(since)), since, asked.refused
    )


@runs(grammar.AuditVerify)
async def verify(_asked: grammar.AuditVerify, _request: Request, world: World) -> AuditVerdict:
    """Check both chains, against the file outside where there is one."""
    chains, copies = world.memory.audit.chains, world.memory.stores.of(Copies)
    try:
        return AuditVerdict(tuple([await _checked(chain, copies) for chain in chains]))
    except OSError as error:
        why = f"{copies.file and copies.file.name}: {error.strerror}"
        return AuditVerdict(tuple([await check(chain) for chain in chains]), why)


async def _checked(chain: Chain, copies: Copies) -> Checked:
    if copies.file is None:
        return await check(chain)
    return await check(chain, await copies.file.macs(chain.name), copies.file.name)
