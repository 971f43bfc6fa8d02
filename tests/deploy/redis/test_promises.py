"""What is promised by the settings of a server, as it tells them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from deploy.core.ask import Unknown
from deploy.redis.promises import Finding, ServerSettings, findings, majority, read, replicates, sentence
from deploy.redis.servers import View

ALONE = ServerSettings(
    appends=True,
    writes_well=True,
    policy="noeviction",
    replicas=0,
    wanted=0,
    could=0,
    sentinel=False,
    config={"appendfsync": "always", "min-replicas-to-write": "0", "min-replicas-max-lag": "10"},
)
GUARDED = replace(
    ALONE,
    replicas=2,
    wanted=2,
    could=2,
    sentinel=True,
    config={"appendfsync": "always", "min-replicas-to-write": "1", "min-replicas-max-lag": "2"},
)
SLOW = {"appendfsync": "always", "min-replicas-to-write": "1", "min-replicas-max-lag": "10"}
SURVIVES = "what was acknowledged survives a crash of the server"
CUT_OFF = "a master that is cut off refuses writes, which are lost at a failover"
SET = "Set `min-replicas-to-write 1` and `min-replicas-max-lag 2` on every server."
ON = "its append-only file is on"


@pytest.mark.parametrize("it", [ALONE, GUARDED], ids=["one server", "three and Sentinel"])
def test_where_all_is_set_nothing_is_found(it: ServerSettings) -> None:
    assert list(findings(it)) == []


@pytest.mark.parametrize(
    ("it", "found"),
    [
        (
            replace(ALONE, appends=False),
            Finding(
                "its append-only file is off",
                SURVIVES,
                "Set `appendonly yes` and `appendfsync always` in its configuration.",
            ),
        ),
        (
            replace(ALONE, writes_well=False),
            Finding(
                "it could not write its append-only file lately",
                SURVIVES,
                "Look at its log and at the disk that it writes to.",
            ),
        ),
        (
            replace(ALONE, appends=None),
            Finding(
                "it does not tell whether its append-only file is on", SURVIVES, "Look yourself.", known=False
            ),
        ),
        (
            replace(ALONE, config={"appendfsync": "everysec"}),
            Finding(
                f"{ON}, but appendfsync is everysec",
                "the last second before a power cut survives it",
                "Set `appendfsync always`.",
            ),
        ),
        (
            replace(ALONE, policy="allkeys-lru"),
            Finding(
                "maxmemory-policy allkeys-lru",
                "no lock is evicted, which would let two deploys run",
                "Set `maxmemory-policy noeviction`.",
            ),
        ),
        (
            replace(ALONE, policy=None),
            Finding(
                "it does not tell its maxmemory-policy",
                "no lock is evicted, which would let two deploys run",
                "Look yourself.",
                known=False,
            ),
        ),
        (
            replace(ALONE, wanted=1),
            Finding(
                "0 of 1 replicas follow it",
                "an operation begins",
                "Bring the replicas back; where one is gone for good, set FISK_REDIS_REPLICAS.",
            ),
        ),
        (
            replace(GUARDED, wanted=1),
            Finding(
                "FISK_REDIS_REPLICAS is 1, and 2 replicas could take over",
                "what was acknowledged survives a failover",
                "Unset it.",
            ),
        ),
        (
            replace(ALONE, sentinel=True),
            Finding(
                "no replicas",
                "another server takes over when this one is lost",
                "Start a replica: `replicaof HOST PORT`.",
            ),
        ),
        (
            replace(GUARDED, config=ALONE.config),
            Finding("2 replicas, min-replicas-to-write 0, min-replicas-max-lag 10", CUT_OFF, SET),
        ),
        (
            replace(GUARDED, replicas=1, wanted=1, could=1, config=SLOW),
            Finding("1 replica, min-replicas-to-write 1, min-replicas-max-lag 10", CUT_OFF, SET),
        ),
        (
            replace(GUARDED, config=GUARDED.config | {"min-replicas-max-lag": "0"}),  # type: ignore[operator]
            Finding("2 replicas, min-replicas-to-write 1, min-replicas-max-lag 0", CUT_OFF, SET),
        ),
        (
            replace(GUARDED, replicas=3, wanted=3, could=3),
            Finding(
                "3 replicas, min-replicas-to-write 1, min-replicas-max-lag 2",
                CUT_OFF,
                "Set `min-replicas-to-write 2` and `min-replicas-max-lag 2` on every server.",
            ),
        ),
    ],
)
def test_what_is_not_set_is_told_with_what_it_costs_and_what_to_do(
    it: ServerSettings, found: Finding
) -> None:
    assert list(findings(it)) == [found]


def test_what_a_server_does_not_show_is_not_known() -> None:
    hidden = replace(GUARDED, config=Unknown("fisk's user may not use CONFIG GET"))
    why, fix = (
        "because fisk's user may not use CONFIG GET",
        "Give fisk's user `+config|get`, or look yourself.",
    )
    assert list(findings(hidden)) == [
        Finding(
            f"{ON}; appendfsync is not known, {why}",
            "the last second before a power cut survives it",
            fix,
            known=False,
        ),
        Finding(f"2 replicas; min-replicas-to-write is not known, {why}", CUT_OFF, fix, known=False),
    ]


def test_one_server_without_replicas_has_nobody_to_be_cut_off_from() -> None:
    assert replicates(ALONE) == Finding("no replicas")


def test_a_finding_becomes_a_sentence() -> None:
    assert sentence(Finding("maxmemory-policy x", "no lock is evicted", "Set it.")) == (
        "maxmemory-policy x, so it is not promised that no lock is evicted. Set it."
    )
    assert sentence(Finding("it does not tell", "no lock is evicted", "Look.", known=False)) == (
        "it does not tell, so it is not known whether no lock is evicted. Look."
    )


def test_a_server_that_tells_nothing_is_read_as_such() -> None:
    hidden = Unknown("the server does not take CONFIG GET")
    assert read({}, hidden, View("", 0, 0, 0, alone=True), sentinel=False) == ServerSettings(
        appends=None,
        writes_well=True,
        policy=None,
        replicas=0,
        wanted=0,
        could=0,
        sentinel=False,
        config=hidden,
    )


def test_a_majority_counts_the_master() -> None:
    assert [majority(replicas) for replicas in (1, 2, 3, 4, 5)] == [1, 1, 2, 2, 3]
