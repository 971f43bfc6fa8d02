"""What each version of Coolify accepts for a variable."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from deploy.systems.coolify.dialect import Dialect, generated
from deploy.systems.coolify.parsing import parse_version
from deploy.systems.coolify.values import Variable

WHOLE = Variable("A", SecretStr(" x "), literal=True, comment="why", buildtime=False)
BASE = {"key": "A", "value": "x", "is_preview": False, "is_literal": True}
ALL = {"is_multiline": False, "is_shown_once": False, "is_runtime": True, "is_buildtime": False}


def dialect(version: str) -> Dialect:
    return Dialect(parse_version(version), version)


@pytest.mark.parametrize(
    ("version", "more"),
    [
        ("4.0.0-beta.426", {"is_build_time": False}),
        ("4.0.0-beta.427", {}),
        ("4.0.0-beta.434", {}),
        ("4.0.0-beta.435", ALL),
        ("4.0.0-beta.463", ALL),
        ("4.0.0-beta.464", {**ALL, "comment": "why"}),
        ("4.3.11", {**ALL, "comment": "why"}),
    ],
)
def test_a_body_has_every_flag_that_the_version_knows_and_no_other(
    version: str, more: dict[str, object]
) -> None:
    assert dialect(version).body(WHOLE) == {**BASE, **more}


@pytest.mark.parametrize(
    ("version", "key", "obstacle"),
    [
        ("4.3.11", "with-dash", "Coolify 4.3.11 refuses its key"),
        ("4.3.11", "K" * 256, "Coolify 4.3.11 refuses its key"),
        ("4.3.11", "dotted.KEY_1", ""),
        ("4.2.0", "1st", "Coolify 4.2.0 refuses its key"),
        ("4.1.0", "with-dash and space", ""),
        ("4.1.0", "a=b", "Coolify 4.1.0 refuses its key"),
        ("4.0.0-beta.435", "with space", "Coolify 4.0.0-beta.435 refuses its key"),
    ],
)
def test_a_key_that_the_version_refuses_or_changes_is_named(version: str, key: str, obstacle: str) -> None:
    assert dialect(version).obstacle(Variable(key, SecretStr("x"))) == obstacle


def test_flags_that_an_old_version_cannot_set_are_named() -> None:
    multiline = Variable("A", SecretStr("x"), multiline=True)
    old = dialect("4.0.0-beta.434")
    assert old.obstacle(multiline) == "Coolify 4.0.0-beta.434 cannot set multi-line through its API"
    assert dialect("4.0.0-beta.435").obstacle(multiline) == ""


@pytest.mark.parametrize(
    ("text", "told"), [("x\u200b", True), ("\xa0x", True), ("x\u200by", False), (" x\n", False)]
)
def test_a_value_that_would_arrive_without_its_ends_is_named(text: str, *, told: bool) -> None:
    obstacle = "it begins or ends with an invisible character, which Coolify would take off" if told else ""
    assert dialect("4.3.11").obstacle(Variable("A", SecretStr(text))) == obstacle


@pytest.mark.parametrize("key", ["COOLIFY_URL", "SERVICE_FQDN_APP", "PORT", "HOST", "SOURCE_COMMIT"])
def test_what_coolify_makes_itself_is_known(key: str) -> None:
    assert generated(key)
    assert not generated(f"MY_{key}")
