"""Workflows: what builds, where, for which platform, when, under which tags."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from deploy.core.units import minutes, plural
from deploy.doctor.rule import Look, Rule
from deploy.doctor.verdicts import Judgement, broken, must, unknown
from deploy.doctor.workflows import SHA, SHORT, ImageBuild, Workflow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from deploy.core.model import Job, Target
    from deploy.doctor.evidence import Evidence
    from deploy.world import World

Workflows = tuple[Workflow, ...]
OFF = "false"
LONGEST = 3600.0  # seconds that a native build may take; 25 minutes are usual


def rules(world: World) -> Iterator[Rule]:
    """Those of all workflows, those of each workflow that builds, and those of each image."""
    buildkit, runner = world.systems.buildkit, world.systems.runner
    endpoint, wanted = buildkit.spec.endpoint if buildkit else "", runner.spec.labels if runner else ()
    targets = tuple(world.targets.values())
    yield Rule("workflow.readable", "Every workflow can be read", _look, readable)
    yield Rule(
        "workflow.builder",
        f"Images are built by the remote BuildKit{endpoint and f' at {endpoint}'}, and nowhere else",
        _look,
        partial(remote_buildkit, endpoint, tuple(world.targets.workers)),
    )
    yield Rule("workflow.no-emulation", "No workflow emulates another processor (QEMU)", _look, emulation)
    for file in sorted({target.workflow for target in targets}):
        branch = world.systems.github.branch
        title = f"Builds run on the runner's labels {', '.join(wanted)}".rstrip()
        yield Rule(f"workflow.labels:{file}", title, _look, partial(labels, file, wanted))
        yield Rule(
            f"workflow.trigger:{file}", f"A push to {branch} builds", _look, partial(trigger, file, branch)
        )
        yield Rule(
            f"workflow.minutes:{file}", "A build takes minutes, not hours", _jobs_of(file), minutes_long
        )
    for target in one_for_each_image(targets):
        yield from _of_image(target)


def _jobs_of(file: str) -> Look[tuple[Job, ...]]:
    async def look(evidence: Evidence) -> tuple[Job, ...]:
        return await evidence.newest_jobs(file)

    return look


def _of_image(target: Target) -> Iterator[Rule]:
    name, image = name_of(target.image), target.image
    judged: tuple[tuple[str, str, Callable[[Target, Workflows], Judgement]], ...] = (
        ("platform", f"{name} is built for {target.platform}", platform),
        ("tags", f"A build pushes {image}:latest, :<short sha> and :<sha>", tags),
        ("cache", f"A build keeps its layers in {image}:buildcache", cache),
        ("single", "A build adds no provenance and no SBOM, so that a tag is one manifest", single),
    )
    for rule, title, judge in judged:
        yield Rule(f"workflow.{rule}:{name}", title, _look, partial(judge, target))


async def _look(evidence: Evidence) -> Workflows:
    return await evidence.workflows()


def one_for_each_image(targets: Iterable[Target]) -> tuple[Target, ...]:
    """Targets that run the same image are one matter here."""
    return tuple({(target.image, target.workflow, target.platform): target for target in targets}.values())


def name_of(image: str) -> str:
    """`shop` of `ghcr.io/acme/shop`."""
    return image.rpartition("/")[2]


# --- judging


def readable(workflows: Workflows) -> Judgement:
    """What cannot be read might do anything."""
    bad = [f"{workflow.file}: {workflow.problem}" for workflow in workflows if workflow.problem]
    if not workflows:
        return broken(
            "there are no workflow files", "Is the token allowed to read the repository's contents?"
        )
    return must(
        not bad,
        "; ".join(bad) or plural(len(workflows), "file"),
        "Correct these files, so that they are YAML.",
    )


def remote_buildkit(endpoint: str, workers: tuple[str, ...], workflows: Workflows) -> Judgement:
    """Every build, of whatever workflow, goes to the remote BuildKit; but for the workers' images, which are built
    elsewhere for another processor.
    """
    if not endpoint:
        return unknown("fisk does not know where BuildKit runs: fisk.toml has no table [buildkit]")
    fix = (
        "Set docker/setup-buildx-action up before the build, with `driver: remote`"
        f" and `endpoint: {endpoint}`, and take other builds out; workers' images are listed under `[doctor]`."
    )
    every = [(workflow, build) for workflow in workflows for build in workflow.builds]
    found = [(workflow, build) for workflow, build in every if not _is_of(workers, build)]
    astray = [
        f"{_at(workflow, build)} builds {_where(build)}"
        for workflow, build in found
        if build.endpoint != endpoint
    ]
    if not astray and (why := _unread(workflows)):
        return unknown(why)
    if not found:
        return broken("no workflow builds an image", fix)
    return must(not astray, "; ".join(astray) or f"{plural(len(found), 'build')}, all of them there", fix)


def _unread(workflows: Workflows) -> str:
    """Why nobody knows what all workflows do; empty where every one was read."""
    if not workflows:
        return "fisk sees no workflow files"
    bad = [workflow.file for workflow in workflows if workflow.problem]
    return f"fisk cannot read {', '.join(bad)}" if bad else ""


def _is_of(images: tuple[str, ...], build: ImageBuild) -> bool:
    """Whether it pushes these images and no others."""
    names = tuple(f"{image}:" for image in images)
    return bool(build.tags) and all(tag.startswith(names) for tag in build.tags)


def _at(workflow: Workflow, build: ImageBuild) -> str:
    return f"{workflow.file}, job {build.job}"


def _where(build: ImageBuild) -> str:
    return f"at {build.endpoint}" if build.endpoint else "on the runner itself"


def emulation(workflows: Workflows) -> Judgement:
    """QEMU takes four to eight hours for what takes twenty minutes without it."""
    found = [f"{workflow.file}: {what}" for workflow in workflows for what in workflow.emulates]
    fix = "Take it out, and build for one platform on the remote BuildKit, which has the right processor."
    if not found and (why := _unread(workflows)):
        return unknown(why)
    return must(not found, "; ".join(found) or f"none of {plural(len(workflows), 'file')} does", fix)


def labels(file: str, wanted: tuple[str, ...], workflows: Workflows) -> Judgement:
    """The jobs that build ask for exactly the labels of the self-hosted runner, in any order."""
    if not wanted:
        return unknown("fisk.toml names no labels under [runner]")
    builds = _builds(file, workflows)
    if not builds:
        return _no_builds(file)
    other = {build.job: build.labels for build in builds if set(build.labels) != set(wanted)}
    told = "; ".join(f"job {job} runs on {', '.join(has) or 'nothing'}" for job, has in other.items())
    fix = f"In {file}: `runs-on: [{', '.join(wanted)}]`."
    return must(not other, told or f"{plural(len(builds), 'build')} in {file}", fix)


def trigger(file: str, branch: str, workflows: Workflows) -> Judgement:
    """A push to the branch starts the workflow."""
    found = next((workflow for workflow in workflows if workflow.file == file), None)
    if found is None or found.problem:
        return _no_builds(file)
    told = f"pushes to {', '.join(found.pushes)} start it" if found.pushes else "no push starts it"
    return must(found.starts_at(branch), f"{file}: {told}", f"In {file}: `on: push: branches: [{branch}]`.")


def minutes_long(jobs: tuple[Job, ...]) -> Judgement:
    """Under emulation they take four to eight hours, whatever the workflow says. What counts is how long each job
    worked when it last went well: a build may wait for the runner, and a rerun may be of the last job alone.
    """
    good = sorted((job for job in jobs if job.conclusion == "success"), key=lambda job: job.started)
    took = {job.name: job.finished - job.started for job in good}
    if not took:
        return unknown("GitHub lists no jobs of the newest good build")
    fix = "Find out what emulates: `/fisk build SHA` shows which step takes long, `/fisk buildkit status` the builder."
    name, longest = max(took.items(), key=lambda one: one[1])
    return must(longest <= LONGEST, f"job {name} of the newest good one took {minutes(longest)}", fix)


def platform(target: Target, workflows: Workflows) -> Judgement:
    """One platform, the target's."""
    builds = _of(target, workflows)
    if not builds:
        return _no_builds(target.workflow, target.image)
    other = [
        ", ".join(build.platforms) or "whatever BuildKit's own is"
        for build in builds
        if build.platforms != (target.platform,)
    ]
    fix = f"In {target.workflow}: `platforms: {target.platform}`."
    return must(
        not other, f"built for {'; '.join(other)}" if other else f"`platforms: {target.platform}`", fix
    )


def tags(target: Target, workflows: Workflows) -> Judgement:
    """The three tags that deploys, people and Coolify go by. What an expression hides nobody can tell."""
    builds = _of(target, workflows)
    if not builds:
        return _no_builds(target.workflow, target.image)
    pushed = {tag for build in builds for tag in build.tags}
    missing = [name for tag, name in WANTED if f"{target.image}:{tag}" not in pushed]
    hidden = sorted(tag for tag in pushed if "${{" in tag)
    if missing and hidden:
        return unknown(
            f"fisk cannot resolve {', '.join(hidden)}, and finds no other {' and no '.join(missing)}"
        )
    fix = f"In {target.workflow}: push {target.image}:latest, its seven digits and its forty digits."
    return must(not missing, f"not pushed: {', '.join(missing)}" if missing else "all three", fix)


WANTED = (("latest", "latest"), (SHORT, "short sha"), (SHA, "sha"))


def cache(target: Target, workflows: Workflows) -> Judgement:
    """Layers are kept in the registry, so that a new builder is no slow one."""
    builds = _of(target, workflows)
    if not builds:
        return _no_builds(target.workflow, target.image)
    reference = f"{target.image}:buildcache"
    caches = all(any(f"ref={reference}" in part.split(",") for part in build.cache_to) for build in builds)
    fix = f"In {target.workflow}: `cache-to: type=registry,ref={reference},mode=max`."
    return must(caches, f"cache-to {reference}" if caches else f"no cache-to names {reference}", fix)


def single(target: Target, workflows: Workflows) -> Judgement:
    """With either of them buildx pushes an index where a manifest is expected."""
    builds = _of(target, workflows)
    if not builds:
        return _no_builds(target.workflow, target.image)
    on = sorted({name for build in builds for name in ("provenance", "sbom") if build.flags.get(name) != OFF})
    fix = f"In {target.workflow}: {' and '.join(f'`{name}: false`' for name in on)}."
    return must(not on, f"not switched off: {', '.join(on)}" if on else "both are switched off", fix)


def _builds(file: str, workflows: Workflows) -> tuple[ImageBuild, ...]:
    return tuple(build for workflow in workflows if workflow.file == file for build in workflow.builds)


def _of(target: Target, workflows: Workflows) -> tuple[ImageBuild, ...]:
    """The builds of an image: by its tags, or all where none names it (then the tags are at fault)."""
    builds = tuple(build for build in _builds(target.workflow, workflows) if not build.command)
    named = tuple(build for build in builds if any(tag.startswith(f"{target.image}:") for tag in build.tags))
    return named or builds


def _no_builds(file: str, image: str = "") -> Judgement:
    what = image or "an image"
    return broken(
        f"{file} builds no {what}" if image else f"{file} builds no image",
        f"Is it {file} that builds it? Correct `workflow` in fisk.toml, or the file.",
    )
