"""What status, where, builds, build and runner answer."""

from __future__ import annotations

from dataclasses import dataclass

from commands.replies import Reply
from deploy.chain.builds import BuildList, BuildReport
from deploy.chain.journey import Journey
from deploy.chain.runners import Runners
from deploy.chain.status import Status


@dataclass(frozen=True, slots=True)
class ChainStatus(Reply):
    status: Status


@dataclass(frozen=True, slots=True)
class CommitJourney(Reply):
    journey: Journey


@dataclass(frozen=True, slots=True)
class BuildsTable(Reply):
    listed: BuildList
    branch: str


@dataclass(frozen=True, slots=True)
class OneBuild(Reply):
    report: BuildReport
    branch: str


@dataclass(frozen=True, slots=True)
class RunnersTable(Reply):
    runners: Runners
