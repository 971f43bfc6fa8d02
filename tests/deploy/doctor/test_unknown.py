"""A slow or failing system makes only its own rules unknown, with the reason; the others are checked."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from deploy.doctor import rules_buildkit
from deploy.doctor.examine import examine, rules
from deploy.doctor.rule import Rule
from deploy.systems.buildkit import BuildKit
from deploy.systems.docker import Docker
from deploy.systems.hosts import Host
from deploy.systems.ssh import Ssh
from sandbox.output import Output
from tests.worlds import with_systems

if TYPE_CHECKING:
    from deploy.doctor.evidence import Evidence
    from deploy.doctor.verdicts import Examination, Judgement
    from tests.deploy.doctor.conftest import Patient

FIREWALL = {"buildkit.input", "buildkit.docker"}
ON_VPS01 = {
    "app.container:app",
    "app.container:staging",
    "app.answers:app",
    "app.answers:staging",
    "buildkit.container",
    "buildkit.definition",
    "buildkit.image",
    "buildkit.restarts",
    "buildkit.published",
    "buildkit.processor",
    "buildkit.workers",
    "buildkit.disk",
    "fisk.clock:vps01",
    *FIREWALL,
}


def unknown(seen: Examination) -> dict[str, tuple[str, str]]:
    assert seen.of("broken") == ()
    return {each.id: (each.evidence, each.fix) for each in seen.of("unknown")}


@pytest.mark.parametrize(
    ("system", "areas"),
    [
        ("GitHub", {"workflow", "image", "runner", "fisk"}),
        ("registry", {"image", "worker", "app"}),
        ("Coolify", {"coolify", "app", "fisk"}),
    ],
)
async def test_a_system_that_is_down_leaves_the_others_judged(
    patient: Patient, system: str, areas: set[str]
) -> None:
    stand_in = {
        "GitHub": patient.outside.github,
        "registry": patient.outside.registry,
        "Coolify": patient.outside.coolify,
    }[system]
    stand_in.faults.queue("*", status=500, times=10_000)
    seen = unknown(await patient.look())
    assert {rule.partition(".")[0] for rule in seen} == areas
    assert {why for why, _ in seen.values()} == {
        f"{'The ' if system == 'registry' else ''}{system} answers 500."
    }


async def test_a_host_that_is_down_leaves_the_other_one_judged(patient: Patient) -> None:
    await patient.outside.hosts.sshd["vps01"].stop()
    seen = unknown(await patient.look())
    assert set(seen) == ON_VPS01
    assert all("vps01" in why for why, _ in seen.values())


async def test_a_host_that_stays_silent_is_waited_for_once(patient: Patient) -> None:
    """Many rules need it, and all of them know as soon as the first one does."""
    tries: list[asyncio.StreamWriter] = []
    silent = await asyncio.start_server(lambda _, writer: tries.append(writer), "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    ssh = Ssh(Host("vps01", "127.0.0.1", "admin", port), login_within=2)
    known = patient.parts.world
    assert known.systems.buildkit is not None
    buildkit = BuildKit(known.systems.buildkit.spec, ssh)
    hosts, docker = {**known.systems.hosts, "vps01": ssh}, {**known.systems.docker, "vps01": Docker(ssh)}
    world = with_systems(known, hosts=hosts, docker=docker, buildkit=buildkit)
    seen = unknown(await examine(world, within=60))
    assert set(seen) == ON_VPS01
    await ssh.aclose()
    silent.close()
    for writer in tries:
        writer.close()
        await writer.wait_closed()
    assert {why for why, _ in seen.values()} == {"vps01 did not answer within 2 s."}
    assert len(tries) == 1


async def test_what_is_slow_is_given_up_after_its_time(patient: Patient) -> None:
    patient.outside.hosts.vps.trouble("systemctl show", delay=3)
    (service,) = [each for each in rules(patient.parts.world) if each.id == "runner.service"]
    assert unknown(await examine(patient.parts.world, within=0.3, chosen=[service])) == {
        "runner.service": (
            "What tells the runner's service did not answer within 0.3 s.",
            "Try again; if it stays so, look at the system itself.",
        )
    }


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (
            4,
            "iptables v1.8.9 (nf_tables): Could not fetch rule set generation id: Permission denied (you must be root)",
        ),
        (1, "sudo: a password is required"),
    ],
)
async def test_without_root_nobody_knows_the_firewall(patient: Patient, status: int, said: str) -> None:
    patient.outside.hosts.vps01.trouble("iptables -S", Output("", f"{said}\n", status))
    seen = unknown(await patient.look())
    assert set(seen) == FIREWALL
    assert {why for why, _ in seen.values()} == {f"`sudo -n iptables -S` on vps01 failed ({status}): {said}."}


async def test_tables_that_iptables_does_not_show_may_drop_what_it_lets_in(patient: Patient) -> None:
    network = patient.outside.hosts.vps01.network
    network.chains["INPUT"] = ["-P INPUT ACCEPT"]
    network.tables.append("inet firewalld")
    network.warning = "# Warning: iptables-legacy tables present, use iptables-legacy to see them\n"
    assert unknown(await patient.look()) == {
        "buildkit.input": (
            (
                "INPUT: accept from outside by eth0, accept from Tailscale; but there is table inet firewalld,"
                " iptables-legacy too, which iptables does not show"
            ),
            "Look at `nft list ruleset`.",
        )
    }


@pytest.mark.parametrize(
    ("status", "said", "verdict"),
    [
        (1, "sudo: nft: command not found", "broken"),
        (127, "nft: not found", "broken"),
        (1, "sudo: no", "unknown"),
    ],
)
async def test_whether_there_are_other_tables_nobody_knows_where_nft_may_not_be_asked(
    patient: Patient, status: int, said: str, verdict: str
) -> None:
    machine = patient.outside.hosts.vps01
    machine.network.chains["INPUT"] = ["-P INPUT ACCEPT"]
    machine.trouble("nft list tables", Output("", f"{said}\n", status))
    assert (await patient.finding("buildkit.input")).verdict == verdict


async def test_a_port_that_is_open_in_ipv6_is_judged_by_the_rules_for_ipv6(patient: Patient) -> None:
    network = patient.outside.hosts.vps01.network
    network.addresses6["eth0"] = "2001:db8::81"
    network.open.append(f"[::]:{patient.outside.hosts.port}")
    finding = await patient.finding("buildkit.input")
    assert (finding.verdict, finding.evidence) == (
        "broken",
        "INPUT: accept from outside by eth0 with IPv6, accept from Tailscale",
    )
    assert finding.fix.startswith("On the host: `ip6tables -I INPUT -p tcp --dport ")
    network.chains6["INPUT"] = ["-P INPUT DROP"]
    assert (await patient.finding("buildkit.input")).verdict == "holds"


async def test_a_host_that_tells_no_addresses_leaves_the_firewall_unknown(patient: Patient) -> None:
    for command in ("ip -o -4 addr", "ip -o -6 addr"):
        patient.outside.hosts.vps01.trouble(command, Output("\n"))
    assert unknown(await patient.look())["buildkit.input"][0] == "the host tells no interface with an address"


async def test_without_a_container_what_it_would_be_is_unknown(patient: Patient) -> None:
    docker = patient.outside.hosts.vps01.docker
    await docker.stop("buildkitd")
    del docker.containers["buildkitd"]
    seen = await patient.look()
    assert {each.id for each in seen.of("broken")} == {"buildkit.container"}
    assert {each.id for each in seen.of("unknown")} == {
        "buildkit.image",
        "buildkit.definition",
        "buildkit.restarts",
        "buildkit.published",
        "buildkit.docker",
        "buildkit.workers",
    }


async def test_runners_that_the_token_may_not_see_are_unknown(patient: Patient) -> None:
    patient.outside.github.actions.administrator = False
    assert set(unknown(await patient.look())) == {"runner.online"}


async def test_a_rule_that_fisk_gets_wrong_is_unknown_and_no_more(
    patient: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def look(_: Evidence) -> str:
        return "evidence"

    def judge(_: str) -> Judgement:
        raise ZeroDivisionError

    monkeypatch.setattr(
        rules_buildkit, "rules", lambda _: [Rule("buildkit.wrong", "It is wrong", look, judge)]
    )
    seen = unknown(await patient.look())
    assert list(seen) == ["buildkit.wrong"]
    assert "ZeroDivisionError" in seen["buildkit.wrong"][0]


async def test_what_is_not_configured_is_unknown_and_says_which_table_is_missing(patient: Patient) -> None:
    world = with_systems(patient.parts.world, hosts={}, docker={}, buildkit=None, runner=None)
    seen = unknown(await examine(world))
    assert {why for rule, (why, _) in seen.items() if rule.startswith("buildkit.")} == {
        "fisk does not know where BuildKit runs: fisk.toml has no table [buildkit]."
    }
    assert seen["runner.service"][0] == "fisk does not know the runner: fisk.toml has no table [runner]."
    assert seen["app.container:app"][0] == "fisk.toml names no host for app"
    assert {rule: why for rule, (why, _) in seen.items() if rule.startswith("workflow.")} == {
        "workflow.builder": "fisk does not know where BuildKit runs: fisk.toml has no table [buildkit]",
        "workflow.no-emulation": "fisk does not know where BuildKit runs: fisk.toml has no table [buildkit]",
        "workflow.labels:build.yml": "fisk.toml names no labels under [runner]",
    }
    assert "runner.online" not in seen
    assert {rule.partition(".")[0] for rule in seen} == {"app", "buildkit", "runner", "workflow"}


async def test_evidence_is_one_line_of_a_length_that_can_be_read(patient: Patient) -> None:
    patient.outside.github.contents.change("tcp://", "tcp://" + "very-" * 100)
    finding = await patient.finding("workflow.builder")
    assert finding.verdict == "broken"
    assert len(finding.evidence) == 300
    assert finding.evidence.endswith("…")
