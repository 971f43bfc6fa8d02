"""Values, beside the standard library's frozen dataclasses with slots."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from dataclasses import FrozenInstanceError, asdict, field, fields, replace
from typing import Any

import pytest
from hypothesis import given, strategies as st

from deploy.core.values import dataclass
from deploy.redis import codec


@dataclass(frozen=True, slots=True)
class Build:
    """A build."""

    sha: str
    number: int = 1
    images: tuple[str, ...] = ()
    log: str = field(default="", repr=False, compare=False)
    labels: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Nightly(Build):
    hour: int = 2


@dataclass(frozen=True, slots=True)
class Checked:
    number: int

    def __post_init__(self) -> None:
        if self.number < 0:
            raise ValueError("negative")


@dataclass(frozen=True, slots=True)
class Nothing:
    pass


@dataclass(frozen=True, slots=True)
class Loose:
    name: str

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Loose) and self.name.lower() == other.name.lower()

    def __hash__(self) -> int:
        return hash(self.name.lower())


@dataclass(slots=True)
class Open:
    number: int


@dataclasses.dataclass(frozen=True, slots=True)
class Standard:
    """The standard library's, with the same fields as Build."""

    sha: str
    number: int = 1
    images: tuple[str, ...] = ()
    log: str = field(default="", repr=False, compare=False)
    labels: dict[str, str] = field(default_factory=dict)


arguments = st.fixed_dictionaries(
    {"sha": st.text()},
    optional={
        "number": st.integers(),
        "images": st.lists(st.text()).map(tuple),
        "log": st.text(),
        "labels": st.dictionaries(st.text(), st.text()),
    },
)


@given(arguments, arguments)
def test_a_value_is_made_shown_and_compared_as_the_standard_librarys(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    mine, its = (Build(**one), Build(**other)), (Standard(**one), Standard(**other))
    assert repr(mine[0]) == repr(its[0]).replace("Standard", "Build")
    assert asdict(mine[0]) == asdict(its[0])
    assert (mine[0] == mine[1]) is (its[0] == its[1])


@given(st.text(), st.integers())
def test_equal_values_have_one_hash(sha: str, number: int) -> None:
    assert {Build(sha, number, labels=None) for _ in range(2)} == {Build(sha, number, labels=None)}  # type: ignore[arg-type]


def test_what_is_in_no_comparison_is_not_compared() -> None:
    assert Build("3f2a1b9", log="one") == Build("3f2a1b9", log="another")


def test_a_factory_makes_a_default_for_each() -> None:
    assert Build("3f2a1b9").labels is not Build("3f2a1b9").labels


@pytest.mark.parametrize("changes", [lambda it: setattr(it, "sha", ""), lambda it: delattr(it, "sha")])
def test_nothing_changes_a_value(changes: Any) -> None:
    with pytest.raises(FrozenInstanceError, match=r"^cannot change field 'sha'$"):
        changes(Build("3f2a1b9"))


def test_a_value_has_slots_alone() -> None:
    assert not hasattr(Build("3f2a1b9"), "__dict__")


def test_a_child_has_its_parents_fields_before_its_own() -> None:
    assert [each.name for each in fields(Nightly)] == ["sha", "number", "images", "log", "labels", "hour"]
    assert (
        repr(Nightly("3f2a1b9", 7, hour=3))
        == "Nightly(sha='3f2a1b9', number=7, images=(), labels={}, hour=3)"
    )


def test_a_child_equals_no_parent() -> None:
    assert Build("3f2a1b9") != Nightly("3f2a1b9")


def test_replacing_a_field_makes_another_value() -> None:
    assert replace(Build("3f2a1b9"), number=2) == Build("3f2a1b9", 2)


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it))])  # noqa: S301 (its own)
def test_a_copy_is_equal(copied: Any) -> None:
    assert copied(Build("3f2a1b9", labels={"a": "b"})) == Build("3f2a1b9", labels={"a": "b"})


def test_what_checks_itself_is_checked() -> None:
    with pytest.raises(ValueError, match=r"^negative$"):
        Checked(-1)


def test_values_without_fields_are_equal() -> None:
    assert (Nothing(), hash(Nothing()), repr(Nothing())) == (Nothing(), hash(Nothing()), "Nothing()")


def test_a_class_keeps_its_own_comparison() -> None:
    assert {Loose("App"), Loose("app")} == {Loose("APP")}


def test_a_missing_argument_is_named() -> None:
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'sha'"):
        Build()  # type: ignore[call-arg]


def test_patterns_match_its_fields_in_order() -> None:
    match Build("3f2a1b9", 2):
        case Build(sha, number):
            assert (sha, number) == ("3f2a1b9", 2)


def test_the_memory_writes_and_reads_it() -> None:
    built = Build("3f2a1b9", 2, ("app",), labels={"a": "b"})
    assert codec.load(Build, codec.dump(Build, built)) == built


def test_the_memory_checks_what_it_reads() -> None:
    with pytest.raises(ValueError, match=r"^all of it does not fit"):
        codec.load(Checked, '{"number": -1}')


def test_another_form_is_the_standard_librarys() -> None:
    mine = Open(1)
    mine.number = 2
    assert mine == Open(2)
