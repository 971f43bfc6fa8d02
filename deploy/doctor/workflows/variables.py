"""What a shell's variables stand for, as far as the workflow and the script itself say it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from deploy.doctor.workflows.errors import Unreadable
from deploy.doctor.workflows.expressions import LONGEST
from deploy.doctor.workflows.model import SHA, SHORT

if TYPE_CHECKING:
    from deploy.doctor.workflows.shell import Command

VARIABLE = re.compile(r"\$(?:(?P<name>\w++)|\{(?P<braced>\w++)(?P<how>,,|:0?:7)?\})")
SHORT_SHA = re.compile(
    r"\$\((?:git rev-parse --short(?:=7)? (?:HEAD|\"?<sha>\"?)"
    r"|(?:echo|printf) (?:-n )?\"?<sha>\"? ?\| ?(?:cut -c ?1-7|cut -b ?1-7|head -c ?7))\)"
)
LONG_SHA = re.compile(r"\$\(git rev-parse HEAD\)")
DECLARE = frozenset(["export", "local", "declare", "readonly"])


class Variables:
    """`known`: what they are by name; one that was set to two things is not known."""

    def __init__(self, known: Mapping[str, str]) -> None:
        self.known = dict(known)
        self.set: dict[str, str] = {}

    def fill(self, word: str) -> str:
        """A word with its variables replaced; what is not known stays as it is written.

        Raises:
            Unreadable: they make it longer than anybody writes.
        """
        if "$" not in word:
            return word
        filled = VARIABLE.sub(self._value, word)
        if len(filled) > LONGEST:
            raise Unreadable(f"its variables make a text of more than {LONGEST} characters")
        return LONG_SHA.sub(SHA, SHORT_SHA.sub(SHORT, filled))

    def _value(self, found: re.Match[str]) -> str:
        value, how = self.known.get(found["name"] or found["braced"]), found["how"]
        if value is None or "$" in value:
            return found[0]
        if how == ",,":
            return value.lower()
        if how:
            return SHORT if value == SHA else value[:7]
        return value

    def take(self, command: Command) -> None:
        """Remember what a command sets from then on."""
        sets = command.sets if not command.words else ()
        if command.words[:1] and command.words[0] in DECLARE:
            parts = [word.partition("=") for word in command.words[1:]]
            sets = tuple((name, value) for name, mark, value in parts if mark)
        for name, value in sets:
            filled = self.fill(value)
            twice = name in self.set and self.set[name] != filled
            self.set[name] = filled
            self.known[name] = f"${name}" if twice else filled


def written(command: Command, file: str, variables: Variables) -> tuple[str, str] | None:
    """What `echo "name=value" >> "$GITHUB_OUTPUT"` writes to that file, as name and value."""
    if command.words[:1] not in (("echo",), ("printf",)) or not any(file in each for each in command.files):
        return None
    words = [word for word in command.words[1:] if word not in ("-n", "-e")]
    name, mark, value = variables.fill(" ".join(words)).removesuffix("\\n").partition("=")
    return (name, value) if mark else None
