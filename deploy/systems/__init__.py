"""Clients of the systems that fisk works with."""

import sys
from typing import Any

# httpx and paramiko import these where they are installed, for a command line and for `Match exec` in ssh_config,
# neither of which is used here; both take a failed import for "not installed". It saves 60 ms at the start.
NOT_USED: dict[str, Any] = {"httpx._main": None, "invoke": None}

sys.modules.update({name: found for name, found in NOT_USED.items() if name not in sys.modules})
