"""Imports are at the top of a file, except those deferred for a fast start."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("bot", "commands", "deploy")
LATE = {
    "bot/cli/main.py": {  # `fisk help` needs none of them
        *("bot.cli.console", "bot.cli.service", "bot.cli.completion", "bot.cli.learning"),
    },
    "bot/cli/views.py": {"bot.cli.live"},  # a pipe does not need rich
    "bot/cli/service.py": {"bot.cli.init"},  # the bot asks nobody at a terminal
    "bot/app/systems.py": {"deploy.systems.ssh"},  # not where no host is named
    "deploy/builds/filters.py": {"yaml"},  # needed only for a commit without a build
    "deploy/core/seal.py": {"cryptography.fernet"},  # slow to import, rarely needed
}


def parsed(*packages: str) -> Iterator[tuple[Path, ast.Module]]:
    """Their files, parsed."""
    for package in packages:
        for file in sorted((ROOT / package).rglob("*.py")):
            yield file.relative_to(ROOT), ast.parse(file.read_text())


def imported(tree: ast.AST) -> Iterator[str]:
    """The modules that are imported anywhere in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from {_from(node.module or "", alias.name) for alias in node.names}


def _from(module: str, name: str) -> str:
    """`from bot.cli import console` imports a module, `from bot.cli.console import perform` only its parent."""
    inner = f"{module}.{name}"
    return inner if (ROOT / f"{inner.replace('.', '/')}.py").exists() else module


def late(tree: ast.Module) -> set[str]:
    """The modules that are imported inside functions."""
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return {name for function in functions for name in imported(function)}


def test_modules_are_imported_at_the_top_of_a_file() -> None:
    assert {str(file): names for file, tree in parsed(*PACKAGES) if (names := late(tree))} == LATE


def test_no_module_is_imported_by_a_computed_name() -> None:
    found = [
        str(file)
        for file, tree in parsed(*PACKAGES)
        if any(
            isinstance(node, ast.Name | ast.alias) and _named(node) == "import_module"
            for node in ast.walk(tree)
        )
    ]
    assert found == []


def _named(node: ast.Name | ast.alias) -> str:
    return node.id if isinstance(node, ast.Name) else node.name


def test_only_the_ways_out_that_look_at_the_lease_open_clients() -> None:
    """And the one for health URLs, which are only ever read."""
    makers = {
        str(file)
        for file, tree in parsed("deploy")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in {"httpx.AsyncClient", "paramiko.SSHClient"}
    }
    assert makers == {
        "deploy/systems/health.py",
        "deploy/systems/http.py",
        "deploy/systems/ssh/login.py",
    }
