"""Gates, notices, where, status and doctor agree on whether an image fits its target."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.words.format import TERMINAL
from bot.words.registry import reply_text
from commands.status import CommitJourney
from deploy.builds.fit import Fit, fit
from deploy.core.model import Image, Running, Target
from deploy.deploys.gates import judge
from deploy.notices.policy import Checked
from deploy.status.journey import Built
from tests.bot.words.chain import GREEN
from tests.bot.words.test_where import JOURNEY, NOT_YET
from tests.deploy.deploys.test_gates import GOOD, SHA, SHIPPED, TARGET

OTHER = "c85f1d6" + "0" * 33

CASES: dict[str, tuple[Image | None, Fit, str | None]] = {
    "there": (SHIPPED, Fit(exists=True, platform=True, revision=True), None),
    "without a label": (replace(SHIPPED, revision=""), Fit(exists=True, platform=True, revision=None), None),
    "for several platforms": (
        replace(SHIPPED, platforms=("linux/amd64", "linux/arm64")),
        Fit(exists=True, platform=True, revision=True),
        None,
    ),
    "not there": (None, Fit(exists=False, platform=False, revision=None), "no image"),
    "for another platform": (
        replace(SHIPPED, platforms=("linux/amd64",)),
        Fit(exists=True, platform=False, revision=True),
        "wrong platform",
    ),
    "of another commit": (
        replace(SHIPPED, revision=OTHER),
        Fit(exists=True, platform=True, revision=False),
        "wrong revision",
    ),
}
CODES = {"no image": "no_image", "wrong platform": "wrong_platform", "wrong revision": "wrong_revision"}


@pytest.mark.parametrize(("image", "expected", "misfit"), CASES.values(), ids=CASES)
def test_each_thing_is_told_by_itself_and_the_first_that_is_wrong(
    image: Image | None, expected: Fit, misfit: str | None
) -> None:
    found = fit(image, TARGET.platform, SHA)
    assert (found, found.misfit) == (expected, misfit)


@pytest.mark.parametrize(("image", "_expected", "misfit"), CASES.values(), ids=CASES)
def test_gates_notices_and_where_agree(image: Image | None, _expected: Fit, misfit: str | None) -> None:
    refused = [failure.code for failure in judge(replace(GOOD, image=image)).refusals]
    assert refused == ([CODES[misfit]] if misfit else [])
    assert Checked(TARGET, image).verdict(SHA) == (misfit or "built")
    there = replace(NOT_YET, target=TARGET, running=Running(OTHER, OTHER))
    commit = replace(JOURNEY.commit, sha=SHA)
    it = replace(
        JOURNEY, target=TARGET, commit=commit, image=image, built=Built(GREEN, (), None), there=(there,)
    )
    text, offers = reply_text(CommitJourney(it), TERMINAL)
    assert ("Deploy 3f2a1b9" in [offer.label for offer in offers]) is (misfit is None)
    assert ("✓ image" in text) is (misfit is None)


def test_where_offers_the_target_that_the_image_can_run_in() -> None:
    elsewhere = replace(TARGET, name="arm")
    here = Target("amd", TARGET.image, "uuid", "http://amd/api/health", platform="linux/amd64")
    there = tuple(replace(NOT_YET, target=each) for each in (here, elsewhere))
    commit = replace(JOURNEY.commit, sha=SHA)
    it = replace(JOURNEY, commit=commit, image=SHIPPED, built=Built(GREEN, (), None), there=there)
    assert (
        reply_text(CommitJourney(it), TERMINAL)[1][0].command == "deploy 3f2a1b9 --to arm --when-ran a4c9e1f"
    )
