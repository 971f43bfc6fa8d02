"""GitHub's JSON: what each value of the story looks like in an answer."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from sandbox.github.runs import LABELS, RUNNER, Phase, Run
from sandbox.story import BRANCH, REPOSITORY, WORKFLOW, Person, StoryCommit

if TYPE_CHECKING:
    from sandbox.clock import Clock
    from sandbox.github.history import Compared

WORKFLOW_ID = 118_402_777
REPOSITORY_ID = 902_117_345
RUNNER_ID = 21
HOOKS = (
    "archive assignees blobs branches collaborators comments commits compare contents contributors deployments "
    "downloads events forks git_commits git_refs git_tags hooks issue_comment issue_events issues keys labels "
    "languages merges milestones notifications pulls releases stargazers statuses subscribers subscription tags "
    "teams trees"
).split()
USER_LINKS = (
    "events followers following gists organizations received_events repos starred subscriptions"
).split()
OWNER = Person("FiskAI", REPOSITORY.partition("/")[0], "team@fiskai.example", 4100)


def node(kind: str, of: object) -> str:
    """A global node id: opaque, and the same every time."""
    return f"{kind}_{hashlib.sha256(f'{kind}{of}'.encode()).hexdigest()[:16]}"


class Payloads:
    """All forms, for one server (`api` is its base URL) and one clock."""

    def __init__(self, api: str, clock: Clock) -> None:
        self._api, self._clock = api, clock

    @property
    def repo_url(self) -> str:
        return f"{self._api}/repos/{REPOSITORY}"

    @property
    def _html(self) -> str:
        return f"https://github.com/{REPOSITORY}"

    def user(self, person: Person) -> dict[str, Any]:
        url = f"{self._api}/users/{person.login}"
        return {
            "login": person.login,
            "id": person.id,
            "node_id": node("U", person.id),
            "avatar_url": f"https://avatars.githubusercontent.com/u/{person.id}?v=4",
            "gravatar_id": "",
            "url": url,
            "html_url": f"https://github.com/{person.login}",
            **{f"{link}_url": f"{url}/{link}" for link in USER_LINKS},
            "type": "User",
            "user_view_type": "public",
            "site_admin": False,
        }

    def repository(self) -> dict[str, Any]:
        """The short form, which other payloads carry."""
        owner, _, name = REPOSITORY.partition("/")
        return {
            "id": REPOSITORY_ID,
            "node_id": node("R", REPOSITORY_ID),
            "name": name,
            "full_name": REPOSITORY,
            "owner": self.user(OWNER) | {"type": "Organization", "login": owner},
            "private": False,
            "html_url": self._html,
            "description": "Fiscal receipts and invoices",
            "fork": False,
            "url": self.repo_url,
            **{f"{hook}_url": f"{self.repo_url}/{hook}" for hook in HOOKS},
        }

    def full_repository(self) -> dict[str, Any]:
        counts = (
            "forks forks_count open_issues open_issues_count stargazers_count watchers watchers_count".split()
        )
        has = "has_issues has_projects has_wiki has_pages has_discussions".split()
        return {
            **self.repository(),
            "default_branch": BRANCH,
            "visibility": "public",
            "clone_url": f"{self._html}.git",
            "git_url": f"git://github.com/{REPOSITORY}.git",
            "ssh_url": f"git@github.com:{REPOSITORY}.git",
            "svn_url": self._html,
            "mirror_url": None,
            "homepage": None,
            "language": "TypeScript",
            "license": None,
            "archived": False,
            "disabled": False,
            **dict.fromkeys(has, False),
            **dict.fromkeys(counts, 0),
            "size": 48_211,
            "network_count": 0,
            "subscribers_count": 3,
            "created_at": "2025-02-11T08:00:00Z",
            "pushed_at": self._clock.iso(0),
            "updated_at": self._clock.iso(0),
        }

    # --- commits

    def commit(self, commit: StoryCommit) -> dict[str, Any]:
        signature = {
            "name": commit.author.name,
            "email": commit.author.email,
            "date": self._clock.iso(commit.at),
        }
        url = f"{self.repo_url}/commits/{commit.sha}"
        git = f"{self.repo_url}/git"
        return {
            "sha": commit.sha,
            "node_id": node("C", commit.sha),
            "commit": {
                "author": signature,
                "committer": {"name": "GitHub", "email": "noreply@github.com", "date": signature["date"]},
                "message": commit.message,
                "tree": {"sha": _tree(commit), "url": f"{git}/trees/{_tree(commit)}"},
                "url": f"{git}/commits/{commit.sha}",
                "comment_count": 0,
                "verification": {
                    "verified": False,
                    "reason": "unsigned",
                    "signature": None,
                    "payload": None,
                    "verified_at": None,
                },
            },
            "url": url,
            "html_url": f"{self._html}/commit/{commit.sha}",
            "comments_url": f"{url}/comments",
            "author": self.user(commit.author) if commit.author.login else None,
            "committer": self.user(commit.author) if commit.author.login else None,
            "parents": [self._parent(commit.parent)] if commit.parent else [],
        }

    def commit_with_files(self, commit: StoryCommit) -> dict[str, Any]:
        files = self.files([commit])
        lines = 6 * len(files)
        stats = {"total": 2 * lines, "additions": lines, "deletions": lines}
        return {**self.commit(commit), "stats": stats, "files": files}

    def files(self, commits: list[StoryCommit]) -> list[dict[str, Any]]:
        changed = {name: commit.sha for commit in commits for name in commit.files}
        return [
            {
                "sha": hashlib.sha1(name.encode(), usedforsecurity=False).hexdigest(),
                "filename": name,
                "status": "modified",
                "additions": 6,
                "deletions": 6,
                "changes": 12,
                "blob_url": f"{self._html}/blob/{sha}/{name}",
                "raw_url": f"{self._html}/raw/{sha}/{name}",
                "contents_url": f"{self.repo_url}/contents/{name}?ref={sha}",
            }
            for name, sha in sorted(changed.items())
        ]

    def _parent(self, sha: str) -> dict[str, str]:
        return {
            "sha": sha,
            "url": f"{self.repo_url}/commits/{sha}",
            "html_url": f"{self._html}/commit/{sha}",
        }

    def comparison(self, compared: Compared, basehead: str, shown: list[StoryCommit]) -> dict[str, Any]:
        """`shown` is the page of commits that was asked for."""
        html = f"{self._html}/compare/{basehead}"
        return {
            "url": f"{self.repo_url}/compare/{basehead}",
            "html_url": html,
            "permalink_url": html,
            "diff_url": f"{html}.diff",
            "patch_url": f"{html}.patch",
            "base_commit": self.commit(compared.base),
            "merge_base_commit": self.commit(compared.fork),
            "status": compared.status,
            "ahead_by": len(compared.ahead),
            "behind_by": len(compared.behind),
            "total_commits": len(compared.ahead),
            "commits": [self.commit(commit) for commit in shown],
            "files": self.files(list(compared.ahead)),
        }

    # --- workflow runs

    def workflow(self) -> dict[str, Any]:
        return {
            "id": WORKFLOW_ID,
            "node_id": node("W", WORKFLOW_ID),
            "name": "Build",
            "path": f".github/workflows/{WORKFLOW}",
            "state": "active",
            "created_at": "2025-06-02T08:00:00Z",
            "updated_at": "2026-01-11T08:00:00Z",
            "url": f"{self.repo_url}/actions/workflows/{WORKFLOW_ID}",
            "html_url": f"{self._html}/blob/{BRANCH}/.github/workflows/{WORKFLOW}",
            "badge_url": f"{self._html}/workflows/Build/badge.svg",
        }

    def run(self, run: Run) -> dict[str, Any]:
        commit, clock, url = run.commit, self._clock, f"{self.repo_url}/actions/runs/{run.id}"
        begun = clock.iso(run.whole.begins)
        links = "jobs logs cancel rerun artifacts".split()
        return {
            "id": run.id,
            "name": "Build",
            "node_id": node("WFR", run.id),
            "head_branch": commit.branch,
            "head_sha": commit.sha,
            "path": f".github/workflows/{WORKFLOW}",
            "display_title": commit.title,
            "run_number": run.number,
            "run_attempt": 1,
            "event": "push",
            "status": run.whole.status(clock),
            "conclusion": run.whole.concluded(clock),
            "workflow_id": WORKFLOW_ID,
            "check_suite_id": run.id + 7,
            "check_suite_node_id": node("CS", run.id),
            "url": url,
            "html_url": f"{self._html}/actions/runs/{run.id}",
            "pull_requests": [],
            "created_at": begun,
            "updated_at": clock.iso(run.updated(clock)),
            "run_started_at": begun,
            "actor": self.user(commit.author),
            "triggering_actor": self.user(commit.author),
            **{f"{link}_url": f"{url}/{link}" for link in links},
            "check_suite_url": f"{self.repo_url}/check-suites/{run.id + 7}",
            "previous_attempt_url": None,
            "workflow_url": f"{self.repo_url}/actions/workflows/{WORKFLOW_ID}",
            "head_commit": {
                "id": commit.sha,
                "tree_id": _tree(commit),
                "message": commit.message,
                "timestamp": clock.iso(commit.at),
                "author": {"name": commit.author.name, "email": commit.author.email},
                "committer": {"name": "GitHub", "email": "noreply@github.com"},
            },
            "repository": self.repository(),
            "head_repository": self.repository(),
        }

    def job(self, run: Run) -> dict[str, Any]:
        clock, phase = self._clock, run.job
        started = clock.passed(phase.begins)
        return {
            "id": run.job_id,
            "run_id": run.id,
            "workflow_name": "Build",
            "head_branch": run.commit.branch,
            "run_url": f"{self.repo_url}/actions/runs/{run.id}",
            "run_attempt": 1,
            "node_id": node("CR", run.job_id),
            "head_sha": run.commit.sha,
            "url": f"{self.repo_url}/actions/jobs/{run.job_id}",
            "html_url": f"{self._html}/actions/runs/{run.id}/job/{run.job_id}",
            "status": phase.status(clock),
            "conclusion": phase.concluded(clock),
            "created_at": clock.iso(run.whole.begins),
            "started_at": clock.iso(phase.begins if started else run.whole.begins),
            "completed_at": clock.iso(phase.ends) if clock.passed(phase.ends) else None,
            "name": phase.name,
            "steps": [self._step(number, step) for number, step in enumerate(run.steps, 1)]
            if started
            else [],
            "check_run_url": f"{self.repo_url}/check-runs/{run.job_id}",
            "labels": list(LABELS),
            "runner_id": RUNNER_ID if started else None,
            "runner_name": RUNNER if started else None,
            "runner_group_id": 1 if started else None,
            "runner_group_name": "Default" if started else None,
        }

    def _step(self, number: int, step: Phase) -> dict[str, Any]:
        clock = self._clock
        return {
            "name": step.name,
            "number": number,
            "status": step.status(clock),
            "conclusion": step.concluded(clock),
            "started_at": clock.iso(step.begins) if clock.passed(step.begins) else None,
            "completed_at": clock.iso(step.ends) if clock.passed(step.ends) else None,
        }


def _tree(commit: StoryCommit) -> str:
    return hashlib.sha1(f"tree {commit.sha}".encode(), usedforsecurity=False).hexdigest()
