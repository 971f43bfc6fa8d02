"""A real terminal, and what a person sees there."""

from __future__ import annotations

import fcntl
import os
import re
import struct
import termios
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Self

PARTS = re.compile(
    r"(?P<control>\x1b\[(?P<count>[0-9;?]*)(?P<what>[A-Za-z]))|(?P<move>[\r\n])|(?P<text>[^\x1b\r\n]+)"
)
COLOUR = re.compile(r"\x1b\[[0-9;]*3[0-7]m")


class Terminal:
    """A terminal of so many columns and lines; `program` is the end that is a program's standard output."""

    def __init__(self, columns: int = 80, lines: int = 24) -> None:
        self.person, self.program = os.openpty()
        fcntl.ioctl(self.program, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        os.set_blocking(self.person, False)
        self.written = b""

    @classmethod
    @contextmanager
    def opened(cls, columns: int = 80, lines: int = 24) -> Iterator[Self]:
        it = cls(columns, lines)
        yield it
        it.hang_up()
        os.close(it.program)

    def hang_up(self) -> None:
        """Close the window, as a person does."""
        if self.person >= 0:
            os.close(self.person)
        self.person = -1

    def read(self) -> str:
        """All that a program wrote, with what steers a terminal."""
        with suppress(BlockingIOError):
            while part := os.read(self.person, 65_536):
                self.written += part
        return self.written.decode()

    @property
    def seen(self) -> list[str]:
        """The lines on it now, and those that have scrolled away."""
        rows, row, column = [""], 0, 0
        for part in PARTS.finditer(self.read()):
            if part["what"] == "A":
                row -= int(part["count"] or 1)
            elif part["what"] == "K":
                rows[row] = ""
            elif part["move"] == "\r":
                column = 0
            elif part["move"]:
                row += 1
                rows += [""] * (row + 1 - len(rows))
            elif text := part["text"]:
                rows[row] = rows[row][:column].ljust(column) + text + rows[row][column + len(text) :]
                column += len(text)
        return "\n".join(each.rstrip() for each in rows).rstrip("\n").split("\n")
