"""The alerts for Prometheus."""

from __future__ import annotations

import re
from typing import Any

import yaml

from manual.project import DOCS

FILLED = re.compile(r"\{\{ \$(?:labels\.)?(\w+)[^}]*\}\}")  # by Prometheus


def listed() -> str:
    """A table of docs/monitoring/alerts.yml."""
    groups = yaml.safe_load((DOCS / "monitoring/alerts.yml").read_text())["groups"]
    rows = [_row(rule) for group in groups for rule in group["rules"]]
    return "\n".join(["| alert | what it says | what to do |", "|---|---|---|", *rows])


def _row(rule: dict[str, Any]) -> str:
    told = {name: FILLED.sub(r"*\1*", text) for name, text in rule["annotations"].items()}
    return f"| `{rule['alert']}` ({rule['labels']['severity']}) | {told['summary']} | {told['action']} |"
