"""Hosts with their interfaces, rules and published ports, and the two verdicts about each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.doctor.firewall import parse
from deploy.doctor.guard import Guard
from deploy.doctor.interfaces import parse_interfaces
from deploy.doctor.rules_firewall import docker_guards, input_guards
from deploy.systems.docker import Container
from deploy.systems.hosts import BuildKitSpec

CASES: list[dict[str, Any]] = [
    case
    for file in sorted((Path(__file__).parent / "cases" / "firewalls").glob("*.yaml"))
    for case in yaml.safe_load(file.read_text(encoding="utf-8"))
]
SPEC = BuildKitSpec("vps01", "100.64.123.81")


def addresses(interfaces: dict[str, list[str]]) -> str:
    """As `ip -o addr` prints them."""
    return "".join(
        f"{number}: {name}    inet{'6' if ':' in address else ''} {address} scope global {name}\n"
        for number, (name, found) in enumerate(interfaces.items(), 1)
        for address in found
    )


def container(published: list[str], inside: list[int]) -> Container:
    at = tuple(published)
    return Container(
        "1",
        "buildkitd",
        "running",
        SPEC.image,
        "i",
        1,
        "no",
        privileged=True,
        published=at,
        inside=tuple(inside),
    )


def guard(case: dict[str, Any]) -> Guard:
    rules = {4: parse(case["rules"])} | ({6: parse(case["rules6"])} if "rules6" in case else {})
    return Guard(
        parse_interfaces(addresses(case["interfaces"])),
        rules,
        tuple(case.get("others", ())),
        container(case["published"], case.get("inside", [1234])),
        tuple(case["published"]),
        case.get("tried", {}),
    )


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_host_is_judged_by_every_packet_that_a_stranger_could_send(case: dict[str, Any]) -> None:
    seen = guard(case)
    judged = input_guards(SPEC, seen), docker_guards(SPEC, seen)
    assert tuple(each.verdict for each in judged) == (case["input"], case["docker"]), judged
    assert all(each.evidence and (each.fix or each.verdict == "holds") for each in judged)
