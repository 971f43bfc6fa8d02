"""What an operation's id looks like: its kind's first letter, and six characters, as in d-7k3f2a."""

from __future__ import annotations

import re

ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # without characters that are easily confused
LENGTH = 6
ID = re.compile(rf"[a-z]-[{ALPHABET}]{{{LENGTH}}}")
