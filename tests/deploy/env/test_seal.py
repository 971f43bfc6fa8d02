"""One key for fingerprints and encryption; decryption restores backups unchanged."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from deploy.core import errors
from deploy.core.seal import Seal, new_key
from deploy.core.signing import Forged
from deploy.env.backup import pack, unpack
from deploy.env.marks import fingerprint
from deploy.systems.coolify.values import Variable

KEY = SecretStr("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")
SEAL = Seal(KEY)


def variable(value: str | None, key: str = "A") -> Variable:
    return Variable(key, None if value is None else SecretStr(value))


def test_a_fingerprint_is_six_digits_that_depend_on_value_and_key_alone() -> None:
    assert (
        fingerprint(SEAL, variable("secret"))
        == fingerprint(Seal(KEY), variable(" secret\n", "B"))
        == "772093"
    )
    assert fingerprint(SEAL, variable("secret")) != fingerprint(
        Seal(SecretStr(new_key())), variable("secret")
    )
    assert fingerprint(SEAL, variable(None)) == ""


def test_marks_tell_apart_what_joins_to_the_same_text() -> None:
    assert SEAL.mark("ab", "c") != SEAL.mark("a", "bc") != SEAL.mark("abc")


def test_what_is_kept_comes_back_and_shows_nothing_meanwhile() -> None:
    kept = (
        variable("canary 🧾\n'\""),
        variable(None),
        Variable("B", SecretStr(""), preview=True, comment="why"),
    )
    closed = SEAL.close(pack(kept), "e-1")
    assert "canary" not in closed
    assert unpack(SEAL.open(closed, "e-1")) == kept


def test_another_key_opens_nothing_and_neither_does_this_one_in_another_place() -> None:
    with pytest.raises(errors.WrongKey):
        Seal(SecretStr(new_key())).open(SEAL.close(b"x", "e-1"), "e-1")
    with pytest.raises(errors.WrongKey):
        SEAL.open(SEAL.close(b"x", "e-1"), "e-2")


def test_the_other_key_opens_and_believes_what_it_was_used_for_and_signs_nothing() -> None:
    new = SecretStr(new_key())
    changing, changed = Seal(new, KEY), Seal(new)
    assert changing.open(SEAL.close(b"x", "e-1"), "e-1") == b"x"
    assert changing.signer("fisk").opened(SEAL.signer("fisk").sign("x", "here"), "here") == "x"
    assert changed.signer("fisk").opened(changing.signer("fisk").sign("x", "here"), "here") == "x"
    with pytest.raises(Forged):
        changed.signer("fisk").opened(SEAL.signer("fisk").sign("x", "here"), "here")


def test_a_signature_holds_for_one_installation_one_place_and_one_content() -> None:
    signer, text = SEAL.signer("fisk"), SEAL.signer("fisk").sign("x", "d-1", "outcome")
    assert signer.opened(text, "d-1", "outcome") == "x"
    assert repr(signer) == "<signer>"
    others = (
        (signer, text, ("d-2", "outcome")),
        (signer, text, ("d-1", "operation")),
        (signer, text, ("d-1",)),
        (signer, f"{text}y", ("d-1", "outcome")),
        (signer, text[1:], ("d-1", "outcome")),
        (signer, "x", ("d-1", "outcome")),
        (signer, "", ("d-1", "outcome")),
        (signer, "ž" * 40, ("d-1", "outcome")),
        (SEAL.signer("staging"), text, ("d-1", "outcome")),
    )
    for by, stored, place in others:
        with pytest.raises(Forged):
            by.opened(stored, *place)


@pytest.mark.parametrize("text", ["short", "c2hvcnQ=", "ž" * 44, "!" * 44])
def test_what_is_no_key_is_refused_without_being_shown(text: str) -> None:
    with pytest.raises(errors.BadSettings) as refusal:
        Seal(SecretStr(text))
    assert str(refusal.value) == "The settings do not fit: FISK_KEY is no key: `fisk key` prints one."


def test_without_a_key_there_is_nothing_but_a_refusal() -> None:
    bare = Seal()
    assert (bare.ready, SEAL.ready, fingerprint(bare, variable("x"))) == (False, True, "")
    signer = bare.signer("fisk")
    acts = (
        bare.require,
        lambda: bare.mark("x"),
        lambda: bare.close(b"x", "e-1"),
        lambda: signer.sign("x"),
        lambda: signer.opened("x"),
    )
    for act in acts:
        with pytest.raises(errors.NoKey):
            act()


def test_a_value_does_not_show() -> None:
    told = variable("canary")
    assert "canary" not in f"{told!r} {told} {SEAL!r} {told.flags}"
