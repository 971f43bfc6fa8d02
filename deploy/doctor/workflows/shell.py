"""A shell script as the commands that it runs, so that a word in a text is no command.

It is no shell: it knows where a command begins and ends, and what is quoted. What it cannot follow it says.
"""

from __future__ import annotations

import re
from functools import lru_cache

from deploy.core.values import dataclass
from deploy.doctor.workflows.shell_words import CannotFollow, Words

DEEPEST = 20  # scripts within scripts
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*+\+?=")
LEADING = frozenset(
    ["if", "then", "elif", "else", "fi", "while", "until", "do", "done", "!", "{", "}", "time", "esac"]
)
NO_COMMAND = frozenset(["for", "case", "select"])
REDIRECTS = ("&>>", "<<<", "<<-", "&>", ">>", "<<", ">|", "<>", ">&", "<&", ">", "<")
ENDS = ("&&", "||", ";;", ";", "&", "|", "\n")


@dataclass(frozen=True, slots=True)
class Command:
    """A simple command: its words without their quotes; what the shell would replace begins with `$`, as written.

    `sets` are variables that it sets, for itself or, without words, from then on; `files` what it writes to; `fed`
    the text that it is given to read; `defines` a function that begins here.
    """

    words: tuple[str, ...]
    sets: tuple[tuple[str, str], ...] = ()
    files: tuple[str, ...] = ()
    fed: str = ""
    defines: str = ""


@lru_cache(maxsize=512)
def commands(script: str, depth: int = 0) -> tuple[Command, ...]:
    """Every command of a script, in the order in which they are written, those of substitutions first.

    Raises:
        CannotFollow: a quote, a bracket or a here-document does not end.
    """
    if depth > DEEPEST:
        raise CannotFollow("scripts within scripts")
    reader = _Reader(script, depth)
    reader.read()
    return tuple(reader.found)


def without_leading(words: list[str]) -> list[str]:
    """The words of a command without the shell's own before it."""
    at = 0
    while at < len(words) and words[at] in (*LEADING, "function"):
        at += 2 if words[at] == "function" else 1
    return words[at:]


class _Reader(Words):
    def __init__(self, script: str, depth: int) -> None:
        super().__init__(script.replace("\\\n", "").replace("\r\n", "\n"))
        self.depth = depth
        self.found: list[Command] = []
        self.open = self.cases = 0
        self.pattern = False  # whether a pattern of a case comes next
        self.clear()

    def clear(self) -> None:
        self.words: list[str] = []
        self.files: list[str] = []
        self.fed = ""

    # --- commands

    def read(self) -> None:
        while self.at < len(self.text):
            self.step()
        self.end()
        if self.open > 0:
            raise CannotFollow("something that does not end")

    def step(self) -> None:
        letter = self.text[self.at]
        if letter in " \t":
            self.at += 1
        elif letter == "#":
            self.at = self.upto("\n")
        elif self.pattern and letter != "\n":
            self.of_case()
        elif self.tests():
            self.words.append(self.word(ends=" \t\n;&|") or self.take(1))
        elif letter in "()":
            self.bracket(letter)
        elif redirect := self.redirect():
            self.redirected(redirect)
        elif mark := next((each for each in ENDS if self.text.startswith(each, self.at)), ""):
            self.at += len(mark)
            self.end()
            self.pattern = self.pattern or (self.cases > 0 and mark == ";;")
        else:
            self.words.append(self.word())
            self.begins_case()

    def begins_case(self) -> None:
        words = without_leading(self.words)
        if len(words) == len(("case", "x", "in")) and words[0] == "case" and words[2] == "in":
            self.cases += 1
            self.pattern = True
            self.clear()
        elif words == [] and self.words[-1:] == ["esac"]:
            self.cases -= 1

    def of_case(self) -> None:
        """Pass a pattern, or the end of the case."""
        self.pattern = False
        if re.compile(r"esac\b").match(self.text, self.at):
            return
        while self.at < len(self.text) and self.text[self.at] != ")":
            self.part(self.text[self.at])
        self.at += 1

    def tests(self) -> bool:
        """Whether it is inside `[[ ]]`, where marks have another meaning."""
        return "[[" in self.words and "]]" not in self.words and without_leading(self.words)[:1] == ["[["]

    def bracket(self, letter: str) -> None:
        if letter == ")":
            self.at += 1
            if not self.open:
                raise CannotFollow("a bracket that was not opened")
            self.open -= 1
            self.end()
        elif self.text.startswith("((", self.at) and self.words in ([], ["for"]):
            self.at = self.balanced(self.at, "(", ")")
        elif name := without_leading(self.words):
            after = re.compile(r"\(\s*\)").match(self.text, self.at)
            if not after or len(name) > 1:
                raise CannotFollow("a bracket after a command")
            self.at = after.end()
            self.found.append(Command((), defines=name[0]))
            self.clear()
        else:
            self.at += 1
            self.open += 1
            self.end()

    def end(self) -> None:
        if self.tests():
            raise CannotFollow("a test that does not end")
        words = without_leading(self.words)
        if words and words[0] in NO_COMMAND:
            words = []
        sets = []
        while words and (found := NAME.match(words[0])):
            sets.append((found[0].rstrip("+="), words[0][found.end() :]))
            words = words[1:]
        if words or sets:
            self.found.append(Command(tuple(words), tuple(sets), tuple(self.files), self.fed))
        self.clear()

    # --- redirections and here-documents

    def redirect(self) -> str:
        return next((each for each in REDIRECTS if self.text.startswith(each, self.at)), "")

    def redirected(self, mark: str) -> None:
        if self.text.startswith(("<(", ">("), self.at):
            self.words.append(self.word())
            return
        if self.words and self.words[-1].isdigit() and self.text[self.at - 1] not in " \t":
            self.words.pop()  # the 2 of 2>&1
        self.at += len(mark)
        while self.text[self.at : self.at + 1] in (" ", "\t"):
            self.at += 1
        begin = self.at
        target = self.word()
        if mark in ("<<", "<<-"):
            self.fed = self.document(target)
            if not any(quote in self.text[begin : self.at] for quote in "'\"\\"):
                self.substituted(self.fed)
        elif mark == "<<<":
            self.fed = target
        elif ">" in mark:
            self.files.append(target)

    def document(self, word: str) -> str:
        """Take the text of a here-document, which begins on the next line, out of the script."""
        begin = self.upto("\n") + 1
        lines = self.text[begin:].split("\n")
        end = next((place for place, line in enumerate(lines) if line.strip("\t ") == word), None)
        if end is None:
            raise CannotFollow(f"a here-document {word[:40]} that does not end")
        self.text = self.text[:begin] + "\n".join(lines[end + 1 :])
        return "\n".join(lines[:end])

    # --- scripts within this one

    def inner(self, script: str) -> None:
        self.found.extend(commands(script, self.depth + 1))

    def substituted(self, text: str) -> None:
        if "$(" in text or "`" in text:
            inner = _Reader('"' + text.replace('"', "") + '"', self.depth + 1)
            inner.word()
            self.found.extend(inner.found)
