"""The words of a shell script: where a quote, a bracket or a substitution ends."""

from __future__ import annotations

from abc import ABC, abstractmethod


class CannotFollow(Exception):
    """It is no script that fisk understands."""


class Words(ABC):
    """A script, read from its beginning. What it substitutes is handed on."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    @abstractmethod
    def inner(self, script: str) -> None:
        """A script that runs within this one."""

    @abstractmethod
    def substituted(self, text: str) -> None:
        """A text in which scripts may stand."""

    def word(self, ends: str = " \t\n;&|<>()") -> str:
        parts: list[str] = []
        begin = self.at
        while self.at < len(self.text):
            letter = self.text[self.at]
            if letter in "<>" and self.text[self.at + 1 : self.at + 2] == "(" and self.at == begin:
                parts.append(self.script(self.at + 1, ")"))
            elif letter == "(" and parts and parts[-1].endswith("="):
                parts.append(self.array())
            elif letter in ends:
                break
            else:
                parts.append(self.part(letter))
        return "".join(parts)

    def array(self) -> str:
        begin, self.at = self.at, self.balanced(self.at, "(", ")")
        inner = self.text[begin + 1 : self.at - 1].replace("\n", " ")
        self.inner(f"true {inner}")
        return f"$({inner})"

    def part(self, letter: str) -> str:
        if letter == "'":
            return self.quoted(self.at + 1)
        if letter == '"':
            return self.double()
        if letter == "\\":
            return self.take(2)[1:]
        if letter in "$`":
            return self.dollar()
        return self.take(1)

    def quoted(self, begin: int) -> str:
        """What single quotes hold; a `$` there is none of the shell's, yet may be another's."""
        end = self.text.find("'", begin)
        if end < 0:
            raise CannotFollow("a quote that does not end")
        self.at = end + 1
        return self.text[begin:end]

    def double(self) -> str:
        self.at += 1
        parts: list[str] = []
        while self.at < len(self.text):
            letter = self.text[self.at]
            if letter == '"':
                self.at += 1
                return "".join(parts)
            if letter == "\\":
                both = self.take(2)
                parts.append(both[1:] if both[1:] in ('"', "\\", "$", "`") else both)
            else:
                parts.append(self.dollar() if letter in "$`" else self.take(1))
        raise CannotFollow("a quote that does not end")

    def dollar(self) -> str:  # noqa: PLR0911 (there are so many forms)
        """What the shell would replace, as it is written; the commands of a substitution are found."""
        text, at = self.text, self.at
        if text[at] == "`":
            return self.script(at, "`")
        if text.startswith("${{", at):
            return self.take(self.within("}}", at) - at)
        if text.startswith("$((", at):
            return self.expanded(self.balanced(at + 1, "(", ")"))
        if text.startswith("$(", at):
            return self.script(at + 1, ")")
        if text.startswith("${", at):
            return self.expanded(self.balanced(at + 1, "{", "}"))
        if text.startswith("$'", at):
            return self.quoted(at + 2)
        return self.take(1)

    def expanded(self, end: int) -> str:
        """`${x}` or `$((x))`, in which a command may be substituted."""
        whole = self.take(end - self.at)
        self.substituted(whole[2:-1])
        return whole

    def script(self, begin: int, end: str) -> str:
        """A script within this one, whose commands are found, too."""
        started = self.at
        close = self.within("`", begin + 1) if end == "`" else self.balanced(begin, "(", ")")
        self.inner(self.text[begin + 1 : close - 1])
        self.at = close
        return "$" + self.text[started:close].lstrip("$<>")

    def take(self, count: int) -> str:
        begin, self.at = self.at, min(self.at + count, len(self.text))
        return self.text[begin : self.at]

    def upto(self, mark: str) -> int:
        found = self.text.find(mark, self.at)
        return len(self.text) if found < 0 else found

    def within(self, mark: str, begin: int) -> int:
        found = self.text.find(mark, begin)
        if found < 0:
            raise CannotFollow("something that does not end")
        return found + len(mark)

    def balanced(self, begin: int, opens: str, closes: str) -> int:
        """Where a bracket that opens at `begin` is closed, past quotes."""
        depth, at = 0, begin
        while at < len(self.text):
            letter = self.text[at]
            if letter == "\\":
                at += 1
            elif letter == "'" and opens == "(":
                at = self.within("'", at + 1) - 1
            elif letter == '"':
                at = self.past_double(at + 1) - 1
            elif letter == opens:
                depth += 1
            elif letter == closes:
                depth -= 1
                if depth == 0:
                    return at + 1
            at += 1
        raise CannotFollow("a bracket that does not end")

    def past_double(self, at: int) -> int:
        """Where a text in double quotes is over, past the substitutions in it."""
        while at < len(self.text):
            if self.text[at] == '"':
                return at + 1
            if self.text.startswith("$(", at):
                at = self.balanced(at + 1, "(", ")")
            else:
                at += 2 if self.text[at] == "\\" else 1
        raise CannotFollow("a quote that does not end")
