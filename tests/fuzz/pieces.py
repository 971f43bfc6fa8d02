"""Nasty texts and JSON, and changes to good JSON."""

from __future__ import annotations

import json
from copy import deepcopy
from random import Random
from typing import Any

PIECES = (
    "<!channel>", "<!here|here>", "<@U024BE7LH>", "<#C0DEPLOYS|deploys>", "<https://evil.example|Deploy>",
    "<!subteam^S0ONCALL1>", "U1> <!channel", "&lt;!channel&gt;", "@channel", "@here", "https://evil.example/x",
    "*bold*", "_italic_", "~struck~", "`code`", "```\nblock\n```", "> quoted", "\n> quoted", ":tada:", "`", "```",
    "\x1b[2J", "\x1b]52;c;cm0gLXJm\x07", "\x9b1A", "\x00", "\x7f", "\r", "\n", "\t", "\u202e", "\u2066", "\u200b",
    "\ufeff", "\u2028", "\U000e0041\U000e007f", "\ufe00", "\u3164", "\xad", "\ud800", "\udfff", "\U0001f680",
    "Kovač", "日本語", "مرحبا", "%s", "{0}", "{what}", "{0.__class__}", "%n", "$(id)", "${HOME}", "`id`", "';--",
    "\\", '"', "'", "“", "”", "—", "\u00a0", "../../etc/passwd", "null", "NaN", "-1", "0", "1e999", "9" * 40,
    "3f2a1b9", "3f2a1b9c85e4d7f60a19b3c2e8d5f4a7061b9e3c", "app", "main", "deploy", "--force", "--to", "=", ",",
)  # fmt: skip
SCALARS: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**63, 2**64, 10**30, -(10**30), 0.5, -0.0, 1e308, float("inf"),
    float("nan"), "", [], {}, [[]], [{}], {"id": None}, {"": ""},
)  # fmt: skip
MOST_CHANGES = 3


def text(random: Random, most: int = 6) -> str:
    """A few pieces together; now and then very many of one."""
    if random.random() < 0.02:
        return random.choice(PIECES) * random.choice((50, 500, 3000))
    return random.choice(("", " ")).join(random.choices(PIECES, k=random.randint(0, most)))


def value(random: Random, depth: int = 3) -> Any:
    """Any JSON value."""
    pick = random.random()
    if pick < 0.4:
        return deepcopy(random.choice(SCALARS))
    if pick < 0.8 or depth == 0:
        return text(random)
    inner = [value(random, depth - 1) for _ in range(random.randint(0, 3))]
    return inner if pick < 0.9 else {text(random, 1): each for each in inner}


def deep(random: Random) -> Any:
    """A value in so many lists or objects."""
    inner: Any = value(random, 0)
    for _ in range(random.choice((10, 90, 500))):
        inner = [inner] if random.random() < 0.5 else {"errors": inner}
    return inner


def changed(random: Random, good: Any) -> Any:
    """A copy of good JSON with a few values changed, or left out, or of another type."""
    copy = json.loads(json.dumps(good))
    for _ in range(random.randint(0, MOST_CHANGES)):
        copy = _with_a_change(random, copy)
    return copy


def _with_a_change(random: Random, whole: Any) -> Any:
    """Go down to a random place, and put something else there."""
    holder: Any = None
    key: Any = None
    here = whole
    while isinstance(here, dict | list) and here and (holder is None or random.random() < 0.85):
        holder, key = here, random.choice(list(here) if isinstance(here, dict) else range(len(here)))
        here = holder[key]
    if holder is None:
        return value(random)
    if random.random() < 0.2:
        del holder[key]
    else:
        holder[key] = deep(random) if random.random() < 0.03 else value(random)
    return whole


def raw(random: Random, good: Any) -> bytes:
    """The bytes of changed JSON, sometimes no JSON any more."""
    body = json.dumps(changed(random, good), ensure_ascii=random.random() < 0.5).encode(
        "utf-8", "surrogatepass"
    )
    if random.random() < 0.9:
        return body
    broken = (
        body[: random.randint(0, len(body))],
        body + b"}",
        text(random).encode("utf-8", "replace"),
        random.randbytes(random.randint(0, 40)),
        b"<!doctype html><p>Log in</p>",
        b"[" * random.choice((10, 2_000, 100_000)),
        body.decode("utf-8", "replace").encode("utf-16"),
        b"\xef\xbb\xbf" + body,
    )
    return random.choice(broken)
