"""Node packages for tests, all installed at first use."""

from __future__ import annotations

import subprocess
from pathlib import Path

NODE = Path(__file__).parent / "node"
INSTALL = ("npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--silent")


def installed(package: str) -> Path:
    """The folder of a package that tests/node/package.json names."""
    folder = NODE / "node_modules" / package
    if not (folder / "package.json").exists():
        subprocess.run(INSTALL, cwd=NODE, check=True, timeout=90, capture_output=True)
    return folder
