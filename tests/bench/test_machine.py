"""What the benches say of their machine."""

from __future__ import annotations

import os
import re

from bench.machine import described


def test_the_machine_is_told_by_what_figures_depend_on() -> None:
    wanted = rf"{os.cpu_count()} cores of .+, \d+ GiB, Linux \S+, Python 3\.\d+\.\d+, fdatasync \d+\.\d\d ms"
    assert re.fullmatch(wanted, described())
