"""The process that reads workflow files: a question on each line of its input, an answer on each of its output.

    {"repository": "owner/name", "branch": "main", "seconds": 0.5, "megabytes": 100}   first, answered when it is ready
    {"files": {"PATH": "TEXT"}, "read": "PATH"}                                        {"workflow": …, "needs": [PATH]}

It takes so many megabytes more than it began with, and for each file so many seconds of its processor: the kernel ends
it where it takes more, so that nothing in a file can keep it running.
"""

from __future__ import annotations

import json
import resource
import signal
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from deploy.doctor.workflows.reader import Reader

LONGEST = 1_000_000  # characters of an answer
MEGABYTE = 1024 * 1024


def main() -> None:
    first = json.loads(sys.stdin.readline())
    reader = Reader(first["repository"], first["branch"])
    _limit(first["megabytes"])
    _send({"ready": True})
    for line in sys.stdin:
        asked = json.loads(line)
        reader.files.update(asked["files"])
        signal.setitimer(signal.ITIMER_PROF, first["seconds"])
        workflow, needs = reader.read(asked["read"])
        answer = {"workflow": asdict(workflow), "needs": needs}
        signal.setitimer(signal.ITIMER_PROF, 0)
        _send(answer)


def _send(answer: dict[str, Any]) -> None:
    line = json.dumps(answer)
    if len(line) > LONGEST:
        sys.exit(1)
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _limit(megabytes: int) -> None:
    """What it has mapped now, and so much more; where there is no /proc, the processor's time alone is limited."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        most = pages * resource.getpagesize() + megabytes * MEGABYTE
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


main()
