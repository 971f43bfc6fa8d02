"""Runs commands on a host: their output, or the error where they fail."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

from deploy.core import errors
from deploy.core.redact import harmless

if TYPE_CHECKING:
    from deploy.systems.ssh import Output, Ssh

GATE = "fisk-gate:"  # how docs/install/fisk-gate begins when it refuses a command


async def stdout(ssh: Ssh, argv: Sequence[str], *, within: float = 10.0) -> str:
    """What the command says. Raises errors.CommandFailed for any status but 0, and errors.HostFailure."""
    return (await done(ssh, argv, within=within)).out


async def done(ssh: Ssh, argv: Sequence[str], *, within: float = 10.0) -> Output:
    """What the command says on both streams. Raises likewise."""
    output = await ssh.run(argv, within=within)
    if output.status:
        raise failure(ssh, argv, output)
    return output


def failure(ssh: Ssh, argv: Sequence[str], output: Output) -> errors.HostFailure:
    """The error of a failed command, with its last line of output without secrets."""
    command, printed = shlex.join(argv), harmless(output.err.strip() or output.out).strip()
    if printed.startswith(GATE):
        return errors.CommandNotAllowed(system=ssh.host.name, user=ssh.host.user, command=command)
    why = printed.splitlines()[-1].rstrip(".") if printed else "it says nothing"
    return errors.CommandFailed(system=ssh.host.name, command=command, status=output.status, why=why)
