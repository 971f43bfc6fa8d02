"""What starts a workflow, and whether a push to a branch does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from deploy.doctor.workflows.yaml_file import items, table, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

EVERY = ("**",)


def events(raw: Mapping[Any, Any]) -> tuple[str, ...]:
    """The events that start it by themselves: not `workflow_call`, which is up to its callers."""
    on = raw.get("on")
    names = list(table(on)) if isinstance(on, dict) else items(on)
    return tuple(dict.fromkeys(name for each in names if (name := text_of(each))))


def pushes(raw: Mapping[Any, Any]) -> tuple[str, ...]:
    """The patterns of the branches whose pushes start it: the last that fits decides, with `!` for those that do
    not.
    """
    if "push" not in events(raw):
        return ()
    push = table(table(raw.get("on")).get("push"))
    if but := _texts(push.get("branches-ignore")):
        return (*EVERY, *(f"!{each}" for each in but))
    only_tags = "tags" in push or "tags-ignore" in push
    return tuple(_texts(push.get("branches"))) or (() if only_tags else EVERY)


def starts_at(patterns: Sequence[str], branch: str) -> bool:
    """Whether a push to the branch starts it, whatever it changes."""
    fits = [each for each in patterns if matches(each.removeprefix("!"), branch)]
    return bool(fits) and not fits[-1].startswith("!")


def _texts(value: Any) -> list[str]:
    return [text_of(each) for each in items(value)]


# --- GitHub's filter patterns
# https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#filter-pattern-cheat-sheet

Fits = "Callable[[str], bool]"


def matches(pattern: str, name: str) -> bool:
    """Whether a pattern fits a whole name; one that is no pattern is a plain text. It takes time in proportion to
    both, whatever the pattern is: a regular expression would not.
    """
    try:
        parts = list(_parts(pattern))
    except ValueError:
        return pattern == name
    at = _skipped({0}, parts)
    for letter in name:
        stay = {
            place for place in at if place < len(parts) and _repeats(parts[place]) and parts[place][0](letter)
        }
        on = {place + 1 for place in at if place < len(parts) and parts[place][0](letter)}
        at = _skipped(stay | on, parts)
    return len(parts) in at


def _repeats(part: tuple[Callable[[str], bool], str]) -> bool:
    return part[1] in "*+"


def _skipped(at: set[int], parts: Sequence[tuple[Callable[[str], bool], str]]) -> set[int]:
    """The places, and those after parts that may be left out."""
    found = set(at)
    for place in sorted(at):
        here = place
        while here < len(parts) and parts[here][1] in "*?":
            here += 1
            if here in found:
                break
            found.add(here)
    return found


def _parts(pattern: str) -> Iterator[tuple[Callable[[str], bool], str]]:
    """What fits one letter each, with how often: once (` `), `?`, `+` or `*`. Raises ValueError."""
    at = 0
    while at < len(pattern):
        letter, at = pattern[at], at + 1
        if letter == "*":
            anything = pattern[at : at + 1] == "*"
            at += anything
            yield (_anything if anything else _no_slash), "*"
            continue
        if letter in "?+":
            raise ValueError(pattern)
        if letter == "[":
            fits, at = _set(pattern, at)
        else:
            at += letter == "\\" and at < len(pattern)
            fits = pattern[at - 1].__eq__
        often = pattern[at] if pattern[at : at + 1] in ("?", "+") else " "
        at += often != " "
        yield fits, often


def _anything(_: str) -> bool:
    return True


def _no_slash(letter: str) -> bool:
    return letter != "/"


def _set(pattern: str, at: int) -> tuple[Callable[[str], bool], int]:
    """`[a-z]` and `[abc]`, and where the pattern goes on."""
    end = pattern.index("]", at)
    inner, letters, place = pattern[at:end], [], 0
    while place < len(inner):
        wide = inner[place + 1 : place + 2] == "-" and place + 2 < len(inner)
        letters.append((inner[place], inner[place + 2] if wide else inner[place]))
        place += 3 if wide else 1
    return (lambda letter: any(low <= letter <= high for low, high in letters)), end + 1
