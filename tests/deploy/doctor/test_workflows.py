"""Workflow files as people write them, and what is read of them."""

from __future__ import annotations

import json
from dataclasses import asdict
from textwrap import dedent

import pytest
from hypothesis import given, strategies as st

from deploy.doctor.workflows import Deploys, Emulation, ImageBuild, Workflow, triggers
from deploy.doctor.workflows.reader import Reader
from deploy.redis import codec
from sandbox.github.contents import BUILD, CI

PATH = ".github/workflows/build.yml"
LABELS = ("self-hosted", "linux", "x64", "fiskai-build")
APP = "ghcr.io/wandeon/fiskai-app"


def read(text: str, **files: str) -> Workflow:
    reader = Reader("Wandeon/FiskAI", "main", {PATH: dedent(text), **files})
    return reader.read(PATH)[0]


def test_the_storys_workflow_is_read_whole() -> None:
    assert read(BUILD.replace("ENDPOINT", "tcp://100.64.123.81:1234")) == Workflow(
        PATH,
        pushes=("main",),
        starts=True,
        builds=(
            ImageBuild(
                job="build",
                labels=LABELS,
                step="Build and push",
                endpoint="tcp://100.64.123.81:1234",
                platforms=("linux/arm64",),
                tags=(f"{APP}:latest", f"{APP}:<short>", f"{APP}:<sha>"),
                names=(APP,),
                cache_to=(f"type=registry,ref={APP}:buildcache,mode=max",),
                flags={"provenance": "false", "sbom": "false"},
            ),
        ),
        deploys=(Deploys("deploy", "number 1", "/api/v1/applications/$APP/restart"),),
    )
    assert read(CI) == Workflow(PATH, pushes=("**",), starts=True)


def test_every_combination_of_a_matrix_is_a_build() -> None:
    text = """
        on: {push: {branches: main}}
        jobs:
          build:
            runs-on: {group: big, labels: [self-hosted, "${{ matrix.arch }}"]}
            strategy:
              matrix:
                arch: [arm64, amd64]
                include: [{arch: riscv64}]
            steps:
              - id: vars
                run: echo "short_sha=$(git rev-parse --short HEAD)" >> "$GITHUB_OUTPUT"
              - uses: docker/build-push-action@v6
                with:
                  push: true
                  platforms: linux/${{ matrix.arch }}
                  tags: app:${{ github.sha }},app:${{ steps.vars.outputs.short_sha }}
    """
    found = read(text)
    assert found.pushes == ("main",)
    assert [(build.labels, build.platforms) for build in found.builds] == [
        (("self-hosted", "arm64"), ("linux/arm64",)),
        (("self-hosted", "amd64"), ("linux/amd64",)),
        (("self-hosted", "riscv64"), ("linux/riscv64",)),
    ]
    assert {build.tags for build in found.builds} == {("app:<sha>", "app:<short>")}


def test_what_an_expression_hides_stays_as_it_is() -> None:
    text = """
        jobs:
          build:
            steps:
              - uses: docker/build-push-action@v6
                with: {push: true, tags: "${{ vars.IMAGE }}:latest"}
    """
    (build,) = read(text).builds
    assert build.tags == ("${{ vars.IMAGE }}:latest",)


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("github.repository", "Wandeon/FiskAI"),
        ("github.repository_owner", "Wandeon"),
        ("GitHub.Repository", "Wandeon/FiskAI"),
        ("github['sha']", "<sha>"),
        ("github.event.repository.name", "FiskAI"),
        ("github.ref_name", "main"),
        ("github.event_name == 'PUSH' && 'yes' || 'no'", "yes"),
        ("(1 < 2) && !false", "true"),
        ("inputs.platform || 'linux/arm64'", "linux/arm64"),
        ("format('{0}/{1}', 'linux', 'arm64')", "linux/arm64"),
        ('fromJSON(\'["x", "y"]\')[1]', "y"),
        ("join(fromJSON('[\"x\", \"y\"]'), '-')", "x-y"),
        ("contains(github.ref, 'heads') && 'it''s'", "it's"),
        ("startsWith(github.ref, 'refs/tags/')", "false"),
        ("case(false, 'a', true, 'b', 'c')", "b"),
        ("vars.X || 'default'", "${{ vars.X || 'default' }}"),
        ("vars.X == 'a' && 'b'", "${{ vars.X == 'a' && 'b' }}"),
        ("secrets.X", "${{ secrets.X }}"),
        ("hashFiles('**')", "${{ hashFiles('**') }}"),
        ("1 +", "${{ 1 + }}"),
    ],
)
def test_expressions_say_what_github_makes_of_them(expression: str, said: str) -> None:
    text = f"""
        on: {{push: {{branches: [main]}}}}
        jobs:
          build:
            runs-on: x
            steps:
              - uses: docker/build-push-action@v6
                with:
                  cache-to: |
                    ${{{{ {expression} }}}}
    """
    (build,) = read(text).builds
    assert build.cache_to == (said,)


@pytest.mark.parametrize(
    ("step", "found"),
    [
        (
            "uses: docker/setup-qemu-action@v3",
            "setup-qemu-action in job build, step docker/setup-qemu-action@v3",
        ),
        (
            "run: docker run --privileged tonistiigi/binfmt --install all",
            "tonistiigi/binfmt in job build, step number 1",
        ),
        ("run: apt-get install -y qemu-user-static", "qemu-user-static in job build, step number 1"),
    ],
)
def test_emulation_is_seen_in_every_form(step: str, found: str) -> None:
    assert read(f"jobs:\n  build:\n    steps:\n      - {step}\n").emulates == (Emulation(found),)


@pytest.mark.parametrize("command", ["docker build .", "docker buildx build --push ."])
def test_a_command_line_that_builds_is_a_build(command: str) -> None:
    (build,) = read(f"jobs:\n  build:\n    runs-on: x\n    steps:\n      - run: {command}\n").builds
    assert build == ImageBuild("build", ("x",), "number 1", ordinary=False)


def test_what_is_read_survives_its_way_between_processes() -> None:
    for text in (
        BUILD,
        CI,
        "jobs: {x: {steps: [{uses: docker/setup-qemu-action@v3}, {run: docker push x}]}}",
    ):
        assert codec.validate(Workflow, json.loads(json.dumps(asdict(read(text))))) == read(text)


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
        (("[xm][a]in",), True),
        (("mai\\n",), True),
        (("**n",), True),
        (("**a**",), True),
        (("release/**", "main"), True),
        (("!main", "**"), True),
        (("**", "!main"), False),
        (("**", "!ma*"), False),
        (("!release",), False),
        (("release/**",), False),
        (("m*n/*",), False),
        (("[",), False),
        (("+",), False),
        (("**" * 200 + "x",), False),
        ((), False),
    ],
)
def test_the_last_pattern_that_fits_decides_whether_a_push_to_main_builds(
    pushes: tuple[str, ...], *, starts: bool
) -> None:
    assert triggers.starts_at(pushes, "main") is starts


def test_a_star_alone_stops_at_a_slash() -> None:
    names = ("release/1", "release/1/x")
    assert [triggers.starts_at(["release/*"], each) for each in names] == [True, False]
    assert [triggers.starts_at(["release/**"], each) for each in names] == [True, True]


def test_a_pattern_that_is_longer_than_anybody_writes_leaves_its_file_unread() -> None:
    found = read(f"on: {{push: {{branches: ['{'x' * 501}']}}}}")
    assert found == Workflow(PATH, unread="a pattern of its branches is longer than 500 characters")


@pytest.mark.parametrize(
    "text",
    ["a: [", "- just\n- a list", "", "a: !!python/object:os.system {}", "&a [*a]" * 3, "on: push\non: push"],
)
def test_what_is_no_workflow_has_a_problem(text: str) -> None:
    assert read(text).problem


KEYS = st.sampled_from(
    [
        *(
            "on",
            "push",
            "jobs",
            "steps",
            "uses",
            "with",
            "run",
            "env",
            "strategy",
            "matrix",
            "include",
            "exclude",
        ),
        *("runs-on", "tags", "platforms", "if", "needs", "outputs", "inputs", "defaults", "branches", "id"),
    ]
)
WORDS = st.sampled_from(
    [
        *(
            "push",
            "docker/build-push-action@v6",
            "docker/setup-buildx-action@v3",
            "docker/metadata-action@v5",
        ),
        *(
            "./.github/workflows/build.yml",
            "./x",
            "docker build $X",
            "${{ matrix.a }}",
            "${{ env.A",
            "type=sha,a=b",
        ),
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=25,
)


@given(JSON, JSON)
def test_nothing_that_yaml_can_say_breaks_the_reading(job: object, step: object) -> None:
    jobs = {"one": job, "two": {"runs-on": "x", "strategy": job, "steps": [step, step]}}
    found = read(json.dumps({"on": "push", "env": step, "jobs": jobs}))
    assert "fisk gets it wrong" not in found.unread


@given(st.text(alphabet="abd$(){}'\"`\\ \n;|&<>[]#=", max_size=40))
def test_no_script_breaks_the_reading(script: str) -> None:
    steps = [{"run": script}, {"run": f"docker build {script}"}]
    found = read(json.dumps({"on": "push", "jobs": {"x": {"runs-on": "x", "steps": steps}}}))
    assert not found.why_unknown
    assert found.builds or found.doubts
