"""Processor time of `fisk help` in a terminal."""

from __future__ import annotations

import os
import subprocess
import sys

from bench.harness import Measured, bench, medians
from bench.processes import ROOT, outside

RUNS = 15
HELP = (sys.executable, "-m", "bot", "help")


@bench("fisk help in the terminal", "s", short="help", seconds=2, bound=0.35, better="lower")
def terminal_help() -> Measured:
    """Processor time of the whole process, user and system; no rival."""
    return medians([_processor_time() for _ in range(RUNS)])


def _processor_time() -> float:
    process = subprocess.Popen(HELP, cwd=ROOT, env=outside(), stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return usage.ru_utime + usage.ru_stime
