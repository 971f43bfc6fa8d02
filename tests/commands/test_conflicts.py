"""A conflict's details: who runs what, at which step, since when, and the last heartbeat."""

from __future__ import annotations

from commands.conflicts import locked, name, on_hold
from deploy.core.model import Actor, Hold, Offer, Resource
from deploy.engine.snapshot import Snapshot
from tests.deploy.conftest import ANA, an_operation

NOW = 1_700_000_100.0


def test_a_lock_says_who_what_since_when_and_the_last_sign_of_life() -> None:
    operation = an_operation(id_="d-7k3f", created=NOW - 100)
    snapshot = Snapshot(
        operation, "running", step="watch", progress="Coolify: pulling it.", runner="r1", seen=NOW - 2
    )
    failure = locked(snapshot, NOW, again="deploy 9c41d07 --wait").failure
    assert failure.sentence == (
        "Not started: @ana is deploying 3f2a1b9 to app (step watch, 1 min 40 s; last sign of life 2 s ago;"
        " Coolify: pulling it)."
    )
    assert failure.hint == "Wait for it, or look at it: `/fisk op d-7k3f`."
    assert failure.offers == (
        Offer("Deploy after it", "deploy 9c41d07 --wait"),
        Offer("Show it", "op d-7k3f"),
    )


def test_a_lock_whose_operation_did_not_begin_says_so() -> None:
    snapshot = Snapshot(an_operation(id_="d-7k3f", created=NOW - 1), "waiting")
    assert str(locked(snapshot, NOW)) == (
        "Not started: @ana is deploying 3f2a1b9 to app (about to begin, 1 s; no sign of life yet)."
    )


def test_a_hold_says_who_since_when_and_why() -> None:
    hold = Hold(Resource("app", "app"), Actor("cli:ivo", "ivo"), "we measure", 1_700_000_000)
    failure = on_hold(hold).failure
    assert failure.sentence == ("Not started: ivo (terminal) holds app since 2023-11-14T22:13Z: we measure.")
    assert failure.hint == "When it is over: `/fisk unlock app`."


def test_people_are_named_and_never_pinged() -> None:
    assert [name(each) for each in (ANA, Actor("U9"), Actor("cli:ana"))] == ["@ana", "@U9", "ana (terminal)"]
