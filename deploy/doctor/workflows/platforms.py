"""Platforms as builders take them, which have several names for one.

https://github.com/containerd/platforms (Normalize)
"""

from __future__ import annotations

SAME = {
    "aarch64": "arm64",
    "arm64/v8": "arm64",
    "aarch64/v8": "arm64",
    "x86_64": "amd64",
    "x86-64": "amd64",
    "amd64/v1": "amd64",
    "x86_64/v1": "amd64",
    "x86-64/v1": "amd64",
    "i386": "386",
    "i686": "386",
    "armhf": "arm/v7",
    "arm": "arm/v7",
    "armel": "arm/v6",
}
SYSTEMS = ("linux", "windows", "darwin", "freebsd")
PROCESSORS = ("amd64", "arm64", "386", "arm", "riscv64", "ppc64le", "s390x")


def normal(platform: str) -> str:
    """`linux/arm64` of `linux/aarch64`, `linux/arm64/v8` and `arm64`; what is no platform stays as it is."""
    if "$" in platform:
        return platform
    system, _, processor = platform.strip().lower().partition("/")
    if system not in SYSTEMS:
        system, processor = "linux", platform.strip().lower()
    made = SAME.get(processor, processor)
    return f"{system}/{made}" if made.partition("/")[0] in PROCESSORS else platform.strip()


def several(platforms: list[str]) -> tuple[str, ...]:
    """Each platform once."""
    return tuple(dict.fromkeys(normal(each) for each in platforms))
