"""A rollback needs the images of the last releases, and registries delete some."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from deploy.core.model import Actor, Release
from sandbox import story

if TYPE_CHECKING:
    from tests.deploy.doctor.conftest import Patient

TARGETS = {"image.releases:app": "app", "image.releases:staging": "staging"}


async def released(patient: Patient, target: str, *shas: str, digests: bool = True) -> list[str]:
    """Record releases of these commits, one after the other; their digests."""
    found = []
    for at, sha in enumerate(shas, 1):
        shipped = patient.outside.registry.find(story.IMAGE, sha)
        assert shipped is not None
        digest = shipped.digest if digests else ""
        release = Release(target, sha, sha, digest, float(at), f"d-{at}", Actor("U1"))
        await patient.parts.world.memory.history.add_release(release)
        found.append(shipped.digest)
    return found


@pytest.mark.parametrize("rule", TARGETS)
async def test_a_release_whose_image_the_registry_deleted_is_named(patient: Patient, rule: str) -> None:
    """By digest: a tag that was pushed again is no way back to it."""
    digests = await released(patient, TARGETS[rule], story.RUNS, story.BUILT, story.RUNS)
    finding = await patient.finding(rule)
    there = f"{story.RUNS[:7]}, {story.BUILT[:7]} are there, by digest"
    assert (finding.verdict, finding.evidence) == ("holds", there)

    patient.outside.registry.delete(digests[0])
    patient.outside.registry.tag(story.IMAGE, story.RUNS, digests[1])
    finding = await patient.finding(rule)
    assert (finding.verdict, finding.evidence) == ("broken", f"gone: {story.RUNS[:7]} ({digests[0][:19]}…)")
    assert finding.fix == (
        "Let the registry keep released images;"
        f" `/fisk build rerun {story.RUNS[:7]}` builds that commit anew."
    )


async def test_a_release_without_a_digest_is_not_known_by_its_tag(patient: Patient) -> None:
    await released(patient, "app", story.RUNS, digests=False)
    finding = await patient.finding("image.releases:app")
    assert (finding.verdict, finding.evidence) == (
        "unknown",
        f"{story.RUNS[:7]} was recorded without a digest, and its tag may name another image by now",
    )
    patient.outside.registry.untag(story.IMAGE, story.RUNS)
    finding = await patient.finding("image.releases:app")
    assert (finding.verdict, finding.evidence) == ("broken", f"gone: {story.RUNS[:7]} ({story.RUNS})")


async def test_without_a_release_nothing_can_be_gone(patient: Patient) -> None:
    finding = await patient.finding("image.releases:app")
    assert (finding.verdict, finding.evidence) == ("holds", "fisk has recorded no release yet")


async def test_only_the_last_three_that_differ_matter(patient: Patient) -> None:
    shas = (story.BUILT, story.RUNS, *other_shas(patient))
    digests = await released(patient, "app", *shas[:4])
    patient.outside.registry.delete(digests[0])
    assert (await patient.finding("image.releases:app")).verdict == "holds"


def other_shas(patient: Patient) -> tuple[str, ...]:
    registry = patient.outside.registry
    for sha in ("c" * 40, "d" * 40):
        registry.push(story.IMAGE, [sha], sha)
    return "c" * 40, "d" * 40
