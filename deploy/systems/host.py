"""Runs commands on a host: their output, or the error where they fail."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

from deploy.core import errors
from deploy.core.redact import harmless
from deploy.core.rights import HELD, Right

if TYPE_CHECKING:
    from deploy.systems.ssh import Output, Ssh

GATE = "fisk-gate:"  # how docs/install/fisk-gate begins when it refuses a command
ASK = ("fisk-gate", "may")  # before a command that the gate is to look up and not to run
NOT_ALLOWED = 126
SUDO = ("sudo", "-n")


async def stdout(ssh: Ssh, argv: Sequence[str], *, within: float = 10.0) -> str:
    """What the command says. Raises errors.CommandFailed for any status but 0, and errors.HostFailure."""
    return (await done(ssh, argv, within=within)).out


async def done(ssh: Ssh, argv: Sequence[str], *, within: float = 10.0) -> Output:
    """What the command says on both streams. Raises likewise."""
    output = await ssh.run(argv, within=within)
    if output.status:
        raise failure(ssh, argv, output)
    return output


async def may_run(ssh: Ssh, argv: Sequence[str]) -> Right:
    """Whether the key lets a command through, and sudo where it begins with that; it is not run.

    Where no gate locks the key down there is no `fisk-gate`, and a shell that runs anything. Raises errors.HostFailure.
    """
    output = await ssh.run([*ASK, *argv])
    if output.status == NOT_ALLOWED and output.err.startswith(f"{GATE} not on the list: {shlex.join(ASK)}"):
        return Right(
            None, f"the gate on {ssh.host.name} is an older one: copy docs/install/fisk-gate there anew"
        )
    if output.status == NOT_ALLOWED and output.err.startswith(GATE):
        return Right(held=False, why=f"the gate on {ssh.host.name} does not list `{shlex.join(argv)}`")
    if output.status == 0 or tuple(argv[: len(SUDO)]) != SUDO:
        return HELD
    if (await ssh.run([*SUDO, "-l", *argv[len(SUDO) :]])).status == 0:
        return HELD
    return Right(held=False, why=f"sudo on {ssh.host.name} does not let {ssh.host.user} do that")


def failure(ssh: Ssh, argv: Sequence[str], output: Output) -> errors.HostFailure:
    """The error of a failed command, with its last line of output without secrets."""
    command, printed = shlex.join(argv), harmless(output.err.strip() or output.out).strip()
    if printed.startswith(GATE):
        return errors.CommandNotAllowed(system=ssh.host.name, user=ssh.host.user, command=command)
    why = printed.splitlines()[-1].rstrip(".") if printed else "it says nothing"
    return errors.CommandFailed(system=ssh.host.name, command=command, status=output.status, why=why)
