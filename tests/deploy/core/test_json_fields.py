"""Other systems' JSON as values: what may be missing, what must fit, and what is said of it where it does not."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given

from deploy.core.errors import Unexpected
from deploy.core.json_fields import (
    OURS,
    PARTS,
    Flag,
    Moment,
    Number,
    RequiredNumber,
    RequiredText,
    Text,
    Texts,
    called,
    otherwise,
    read,
    texts_at,
)
from deploy.redis import codec
from tests.deploy.systems.any_json import any_json


@dataclass(frozen=True, slots=True)
class Wheel:
    size: Number
    brand: RequiredText


@dataclass(frozen=True, slots=True)
class Cart:
    """As a system has it; `note` is fisk's own."""

    id: RequiredNumber
    name: Annotated[RequiredText, called("full_name")]
    state: Literal["new", "old"] = "new"
    owner: Annotated[Text, called(("seller", "login"), ("maker", "login"))] = ""
    gears: Annotated[Number, called("gear_count", default=1), otherwise(1)] = 1
    sold: Flag = False
    made: Annotated[Moment, called("made_at")] = 0
    tags: Texts = ()
    riders: Annotated[tuple[str, ...], texts_at("login")] = ()
    wheels: Annotated[tuple[Wheel, ...], PARTS] = ()
    note: Annotated[str, OURS] = ""


BARE = {"id": 1, "full_name": "a"}


def cart(**more: Any) -> Cart:
    return read("GitHub", Cart, {**BARE, **more})


def test_a_value_is_read_by_the_names_that_the_system_has_for_its_fields() -> None:
    raw = {
        "seller": {"login": "marko"},
        "gear_count": 7,
        "sold": True,
        "made_at": "2023-11-14T22:13:20Z",
        "tags": ["x", None, 7],
        "riders": [{"login": "ana"}, {"name": "nobody"}, None],
        "wheels": [{"brand": "y", "size": 28}],
        "owner": "not this one",
    }
    assert cart(**raw) == Cart(
        id=1,
        name="a",
        owner="marko",
        gears=7,
        sold=True,
        made=1_700_000_000.0,
        tags=("x",),
        riders=("ana",),
        wheels=(Wheel(28, "y"),),
    )


@pytest.mark.parametrize("nothing", [None, "", {}, [], "x", 1.5])
def test_what_may_be_missing_and_is_of_another_kind_reads_as_missing(nothing: Any) -> None:
    names = ("seller", "gear_count", "sold", "made_at", "tags", "riders", "wheels")
    assert cart(**dict.fromkeys(names, nothing)) == (cart(made_at=1.5) if nothing == 1.5 else Cart(1, "a"))


def test_the_first_place_counts_in_which_there_is_something() -> None:
    assert cart(seller=None, maker={"login": "ana"}).owner == "ana"
    assert cart(seller={"login": "marko"}, maker={"login": "ana"}).owner == "marko"


@pytest.mark.parametrize(
    ("value", "text"), [("a", "a"), (7, "7"), (True, ""), (1.5, ""), ("\ud800x", "?x"), ("ž", "ž")]
)
def test_a_number_is_text_and_half_a_surrogate_pair_is_none(value: Any, text: str) -> None:
    assert cart(seller={"login": value}).owner == text


@pytest.mark.parametrize(
    ("value", "flag"), [(True, True), (1, True), (False, False), (0, False), ("1", False), (None, False)]
)
def test_a_flag_is_true_or_1(value: Any, flag: bool) -> None:  # noqa: FBT001 (the expected value)
    assert cart(sold=value).sold is flag


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("2023-11-14T22:13:20.5+00:00", 1_700_000_000.5),
        (1_700_000_000, 1_700_000_000.0),
        ("soon", 0.0),
        (-1, 0.0),
        (float("nan"), 0.0),
        (float("inf"), 0.0),
        (10**400, 0.0),
        (True, 0.0),
    ],
)
def test_a_time_is_a_date_or_seconds(value: Any, seconds: float) -> None:
    assert cart(made_at=value).made == seconds


SECRET = "ghp_verysecret"


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        ([SECRET], "the answer is no object"),
        (SECRET, "the answer is no object"),
        ({"full_name": SECRET}, "`id` is missing"),
        ({**BARE, "id": SECRET}, "`id` is no whole number"),
        ({**BARE, "id": True}, "`id` is no whole number"),
        ({**BARE, "id": "1"}, "`id` is no whole number"),
        ({"id": 1}, "`full_name` is missing"),
        ({"id": 1, "full_name": None}, "`full_name` is missing"),
        ({**BARE, "state": SECRET}, "`state` is none that fisk knows"),
        ({**BARE, "wheels": [{"brand": "y"}, SECRET]}, "`wheels.1` is no object"),
        ({**BARE, "wheels": [{"brand": "y"}, {"brand": [SECRET]}]}, "`wheels.1.brand` is missing"),
    ],
)
def test_what_does_not_fit_is_named_by_its_path_and_never_by_its_value(raw: Any, why: str) -> None:
    with pytest.raises(Unexpected) as caught:
        read("GitHub", Cart, raw)
    assert caught.value.facts == {"system": "GitHub", "why": why, "retry_after": None}
    assert caught.value.__context__ is None
    assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_what_is_under_a_key_is_named_with_it() -> None:
    assert read("GitHub", tuple[Cart, ...], {"carts": [BARE]}, "carts") == (Cart(1, "a"),)
    told = []
    for raw in ({"carts": [BARE, {"id": 2}]}, {"carts": {"1": BARE}}, {}, [BARE]):
        with pytest.raises(Unexpected) as caught:
            read("GitHub", tuple[Cart, ...], raw, "carts")
        told.append(caught.value.why)
    assert told == [
        "`carts.1.full_name` is missing",
        "`carts` is no list",
        "`carts` is no list",
        "the answer is no object",
    ]


def test_fisks_own_memory_has_fisks_own_names() -> None:
    kept = Cart(
        1, "a", "old", "marko", 3, made=1.5, tags=("x",), riders=("ana",), wheels=(Wheel(28, "y"),), note="!"
    )
    assert codec.load(Cart, codec.dump(Cart, kept)) == kept
    with pytest.raises(ValueError, match="name"):
        codec.load(Cart, '{"id": 1, "full_name": "a"}')


@given(any_json("id", "full_name", "state", "seller", "login", "wheels", "brand", "made_at", "tags"))
def test_nothing_breaks_a_reading(raw: Any) -> None:
    for answer in (raw, {**BARE, "seller": raw, "made_at": raw, "tags": raw, "riders": raw, "wheels": raw}):
        try:
            repr(read("GitHub", Cart, answer)).encode()
        except Unexpected as error:
            assert error.why  # noqa: PT017 (whatever it says, it says something)
