"""What a workflow builds of one image: for which platform, under which tags, with which layers kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from deploy.doctor.verdicts import Judgement, broken, holds, unknown
from deploy.doctor.workflows import SHA, SHORT, ImageBuild, Joined, Workflow, resolved
from deploy.doctor.workflows.buildx import lowered_tag
from deploy.doctor.workflows.metadata import attributes
from deploy.doctor.workflows.platforms import normal

if TYPE_CHECKING:
    from deploy.core.model import Target

Workflows = tuple[Workflow, ...]
Builds = tuple[ImageBuild, ...]
NO_SUCH_FILE = Workflow("")
OFF = "false"
WANTED = (("latest", "latest"), (SHORT, "short sha"), (SHA, "sha"))


def of_file(file: str, workflows: Workflows) -> Workflow:
    return next((each for each in workflows if each.file == file), NO_SUCH_FILE)


def of_image(
    judge: Callable[[Target, Workflow, Builds], Judgement], target: Target, workflows: Workflows
) -> Judgement:
    """Judge the builds of a target's image, where there are any."""
    workflow = of_file(target.workflow, workflows)
    builds = _of(target, workflow)
    return judge(target, workflow, builds) if builds else none_builds(target.workflow, workflow, target.image)


def platform(target: Target, _: Workflow, builds: Builds) -> Judgement:
    """One platform, the target's."""
    fix = f"In {target.workflow}: `platforms: {target.platform}`."
    right = (normal(target.platform),)
    other = [build for build in builds if build.platforms != right or build.opaque]
    wrong = [
        build for build in other if build.platforms and not build.opaque and _sure(build, build.platforms)
    ]
    if wrong:
        return broken(
            _each(f"{at(target.workflow, build)} builds for {_platforms(build)}" for build in wrong), fix
        )
    if other:
        return unknown(_each(_unclear_platforms(target, build) for build in other), fix)
    return holds(f"{_each(at(target.workflow, build) for build in builds)}: `platforms: {target.platform}`")


def _platforms(build: ImageBuild) -> str:
    return ", ".join(build.platforms)


def _unclear_platforms(target: Target, build: ImageBuild) -> str:
    """Without a word it is the builder's own, which is no matter of the file."""
    if build.platforms or build.opaque or build.doubt:
        return _hidden(target, build, _platforms(build))
    return f"{at(target.workflow, build)} names no platform, so it is that of its builder"


def tags(target: Target, workflow: Workflow, builds: Builds) -> Judgement:
    """The three tags that deploys, people and Coolify go by. What an expression hides nobody can tell."""
    pushing: list[ImageBuild | Joined] = [*builds]
    pushing += [each for each in workflow.joined if each.ordinary or not workflow.starts]
    pushed = {tag for each in pushing if not each.doubt for tag in each.tags}
    missing = [name for tag, name in WANTED if f"{target.image}:{tag}" not in pushed]
    fix = f"In {target.workflow}: push {target.image}:latest, its seven digits and its forty digits."
    wanted = {f"{target.image}:{tag}" for tag, _ in WANTED}
    if not missing or any(wanted <= set(each.tags) for each in pushing):
        return holds(f"{target.workflow} pushes all three")
    hidden = [f"`{tag}`" for each in pushing for tag in each.tags if each.doubt or not resolved(tag)]
    unclear = [*hidden, *(build.opaque for build in builds if build.opaque), *workflow.doubts]
    if unclear:
        told = f"{target.workflow}: fisk cannot resolve {_each(unclear)}, and finds no other {' and no '.join(missing)}"
        return unknown(told, fix)
    return broken(
        f"{_each(at(target.workflow, build) for build in builds)} pushes no {' and no '.join(missing)}", fix
    )


def cache(target: Target, _: Workflow, builds: Builds) -> Judgement:
    """Layers are kept in the registry, so that a new builder is no slow one."""
    reference = f"{target.image}:buildcache"
    fix = f"In {target.workflow}: `cache-to: type=registry,ref={reference},mode=max`."
    without = [
        build
        for build in builds
        if not any(lowered_tag(attributes(each).get("ref", "")) == reference for each in build.cache_to)
    ]
    if wrong := [build for build in without if not build.opaque and _sure(build, build.cache_to)]:
        return broken(
            f"{_each(at(target.workflow, build) for build in wrong)} has no cache-to {reference}", fix
        )
    if without:
        return unknown(_each(_hidden(target, build, *build.cache_to) for build in without), fix)
    return holds(f"{target.workflow}: cache-to {reference}")


def single(target: Target, _: Workflow, builds: Builds) -> Judgement:
    """With either of them buildx pushes an index where a manifest is expected. Without a word there is provenance, and
    no SBOM.
    """
    by_default = {"provenance": "min", "sbom": OFF}
    values = [
        (build, name, build.flags.get(name, default))
        for build in builds
        for name, default in by_default.items()
    ]
    on = [each for each in values if each[2] != OFF or each[0].opaque]
    wrong = [(build, name) for build, name, value in on if not build.opaque and _sure(build, (value,))]
    named = sorted({name for _, name in wrong}) or by_default
    fix = f"In {target.workflow}: {' and '.join(f'`{name}: false`' for name in named)}."
    if wrong:
        return broken(
            _each(f"{at(target.workflow, build)} does not switch {name} off" for build, name in wrong), fix
        )
    if on:
        return unknown(_each(_hidden(target, build, f"{name}: {value}") for build, name, value in on), fix)
    return holds(f"{target.workflow} switches both off")


def none_builds(file: str, workflow: Workflow, image: str = "") -> Judgement:
    """Of a file in which fisk finds no build: there is none only where all of it was read."""
    if workflow.why_unknown:
        return unknown(f"fisk cannot read {file}: {workflow.why_unknown}")
    fix = f"Is it {file} that builds it? Correct `workflow` in fisk.toml, or the file."
    if workflow.doubts:
        return unknown(f"{file}, {_each(workflow.doubts)}", fix)
    return broken(f"{file} builds no {image or 'image'}", fix)


def _of(target: Target, workflow: Workflow) -> Builds:
    """The builds of an image that a push to the branch makes, or any where that makes none: by the image's name; where
    none has it, those whose names nobody knows, or else all (then the tags are at fault).
    """
    ordinary = tuple(build for build in workflow.builds if build.ordinary) or workflow.builds
    named = tuple(build for build in ordinary if target.image in build.names)
    return named or tuple(build for build in ordinary if not build.names or _nameless(build)) or ordinary


def _nameless(build: ImageBuild) -> bool:
    """Whether it may be of any image."""
    return not all(resolved(name) for name in build.names)


def _sure(build: ImageBuild, values: Iterable[str]) -> bool:
    """Whether what a build says is what it does, to this image."""
    return not build.doubt and not _nameless(build) and all(resolved(value) for value in values)


def at(file: str, build: ImageBuild) -> str:
    return f"{file}, job {build.job}, step {build.step}"


def _hidden(target: Target, build: ImageBuild, *values: str) -> str:
    """Why nobody knows what a build does."""
    hidden = build.doubt or ", ".join([*(build.names if _nameless(build) else ()), *values])
    return f"{at(target.workflow, build)}: {build.opaque or f'fisk cannot resolve {hidden}'}"


def _each(texts: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(texts))
