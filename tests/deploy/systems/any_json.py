"""Hypothesis strategies for arbitrary JSON from a system, malformed included."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)


def any_json(*keys: str) -> st.SearchStrategy[Any]:
    """Any JSON value; its objects like to have these keys, so that a parser gets past the first of them."""
    named = st.sampled_from(["message", "errors", *keys])
    return st.recursive(
        SCALARS,
        lambda inside: (
            st.lists(inside, max_size=4)
            | st.dictionaries(named, inside, max_size=8)
            | st.dictionaries(st.text(max_size=5), inside, max_size=3)
        ),
        max_leaves=20,
    )
