"""What the garbage collector looks through while something is measured."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def kept() -> Iterator[None]:
    """During the block, what there is already is left out of every collection, as bot/app/run.py does once it serves.

    A full collection of all that was loaded takes a tenth of a second, which is no part of what is measured.
    """
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
