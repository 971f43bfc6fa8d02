"""Workflows: what builds, where, for which platform, when, under which tags."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from deploy.core.units import minutes, plural
from deploy.doctor.evidence import Evidence
from deploy.doctor.rule import Rule
from deploy.doctor.rules_workflow_image import (
    NO_SUCH_FILE,
    Workflows,
    at,
    cache,
    none_builds,
    of_file,
    of_image,
    platform,
    single,
    tags,
)
from deploy.doctor.verdicts import Judgement, broken, holds, must, unknown
from deploy.doctor.workflows import ImageBuild, Workflow, resolved
from deploy.doctor.workflows.platforms import normal

if TYPE_CHECKING:
    from deploy.core.model import Job, Target
    from deploy.world import World

NO_BUILDKIT = "fisk does not know where BuildKit runs: fisk.toml has no table [buildkit]"
LONGEST = 3600.0  # seconds that a native build may take; 25 minutes are usual


def rules(world: World) -> Iterator[Rule]:
    """Those of all workflows, those of each workflow that builds, and those of each image."""
    buildkit, runner = world.systems.buildkit, world.systems.runner
    endpoint, wanted = buildkit.spec.endpoint if buildkit else "", runner.spec.labels if runner else ()
    platform = buildkit.spec.platform if buildkit else ""
    targets = world.its_targets
    look = Evidence.workflows
    yield Rule("workflow.readable", "Every workflow can be read", look, readable)
    title = f"Images are built by the remote BuildKit{endpoint and f' at {endpoint}'}, and nowhere else"
    judge = partial(remote_buildkit, endpoint, tuple(world.targets.workers))
    yield Rule("workflow.builder", title, look, judge)
    title = "No workflow emulates another processor (QEMU)"
    yield Rule("workflow.no-emulation", title, look, partial(emulation, endpoint, platform))
    for file in sorted({target.workflow for target in targets}):
        branch = world.systems.github.branch
        title = f"Builds run on the runner's labels {', '.join(wanted)}".rstrip()
        yield Rule(f"workflow.labels:{file}", title, look, partial(labels, file, wanted))
        title, jobs = f"A push to {branch} builds", partial(Evidence.newest_jobs, workflow=file)
        yield Rule(f"workflow.trigger:{file}", title, look, partial(trigger, file, branch))
        yield Rule(f"workflow.minutes:{file}", "A build takes minutes, not hours", jobs, minutes_long)
    for target in one_for_each_image(targets):
        yield from _of_image(target)


def _of_image(target: Target) -> Iterator[Rule]:
    name, image = name_of(target.image), target.image
    judged = (
        ("platform", f"{name} is built for {target.platform}", platform),
        ("tags", f"A build pushes {image}:latest, :<short sha> and :<sha>", tags),
        ("cache", f"A build keeps its layers in {image}:buildcache", cache),
        ("single", "A build adds no provenance and no SBOM, so that a tag is one manifest", single),
    )
    for rule, title, judge in judged:
        yield Rule(f"workflow.{rule}:{name}", title, Evidence.workflows, partial(of_image, judge, target))


def one_for_each_image(targets: Iterable[Target]) -> tuple[Target, ...]:
    """Targets that run the same image are one matter here."""
    return tuple({(target.image, target.workflow, target.platform): target for target in targets}.values())


def name_of(image: str) -> str:
    """`shop` of `ghcr.io/acme/shop`."""
    return image.rpartition("/")[2]


# --- judging


def readable(workflows: Workflows) -> Judgement:
    """What cannot be read might do anything."""
    if not workflows:
        return broken(
            "there are no workflow files", "Is the token allowed to read the repository's contents?"
        )
    if bad := [f"{workflow.file}: {workflow.problem}" for workflow in workflows if workflow.problem]:
        return broken("; ".join(bad), "Correct these files, so that they are YAML.")
    if unread := [
        f"{workflow.file} cannot be read: {workflow.unread}" for workflow in workflows if workflow.unread
    ]:
        return unknown("; ".join(unread), "Write these files in a simpler way.")
    return holds(plural(len(workflows), "file"))


def remote_buildkit(endpoint: str, workers: tuple[str, ...], workflows: Workflows) -> Judgement:
    """Every build, of whatever workflow, goes to the remote BuildKit; but for the workers' images, which are built
    elsewhere for another processor.
    """
    if not endpoint:
        return unknown(NO_BUILDKIT)
    fix = (
        "Set docker/setup-buildx-action up before the build, with `driver: remote`"
        f" and `endpoint: {endpoint}`, and take other builds out; workers' images are listed under `[doctor]`."
    )
    every = [(workflow, build) for workflow in workflows for build in workflow.builds]
    found = [(workflow, build) for workflow, build in every if not _is_of(workers, build)]
    other = [(workflow, build) for workflow, build in found if build.endpoint != endpoint]
    astray = [_astray(workflow, build) for workflow, build in other if not _why_unclear(workers, build)]
    if astray:
        return broken("; ".join(astray), fix)
    unclear = [f"{_astray(workflow, build)}, but {_why_unclear(workers, build)}" for workflow, build in other]
    if why := _unknown(unclear, workflows):
        return unknown(why, TELL)
    if not found:
        return broken("no workflow builds an image", fix)
    steps = {(workflow.file, build.job, build.step) for workflow, build in found}
    return holds(f"{plural(len(steps), 'build')}, all of them there")


TELL = (
    "Write it so that the file alone tells: docker/build-push-action, with the builder, the platform and the tags as"
    " plain texts; a step that builds nothing in words of common programs and actions."
)


def _unknown(unclear: list[str], workflows: Workflows) -> str:
    """Why nobody knows what all workflows do; empty where every one was read to its end."""
    if not workflows:
        return "fisk sees no workflow files"
    bad = [workflow.file for workflow in workflows if workflow.why_unknown]
    unread = [f"fisk cannot read {', '.join(bad)}"] if bad else []
    doubts = [f"{workflow.file}, {doubt}" for workflow in workflows for doubt in workflow.doubts]
    return "; ".join([*unread, *unclear, *doubts])


def _why_unclear(workers: tuple[str, ...], build: ImageBuild) -> str:
    """Why nobody can tell whether a build that is not at the remote BuildKit is wrong; empty for one that is."""
    if build.doubt:
        return f"fisk cannot tell whether it runs ({build.doubt})"
    if not resolved(build.endpoint):
        return "fisk cannot resolve that"
    names = [name for name in build.names if not resolved(name)]
    return f"fisk cannot tell whether {', '.join(names)} is a worker's image" if names and workers else ""


def _is_of(images: tuple[str, ...], build: ImageBuild) -> bool:
    """Whether it is about these images and no others."""
    return bool(build.names) and all(name in images for name in build.names)


def _astray(workflow: Workflow, build: ImageBuild) -> str:
    there = build.endpoint
    where = (
        "on the runner itself" if not there else there if there.startswith(("at ", "on ")) else f"at {there}"
    )
    return f"{at(workflow.file, build)} builds {where}"


def emulation(endpoint: str, builders: str, workflows: Workflows) -> Judgement:
    """QEMU takes four to eight hours for what takes twenty minutes without it. `builders` is the platform of the
    remote BuildKit: it emulates any other, whoever set that up.
    """
    marks = [
        (f"{workflow.file}: {each.what}", each.doubt) for workflow in workflows for each in workflow.emulates
    ]
    for workflow in workflows if endpoint else ():
        for build in workflow.builds:
            marks += [
                (f"{at(workflow.file, build)} {what}", doubt)
                for what, doubt in _emulates(endpoint, builders, build)
            ]
    if certain := [what for what, doubt in marks if not doubt]:
        return broken(
            "; ".join(certain),
            "Take it out, and build for one platform on the remote BuildKit, which has the right processor.",
        )
    if not endpoint:
        return unknown(NO_BUILDKIT)
    if why := _unknown([f"{what}, but {doubt}" for what, doubt in marks], workflows):
        return unknown(why, TELL)
    return holds(f"none of {plural(len(workflows), 'file')} does")


def _emulates(endpoint: str, builders: str, build: ImageBuild) -> Iterator[tuple[str, str]]:
    """What a build emulates, and why that is not certain; empty where it is."""
    unsure = f"fisk cannot tell whether it runs ({build.doubt})" if build.doubt else ""
    if build.opaque:
        yield "builds for platforms that fisk does not know", build.opaque
    elif hidden := [each for each in (*build.platforms, build.endpoint) if not resolved(each)]:
        yield (
            f"builds for {', '.join(build.platforms) or 'its own platform'}",
            f"fisk cannot resolve {', '.join(hidden)}",
        )
    elif build.endpoint == endpoint:
        other = [each for each in build.platforms if each != normal(builders)]
        if other:
            yield f"builds for {', '.join(other)} on BuildKit of {builders}", unsure
    elif len(build.platforms) > 1:
        yield f"builds for {', '.join(build.platforms)}", unsure
    elif (own := _of_labels(build.labels)) and build.platforms and build.platforms != (own,):
        yield (
            f"builds for {build.platforms[0]} on a runner of {own}",
            "fisk cannot tell whether that emulates",
        )


def _of_labels(labels: tuple[str, ...]) -> str:
    """The platform of a runner with these labels, where they tell it."""
    small = {label.lower() for label in labels}
    if small & {"arm64", "aarch64"} or any(label.endswith(("-arm", "-arm64")) for label in small):
        return "linux/arm64"
    hosted = any(label.startswith("ubuntu-") for label in small)
    return "linux/amd64" if hosted or small & {"x64", "amd64", "x86_64"} else ""


def labels(file: str, wanted: tuple[str, ...], workflows: Workflows) -> Judgement:
    """The jobs that build ask for exactly the labels of the self-hosted runner, in any order and case."""
    if not wanted:
        return unknown("fisk.toml names no labels under [runner]")
    workflow = of_file(file, workflows)
    if not workflow.builds:
        return none_builds(file, workflow)
    right = {label.lower() for label in wanted}
    other = [build for build in workflow.builds if {label.lower() for label in build.labels} != right]
    told = {
        f"{file}, job {build.job} runs on {', '.join(build.labels) or 'nothing'}": bool(build.doubt)
        or not all(resolved(label) for label in build.labels)
        for build in other
    }
    fix = f"In {file}: `runs-on: [{', '.join(wanted)}]`."
    if certain := [what for what, unclear in told.items() if not unclear]:
        return broken("; ".join(certain), fix)
    if told:
        return unknown(f"{'; '.join(told)}, which fisk cannot resolve", fix)
    return holds(f"{plural(len({build.job for build in workflow.builds}), 'job')} in {file}")


def trigger(file: str, branch: str, workflows: Workflows) -> Judgement:
    """A push to the branch starts the workflow."""
    found = of_file(file, workflows)
    if found is NO_SUCH_FILE or found.why_unknown:
        return none_builds(file, found)
    told = f"pushes to {', '.join(found.pushes)} start it" if found.pushes else "no push starts it"
    return must(found.starts, f"{file}: {told}", f"In {file}: `on: push: branches: [{branch}]`.")


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
