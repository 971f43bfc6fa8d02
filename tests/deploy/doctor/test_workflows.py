"""Parsing of workflow files, in the forms that people write."""

from __future__ import annotations

from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.doctor import workflows
from deploy.doctor.workflows import ImageBuild, Workflow
from sandbox.github.contents import BUILD, CI

LABELS = ("self-hosted", "linux", "x64", "fiskai-build")
APP = "ghcr.io/wandeon/fiskai-app"


def read(text: str) -> Workflow:
    return workflows.read(".github/workflows/build.yml", dedent(text))


def test_the_storys_workflow_is_read_whole() -> None:
    assert read(BUILD.replace("ENDPOINT", "tcp://100.64.123.81:1234")) == Workflow(
        ".github/workflows/build.yml",
        ("main",),
        (
            ImageBuild(
                job="build",
                labels=LABELS,
                endpoint="tcp://100.64.123.81:1234",
                platforms=("linux/arm64",),
                tags=(f"{APP}:latest", f"{APP}:<short>", f"{APP}:<sha>"),
                cache_to=(f"type=registry,ref={APP}:buildcache,mode=max",),
                flags={"provenance": "false", "sbom": "false"},
            ),
        ),
    )
    assert read(CI) == Workflow(".github/workflows/build.yml", ("**",))


def test_every_combination_of_a_matrix_is_a_build() -> None:
    text = """
        on: {push: {branches: main}}
        jobs:
          build:
            runs-on: {group: big, labels: [self-hosted, "${{ matrix.arch }}"]}
            strategy:
              matrix:
                arch: [arm64, amd64]
                include: [{arch: riscv}]
            steps:
              - uses: docker/build-push-action@v6
                with:
                  platforms: linux/${{ matrix.arch }}
                  tags: app:${{ github.sha }},app:${{ steps.vars.outputs.short_sha }}
    """
    found = read(text)
    assert found.pushes == ("main",)
    assert [(build.labels, build.platforms) for build in found.builds] == [
        (("self-hosted", "arm64"), ("linux/arm64",)),
        (("self-hosted", "amd64"), ("linux/amd64",)),
        (("self-hosted", "riscv"), ("linux/riscv",)),
    ]
    assert {build.tags for build in found.builds} == {("app:<sha>", "app:<short>")}


def test_what_an_expression_hides_stays_as_it_is() -> None:
    text = """
        jobs:
          build:
            steps:
              - uses: docker/build-push-action@v6
                with: {tags: "${{ vars.IMAGE }}:latest"}
    """
    (build,) = read(text).builds
    assert build.tags == ("${{ vars.IMAGE }}:latest",)


@pytest.mark.parametrize(
    ("step", "found"),
    [
        ("uses: docker/setup-qemu-action@v3", "setup-qemu-action in job build"),
        ("run: docker run --privileged tonistiigi/binfmt --install all", "tonistiigi/binfmt in job build"),
        ("run: apt-get install -y qemu-user-static", "qemu-user-static in job build"),
        (
            "{uses: docker/build-push-action@v6, with: {platforms: 'linux/amd64,linux/arm64'}}",
            "platforms linux/amd64, linux/arm64 in job build",
        ),
    ],
)
def test_emulation_is_seen_in_every_form(step: str, found: str) -> None:
    assert read(
        f"jobs: {{build: {{steps: [{step}]}}}}"
        if step[0] == "{"
        else f"jobs:\n  build:\n    steps:\n      - {step}\n"
    ).emulates == (found,)


@pytest.mark.parametrize("command", ["docker build .", "docker buildx build --push .", "docker buildx bake"])
def test_a_command_line_that_builds_is_a_build(command: str) -> None:
    (build,) = read(f"jobs:\n  build:\n    runs-on: x\n    steps:\n      - run: {command}\n").builds
    assert build == ImageBuild("build", ("x",), command=True)


@pytest.mark.parametrize(
    ("text", "pushes"),
    [
        ("on: push", ("**",)),
        ("on: [push, pull_request]", ("**",)),
        ("on: {push: }", ("**",)),
        ("on: {push: {paths: [src/**]}}", ("**",)),
        ("on: {push: {tags: ['v*']}}", ()),
        ("on: {push: {tags-ignore: ['v*']}}", ()),
        ("on: {push: {tags: ['v*'], branches: [main]}}", ("main",)),
        ("on: {push: {branches-ignore: [main, 'wip/**']}}", ("**", "!main", "!wip/**")),
        ("on: {push: {branches: [main, 'release/**']}}", ("main", "release/**")),
        ("'on': {workflow_dispatch: }", ()),
        ("jobs: {}", ()),
    ],
)
def test_which_pushes_start_it(text: str, pushes: tuple[str, ...]) -> None:
    assert read(text).pushes == pushes


@pytest.mark.parametrize(
    ("pushes", "starts"),
    [
        (("main",), True),
        (("**",), True),
        (("*",), True),
        (("m?ain",), True),
        (("ma+in",), True),
        (("[a-m]ain",), True),
        (("mai\\n",), True),
        (("release/**", "main"), True),
        (("!main", "**"), True),
        (("**", "!main"), False),
        (("**", "!ma*"), False),
        (("!release",), False),
        (("release/**",), False),
        (("m*n/*",), False),
        (("[",), False),
        (("+",), False),
        ((), False),
    ],
)
def test_the_last_pattern_that_fits_decides_whether_a_push_to_main_builds(
    pushes: tuple[str, ...], *, starts: bool
) -> None:
    assert Workflow("build.yml", pushes).starts_at("main") is starts


def test_a_star_alone_stops_at_a_slash() -> None:
    one, two = Workflow("one.yml", ("release/*",)), Workflow("two.yml", ("release/**",))
    assert [each.starts_at("release/1") for each in (one, two)] == [True, True]
    assert [each.starts_at("release/1/x") for each in (one, two)] == [False, True]


@pytest.mark.parametrize(
    "text", ["a: [", "- just\n- a list", "", "a: !!python/object:os.system {}", "&a [*a]" * 3]
)
def test_what_is_no_workflow_has_a_problem(text: str) -> None:
    assert read(text).problem


KEYS = st.sampled_from(
    ["on", "jobs", "steps", "uses", "with", "run", "env", "strategy", "matrix", "include", "runs-on", "tags"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)


@given(JSON)
def test_nothing_that_yaml_can_say_breaks_the_reading(raw: object) -> None:
    import json  # noqa: PLC0415 (JSON is YAML)

    assert read(json.dumps(raw)).path
