"""GitHub's expressions, evaluated as far as their contexts are known; `${{ }}` in texts is filled in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from deploy.doctor.workflows.errors import Unreadable
from deploy.doctor.workflows.values import (
    STATES,
    UNKNOWN,
    Open,
    Partial,
    call,
    equal,
    get,
    known,
    less,
    truth,
)
from deploy.doctor.workflows.yaml_file import text_of

Contexts = Mapping[str, Any]

LONGEST = 100_000  # characters of a text that its expressions make
LONGEST_EXPRESSION = 21_000  # GitHub's own limit
TOKEN = re.compile(
    r"\s*+(?:(?P<text>'(?:[^']|'')*+')|(?P<number>-?(?:0x[0-9a-fA-F]++|[0-9]++(?:\.[0-9]++)?))"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_-]*+)|(?P<mark>&&|\|\||[=!<>]=|[<>!()\[\],.*]))"
)
STATE = re.compile(r"\b(?:success|failure|cancelled|always)\s*+\(", re.IGNORECASE)
LEVELS = (("||",), ("&&",), ("==", "!=", "<=", ">=", "<", ">"))
WORDS = {"true": True, "false": False, "null": None}


def evaluate(expression: str, contexts: Contexts, state: str = STATES[0]) -> Any:
    """The value of an expression; UNKNOWN where that cannot be told, and of what is no expression."""
    if len(expression) > LONGEST_EXPRESSION:
        return UNKNOWN
    try:
        return _Parser(expression, contexts, state).all()
    except (ValueError, RecursionError):
        return UNKNOWN


def fill(text: str, contexts: Contexts) -> str:
    """A text with its expressions resolved; Partial where some could not be.

    Raises:
        Unreadable: they make it longer than anybody writes.
    """
    parts, whole, size = [], True, 0
    for expression, written in split(text):
        value = evaluate(expression, contexts) if expression else written
        whole = whole and known(value)
        parts.append(value if isinstance(value, str) else written if value is UNKNOWN else text_of(value))
        size += len(parts[-1])
        if size > LONGEST:
            raise Unreadable(f"its expressions make a text of more than {LONGEST} characters")
    made = "".join(parts)
    return made if whole else Partial(made)


def value_of(value: Any, contexts: Contexts) -> Any:
    """A value of the file with its expressions resolved: of an expression alone its own value, of a list or a table
    that of each part.
    """
    if isinstance(value, list):
        return [value_of(each, contexts) for each in value]
    if isinstance(value, dict):
        return {text_of(name): value_of(each, contexts) for name, each in value.items()}
    if not isinstance(value, str):
        return value
    parts = list(split(value.strip()))
    if len(parts) == 1 and parts[0][0]:
        found = evaluate(parts[0][0], contexts)
        return Partial(value.strip()) if found is UNKNOWN else found
    return fill(value, contexts)


def condition(value: Any, contexts: Contexts) -> bool | None:
    """Whether an `if` lets its step or job run, after success or, where it asks for that, after a failure or a cancel;
    None where nobody can tell.
    """
    if value is None:
        return True
    written = text_of(value).strip()
    asks = asks_for_state(value)
    parts = list(split(written))
    if not any(expression for expression, _ in parts):
        parts = [(written, written)]
    if len(parts) != 1:
        return True  # a text with something around its expression is never empty
    seen = _without_results(contexts) if asks else contexts
    found = [evaluate(parts[0][0], seen, state) for state in (STATES if asks else STATES[:1])]
    if any(known(each) and truth(each) for each in found):
        return True
    return False if all(known(each) for each in found) else None


def asks_for_state(value: Any) -> bool:
    """Whether an `if` may hold after a failure: one that names no state holds after success alone."""
    return STATE.search(text_of(value)) is not None


def _without_results(contexts: Contexts) -> Contexts:
    """How steps and jobs ended is known after success alone."""
    told = {
        name: Open({key: _but(each, "outcome", "result") for key, each in contexts[name].items()})
        for name in ("steps", "needs")
        if name in contexts
    }
    return {**contexts, **told}


def _but(known_of: Any, *names: str) -> Any:
    return Open({name: value for name, value in known_of.items() if name not in names})


def split(text: str) -> Iterator[tuple[str, str]]:
    """The parts of a text: what an expression says, empty for a plain part, and the part as it is written."""
    at = 0
    while (begin := text.find("${{", at)) >= 0:
        end = _end(text, begin + 3)
        if end < 0:
            break
        if begin > at:
            yield "", text[at:begin]
        yield text[begin + 3 : end - 2].strip() or "null", text[begin:end]
        at = end
    if at < len(text):
        yield "", text[at:]


def _end(text: str, at: int) -> int:
    """Where an expression is over: after the first `}}` that stands in no text of it; -1 where it never is."""
    while True:
        close, quote = text.find("}}", at), text.find("'", at)
        if close < 0 or quote < 0 or close < quote:
            return close + 2 if close >= 0 else -1
        at = text.find("'", quote + 1) + 1
        if at == 0:
            return -1


class _Parser:
    """Recursive descent, by the precedence that GitHub gives: `||`, `&&`, comparisons, `!`, then members."""

    def __init__(self, expression: str, contexts: Contexts, state: str) -> None:
        self.tokens = list(_tokens(expression))
        self.at = 0
        self.contexts = contexts
        self.state = state

    def all(self) -> Any:
        value = self.either()
        if self.at < len(self.tokens):
            raise ValueError(self.tokens[self.at])
        return value

    def next(self, *marks: str) -> str:
        """The next token where it is one of these marks, which is then over; empty where it is not."""
        if self.at < len(self.tokens) and self.tokens[self.at] in [("mark", mark) for mark in marks]:
            self.at += 1
            return self.tokens[self.at - 1][1]
        return ""

    def need(self, mark: str) -> None:
        if not self.next(mark):
            raise ValueError(mark)

    def either(self, level: int = 0) -> Any:
        """What stands between marks of a level binds tighter than they do."""
        if level == len(LEVELS):
            return self.negated()
        value = self.either(level + 1)
        while mark := self.next(*LEVELS[level]):
            value = _combined(mark, value, self.either(level + 1))
        return value

    def negated(self) -> Any:
        if self.next("!"):
            value = self.negated()
            return not truth(value) if known(value) else UNKNOWN
        return self.member()

    def member(self) -> Any:
        value = self.single()
        while mark := self.next(".", "["):
            if mark == "[":
                value = UNKNOWN if self.next("*") else get(value, self.either())
                self.need("]")
            elif self.next("*"):
                value = UNKNOWN
            else:
                value = get(value, self.take("name")[1])
        return value

    def single(self) -> Any:
        if self.next("("):
            value = self.either()
            self.need(")")
            return value
        kind, token = self.take("text", "number", "name")
        if kind == "text":
            return token[1:-1].replace("''", "'")
        if kind == "number":
            return float(int(token, 16)) if "x" in token else float(token)
        return self.function(token.lower()) if self.next("(") else self.word(token.lower())

    def word(self, name: str) -> Any:
        return WORDS[name] if name in WORDS else self.contexts.get(name, UNKNOWN)

    def take(self, *kinds: str) -> tuple[str, str]:
        """The next token, which must be of one of these kinds."""
        found = self.tokens[self.at] if self.at < len(self.tokens) else ("", "")
        if found[0] not in kinds:
            raise ValueError(found[1])
        self.at += 1
        return found

    def function(self, name: str) -> Any:
        arguments: list[Any] = []
        while not self.next(")"):
            if arguments:
                self.need(",")
            arguments.append(self.either())
        return call(name, arguments, self.state)


def _combined(mark: str, one: Any, two: Any) -> Any:
    if mark in ("&&", "||"):
        return UNKNOWN if not known(one) else two if truth(one) == (mark == "&&") else one
    if not known(one) or not known(two):
        return UNKNOWN
    if mark in ("==", "!="):
        return equal(one, two) == (mark == "==")
    if mark in ("<", ">"):
        return less(one, two) if mark == "<" else less(two, one)
    return equal(one, two) or (less(one, two) if mark == "<=" else less(two, one))


def _tokens(expression: str) -> Iterator[tuple[str, str]]:
    """Raises ValueError where it is no expression."""
    at = 0
    while at < len(expression.rstrip()):
        found = TOKEN.match(expression, at)
        if not found or not found.lastgroup:
            raise ValueError(expression[at : at + 20])
        yield found.lastgroup, found[found.lastgroup]
        at = found.end()
