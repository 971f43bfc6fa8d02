"""A job's log: time stamps, colours, and leaked strings that look like secrets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sandbox.clock import iso
from sandbox.github.phases import BUILD_STEP

if TYPE_CHECKING:
    from sandbox.clock import Clock
    from sandbox.github.phases import Phase

LEAKED_TOKEN = "ghp_" + "c2FuZGJveGVkdG9rZW4wMTIzNDU2Nzg5YWJj"  # grants no access
LEAKED_PASSWORD = "correct-horse-battery"  # noqa: S105 (likewise)

WORKED = (
    "#1 [internal] load build definition from Dockerfile",
    "#8 [deps 3/4] RUN npm ci",
    "#8 38.02 added 1412 packages in 37s",
    "#14 [builder 6/7] RUN npm run build",
    "#14 212.7 \x1b[32m✓\x1b[0m Compiled successfully",
    "#21 exporting to image",
)
FAILED = (
    "#1 [internal] load build definition from Dockerfile",
    *(f"#8 [deps {layer}/24] COPY packages/module-{layer:02}/package.json ." for layer in range(1, 25)),
    f"#13 0.312 npm config set //npm.pkg.github.com/:_authToken={LEAKED_TOKEN}",
    f"#13 0.398 fetching https://builder:{LEAKED_PASSWORD}@mirror.fiskai.example/npm",
    "#14 [builder 4/7] RUN npm ci",
    "#14 41.20 \x1b[31mnpm ERR!\x1b[0m code ERESOLVE",
    "#14 41.21 \x1b[31mnpm ERR!\x1b[0m ERESOLVE could not resolve <react@19> & its <peers>",
    "#14 41.30 npm ERR! Found: react@19.0.0",
    '#14 ERROR: process "/bin/sh -c npm ci" did not complete successfully: exit code: 1',
    '##[error]buildx failed with: ERROR: process "npm ci" did not complete: exit code: 1',
)


def text(steps: tuple[Phase, ...], conclusion: str, clock: Clock, pushed: tuple[str, ...] = ()) -> str:
    """The whole log of a job; `pushed` are the references `IMAGE:TAG@DIGEST` that its build pushed."""
    return "".join(f"{stamp} {line}\n" for stamp, line in _lines(steps, conclusion, clock, pushed))


def _lines(
    steps: tuple[Phase, ...], conclusion: str, clock: Clock, pushed: tuple[str, ...]
) -> Iterator[tuple[str, str]]:
    for step in steps:
        if step.conclusion == "skipped":
            continue
        stamp = f"{iso(clock.stamp(step.begins))[:-1]}.0314150Z"
        yield stamp, f"##[group]Run {step.name}"
        yield stamp, "##[endgroup]"
        for line in _output(step, conclusion, pushed):
            yield f"{iso(clock.stamp(step.ends))[:-1]}.0000000Z", line


def _output(step: Phase, conclusion: str, pushed: tuple[str, ...]) -> tuple[str, ...]:
    if step.name == BUILD_STEP:
        return FAILED if conclusion == "failure" else (*WORKED, *_pushes(pushed))
    return ("Post job cleanup.",) if step.name.startswith("Post") else ()


def _pushes(pushed: tuple[str, ...]) -> Iterator[str]:
    """BuildKit's lines for each tag that it pushed: when it began, and again when it was done."""
    for reference in pushed:
        yield f"#21 pushing manifest for {reference}"
        yield f"#21 pushing manifest for {reference} 1.3s done"
