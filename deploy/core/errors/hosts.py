"""Failures of a host: of the ssh connection to it, or of a command on it."""

from __future__ import annotations

from deploy.core.errors.systems import SystemFailure


class HostFailure(SystemFailure):
    """`system` is the host's name, which the code does not contain, since users choose it."""

    @property
    def code(self) -> str:
        return f"host_{self.slug}"


class LoginFailure(HostFailure):
    """A failed ssh login: the address, the user, and the key files. `entry` is the host's name in known_hosts."""

    address: str
    port: int
    user: str
    known_hosts: str
    key: str
    entry: str


class HostKeyChanged(LoginFailure):
    slug = "key_changed"
    says = "{system} shows another host key than the one in {known_hosts}, so fisk did not log in."
    hint = (
        "Was the machine set up anew? Then put its new key there: `ssh-keygen -R {entry} -f {known_hosts}`,"
        " and add the line that its console shows. Otherwise somebody may stand in between: do not go on."
    )


class UnknownHost(LoginFailure):
    slug = "unknown"
    says = "{known_hosts} has no host key of {system}, so fisk did not log in."
    hint = "Compare {fingerprint} with the machine's console, then: `ssh-keyscan -p {port} {address} >> {known_hosts}`."
    fingerprint: str


class KeyRefused(LoginFailure):
    slug = "key_refused"
    says = "{system} refuses the key of {user} ({why})."
    hint = "Add the public key to {user}'s authorized_keys on {system}, or name the right one in `key` of fisk.toml."
    why: str


class KeyUnusable(LoginFailure):
    slug = "key_unusable"
    says = "fisk cannot use the private key {key}: {why}."
    hint = "Put a key without a passphrase there, or leave `key` empty and give fisk an ssh agent."
    why: str


class HostRefused(LoginFailure):
    slug = "refused"
    says = "{system} takes no ssh connection at {address} port {port}."
    hint = "Check that sshd runs there, and `address` and `port` in fisk.toml."


class HostUnreachable(LoginFailure):
    slug = "unreachable"
    says = "{system} cannot be reached at {address} ({why})."
    hint = "Check that the machine is up, and that fisk's is in the same Tailscale network."
    why: str


class HostTimedOut(LoginFailure):
    slug = "timed_out"
    says = "{system} did not answer within {seconds:g} s."
    hint = "Check that the machine is up, and that fisk's is in the same Tailscale network."
    seconds: float


class CommandTimedOut(HostFailure):
    slug = "command_timed_out"
    says = "`{command}` on {system} did not end within {seconds:g} s."
    hint = "It may still run there: look at the machine itself."
    command: str
    seconds: float


class ConnectionLost(HostFailure):
    slug = "connection_lost"
    says = "The connection to {system} was lost while `{command}` ran, so its end is not known."
    hint = "Look at what is so before you do it again."
    command: str


class TooMuchOutput(HostFailure):
    slug = "too_much_output"
    says = "`{command}` on {system} said more than {most} bytes, so fisk stopped listening."
    hint = "Look at the machine itself."
    command: str
    most: int


class CommandNotAllowed(HostFailure):
    slug = "command_not_allowed"
    says = "The key of {user} on {system} is locked down and does not allow `{command}`."
    hint = "Add that line to the gate's list of commands on {system}."
    user: str
    command: str


class CommandFailed(HostFailure):
    slug = "command_failed"
    says = "`{command}` on {system} failed ({status}): {why}."
    hint = "Look at the machine itself."
    command: str
    status: int
    why: str


class NoCompose(HostFailure):
    slug = "no_compose"
    says = "{system} has neither `docker compose` nor `docker-compose`."
    hint = "Install one of them there, or name the command as `compose` under the target in fisk.toml."


class ComposeBusy(HostFailure):
    slug = "compose_busy"
    says = "docker compose is already at work in {folder} on {system}."
    hint = "Wait until it is done there."
    folder: str


class NoSuchService(HostFailure):
    slug = "no_such_service"
    says = "systemd on {system} knows no {service}."
    hint = "Correct `service` under `[runner]` in fisk.toml."
    service: str


class NotOnAHost(HostFailure):
    slug = "not_configured"
    says = "fisk does not know {what}: fisk.toml has no table {table}."
    hint = "`fisk.example.toml` shows it; afterwards restart fisk and run `fisk check`."
    what: str
    table: str
    system: str = ""
