"""One tree of commands for Slack and the terminal. Its callbacks only parse, into a frozen Invocation.

It imports nothing heavy, so that `fisk help` answers at once.
"""

from __future__ import annotations

from commands.grammar.buildkit import BuildKitLogs, BuildKitStatus, RecreateBuildKit, RestartBuildKit
from commands.grammar.builds import Builds, CancelBuild, RerunBuild, ShowBuild, StartBuild
from commands.grammar.deploys import Deploy, Rollback
from commands.grammar.doctor import Doctor
from commands.grammar.env import EnvCopy, EnvDiff, EnvList, EnvResume, EnvUndo
from commands.grammar.history import Cancel, History, ShowOperation
from commands.grammar.incidents import Changes, Timeline
from commands.grammar.line import Help, again, help_lines, parse, tree, usage
from commands.grammar.locks import Lock, Locks, Unlock
from commands.grammar.notices import SetNotify, ShowNotify
from commands.grammar.runner import RestartRunner, ShowRunners
from commands.grammar.status import Status, Where
from commands.grammar.syntax import DEFAULT_TARGET, Invocation, is_commit

__all__ = [
    "DEFAULT_TARGET",
    "BuildKitLogs",
    "BuildKitStatus",
    "Builds",
    "Cancel",
    "CancelBuild",
    "Changes",
    "Deploy",
    "Doctor",
    "EnvCopy",
    "EnvDiff",
    "EnvList",
    "EnvResume",
    "EnvUndo",
    "Help",
    "History",
    "Invocation",
    "Lock",
    "Locks",
    "RecreateBuildKit",
    "RerunBuild",
    "RestartBuildKit",
    "RestartRunner",
    "Rollback",
    "SetNotify",
    "ShowBuild",
    "ShowNotify",
    "ShowOperation",
    "ShowRunners",
    "StartBuild",
    "Status",
    "Timeline",
    "Unlock",
    "Where",
    "again",
    "help_lines",
    "is_commit",
    "parse",
    "tree",
    "usage",
]
