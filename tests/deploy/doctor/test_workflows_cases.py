"""Workflow files as people write them, put into the sandbox's repository, and what the doctor says of them.

The cases stand in `cases/workflows/`: what is changed in the good build.yml, what other files there are, and the
verdicts.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from deploy.doctor.examine import examine, rules
from sandbox.github.contents import FOLDER

if TYPE_CHECKING:
    from deploy.doctor.verdicts import Finding
    from sandbox.github.contents import Contents
    from tests.deploy.doctor.conftest import Patient

CASES = [
    pytest.param(case, id=case["name"])
    for file in sorted((Path(__file__).parent / "cases" / "workflows").glob("*.yaml"))
    for case in yaml.safe_load(file.read_text(encoding="utf-8"))
]


async def workflow_findings(patient: Patient) -> dict[str, Finding]:
    """By the rule's name, without the file or image that it is about."""
    chosen = [rule for rule in rules(patient.parts.world) if rule.id.startswith("workflow.")]
    seen = await examine(patient.parts.world, within=60, chosen=chosen)
    return {each.id.partition(":")[0]: each for each in seen.findings}


def endpoint(patient: Patient) -> str:
    buildkit = patient.parts.world.systems.buildkit
    assert buildkit is not None
    return buildkit.spec.endpoint


def put(contents: Contents, case: dict[str, Any], endpoint: str) -> None:
    for old, new in case.get("change", {}).items():
        for place in ("ENDPOINT", endpoint):
            if old.replace("ENDPOINT", place) in contents.files[f"{FOLDER}/build.yml"]:
                contents.change(old.replace("ENDPOINT", place), new.replace("ENDPOINT", endpoint))
                break
        else:
            raise LookupError(old)
    if steps := case.get("steps"):
        job = {"runs-on": "ubuntu-latest", "steps": steps}
        text = json.dumps({"on": {"push": {"tags": ["v*"]}}, "jobs": {"other": job}})
        contents.files[f"{FOLDER}/other.yml"] = text.replace("ENDPOINT", endpoint)
    for path, text in case.get("files", {}).items():
        contents.files[path] = text.replace("ENDPOINT", endpoint)


@pytest.mark.parametrize("case", CASES)
async def test_what_a_workflow_file_says_is_judged_and_what_it_hides_is_unknown(
    patient: Patient, case: dict[str, Any]
) -> None:
    put(patient.outside.github.contents, case, endpoint(patient))
    found = await workflow_findings(patient)
    named = {rule: (found[rule].verdict, found[rule].evidence) for rule in case["verdicts"]}
    assert {rule: verdict for rule, (verdict, _) in named.items()} == case["verdicts"], named
    others = {rule for rule, each in found.items() if each.verdict == "broken"} - set(case["verdicts"])
    assert others == set()
    assert all(each.fix for each in found.values() if each.verdict == "broken")
