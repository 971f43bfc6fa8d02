"""The gate on the build, where nothing was built."""

from __future__ import annotations

from dataclasses import replace

from deploy.builds.unbuilt import Unbuilt
from deploy.deploys.gates import judge
from tests.deploy.deploys.test_gates import COMMIT, GOOD, OLDER, SKIPPED


def test_a_commit_without_a_build_is_refused_with_its_reason_and_the_way_on() -> None:
    near = judge(replace(GOOD, build=None, image=None, unbuilt=SKIPPED, ancestor=replace(COMMIT, sha=OLDER)))
    alone = judge(replace(GOOD, build=None, image=None, unbuilt=Unbuilt(unknown="it is not on main")))
    assert [(each.refusals[0].sentence, each.refusals[0].hint) for each in (near, alone)] == [
        (
            "3f2a1b9 says `[skip ci]`, so nothing was built for it.",
            "The nearest built commit is 0b94ac7: `/fisk deploy 0b94ac7 --to app`.",
        ),
        (
            "GitHub lists no build of 3f2a1b9, and there is no image of it; why is not known: it is not on main.",
            "No commit near it has an image: push a change that builds, or `/fisk build start` builds the head.",
        ),
    ]
