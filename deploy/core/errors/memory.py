"""What keeps fisk out of its memory: the way there, the login, the rights, the sentinels."""

from __future__ import annotations

from deploy.core.errors.work import StateUnavailable


class MemoryClosed(StateUnavailable):
    """The memory, or the way to it, is not as FISK_REDIS_URL says. A subclass says what differs."""

    slug = ""


# --- unix sockets


class MemoryNoSocket(MemoryClosed):
    slug = "memory_no_socket"
    says = "There is no socket of fisk's memory at {where}, so it begins nothing."
    hint = (
        "Start Redis or Valkey, or correct the path in FISK_REDIS_URL; a container needs its folder mounted."
    )


class MemorySocketForbidden(MemoryClosed):
    slug = "memory_socket_forbidden"
    says = "fisk's user may not use the socket of its memory ({where}), so it begins nothing."
    hint = "Add fisk's user to the group of the socket, and set `unixsocketperm 770`; the folder counts, too."


# --- TLS


class MemoryWithoutTls(MemoryClosed):
    slug = "memory_without_tls"
    says = "fisk's memory speaks no TLS at {where}, so it begins nothing."
    hint = "Name its `tls-port` in FISK_REDIS_URL, or write redis:// instead of rediss://."


class MemoryWantsTls(MemoryClosed):
    slug = "memory_wants_tls"
    says = "fisk's memory speaks only TLS at {where}, so it begins nothing."
    hint = "Write rediss:// instead of redis:// in FISK_REDIS_URL."


class MemoryUntrusted(MemoryClosed):
    slug = "memory_untrusted"
    says = "No authority that fisk trusts vouches for the certificate of its memory ({where}), so it begins nothing."
    hint = "Name your own authority's certificate in FISK_REDIS_URL: `?ssl_ca_certs=/path/ca.pem`."


class MemoryMisnamed(MemoryClosed):
    slug = "memory_misnamed"
    says = "The certificate of fisk's memory is for another name than that of {where}, so it begins nothing."
    hint = "Use a name in FISK_REDIS_URL that the certificate has, or have one made for this name."


class MemoryExpired(MemoryClosed):
    slug = "memory_expired"
    says = "The certificate of fisk's memory ({where}) is not valid today, so it begins nothing."
    hint = "Renew it; where it is new, look at this machine's clock."


class MemoryWantsCertificate(MemoryClosed):
    slug = "memory_wants_certificate"
    says = "fisk's memory ({where}) wants a certificate of fisk's, so it begins nothing."
    hint = "Name it in FISK_REDIS_URL: `?ssl_certfile=/path/fisk.pem&ssl_keyfile=/path/fisk.key`."


class MemoryRefusesCertificate(MemoryClosed):
    slug = "memory_refuses_certificate"
    says = "fisk's memory ({where}) does not accept fisk's certificate, so it begins nothing."
    hint = "It must be valid, and from the authority in the server's `tls-ca-cert-file`."


# --- login and rights


class MemoryWantsPassword(MemoryClosed):
    slug = "memory_wants_password"
    says = "fisk's memory ({where}) asks for a password and got none, so it begins nothing."
    hint = "Put it in FISK_REDIS_PASSWORD, or as USER:PASSWORD@ in FISK_REDIS_URL."


class MemoryWrongPassword(MemoryClosed):
    slug = "memory_wrong_password"
    says = "fisk's memory ({where}) has no such user with that password, so it begins nothing."
    hint = "Look at the user's name, at the password and whether the user is `on`: the server does not say which."


class MemoryWithoutPassword(MemoryClosed):
    slug = "memory_without_password"
    says = "fisk's memory ({where}) has no password, but got one, so it begins nothing."
    hint = "Set `requirepass` there, or name an ACL user in FISK_REDIS_URL, or empty FISK_REDIS_PASSWORD."


class MemoryForbids(MemoryClosed):
    slug = "memory_forbids"
    says = "fisk's memory ({where}) does not let its user use {what}, so it begins nothing."
    hint = "docs/operations.md shows an ACL user that has every right that fisk needs."
    what: str


# --- more than one server


class MemoryIsCluster(MemoryClosed):
    slug = "memory_is_cluster"
    says = "fisk's memory ({where}) is one of several nodes of a cluster, so it begins nothing."
    hint = (
        "Give it one Redis or Valkey of its own, with replicas and Sentinel where one machine is not enough."
    )


class SentinelsSilent(MemoryClosed):
    slug = "sentinels_silent"
    says = "None of the sentinels of fisk's memory answers ({where}), so it begins nothing."
    hint = "Start them, or correct their addresses in FISK_REDIS_URL."


class SentinelsRefuse(MemoryClosed):
    slug = "sentinels_refuse"
    says = "The sentinels of fisk's memory ({where}) do not accept fisk's login, so it begins nothing."
    hint = "Their own login is `?sentinel_username=…&sentinel_password=…` in FISK_REDIS_URL."


class ServiceUnknown(MemoryClosed):
    slug = "service_unknown"
    says = "The sentinels of fisk's memory know no master of the name in {where}, so it begins nothing."
    hint = "The name after the addresses in FISK_REDIS_URL is that of `sentinel monitor NAME`."


class SentinelsDisagree(MemoryClosed):
    slug = "sentinels_disagree"
    says = "Too few sentinels of fisk's memory agree on its master ({where}), so it begins nothing."
    hint = (
        "Bring the others back: what most of them name is the master. What was under way resumes by itself."
    )
