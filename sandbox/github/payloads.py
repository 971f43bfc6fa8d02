"""GitHub's JSON for the story's values."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from sandbox.github.stories import APP
from sandbox.story import BRANCH, Person, StoryCommit

if TYPE_CHECKING:
    from sandbox.clock import Clock
    from sandbox.github.history import Compared, PullRequest, Push
    from sandbox.github.stories import RepositoryStory

REPOSITORY_ID = APP.id
HOOKS = (
    "archive assignees blobs branches collaborators comments commits compare contents contributors "
    "deployments downloads events forks git_commits git_refs git_tags hooks issue_comment issue_events "
    "issues keys labels languages merges milestones notifications pulls releases stargazers statuses "
    "subscribers subscription tags teams trees"
)
USER_LINKS = "events followers following gists organizations received_events repos starred subscriptions"
COUNTS = "forks forks_count open_issues open_issues_count stargazers_count watchers watchers_count"
HAS = "has_issues has_projects has_wiki has_pages has_discussions"
OWNER = Person("FiskAI", APP.name.partition("/")[0], "team@fiskai.example", 4100)


def node(kind: str, of: object) -> str:
    """A global node id: opaque and deterministic."""
    return f"{kind}_{hashlib.sha256(f'{kind}{of}'.encode()).hexdigest()[:16]}"


COMPARED_FILES = 300  # that a comparison lists


class Payloads:
    """All payloads of one repository, for one server (`api` is its base URL) and one clock."""

    def __init__(self, api: str, clock: Clock, story: RepositoryStory = APP, name: str = "") -> None:
        self._api, self.clock, self.story = api, clock, story
        self._name = name or story.name  # another one where it was renamed

    @property
    def repo_url(self) -> str:
        return f"{self._api}/repos/{self._name}"

    @property
    def html_url(self) -> str:
        return f"https://github.com/{self._name}"

    def pull(self, pull: PullRequest) -> dict[str, Any]:
        """A pull request, as far as its readers go."""
        return {
            "url": f"{self.repo_url}/pulls/{pull.number}",
            "html_url": f"{self.html_url}/pull/{pull.number}",
            "number": pull.number,
            "title": pull.title,
            "state": "closed" if pull.merged else "open",
            "merged": pull.merged,
            "merge_commit_sha": pull.merge_commit,
            "base": {"ref": pull.base},
        }

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
            **{f"{link}_url": f"{url}/{link}" for link in USER_LINKS.split()},
            "type": "User",
            "user_view_type": "public",
            "site_admin": False,
        }

    def repository(self) -> dict[str, Any]:
        """The short form, as embedded in other payloads."""
        owner, _, name = self._name.partition("/")
        return {
            "id": self.story.id,
            "node_id": node("R", self.story.id),
            "name": name,
            "full_name": self._name,
            "owner": self.user(OWNER) | {"type": "Organization", "login": owner},
            "private": False,
            "html_url": self.html_url,
            "description": "Fiscal receipts and invoices",
            "fork": False,
            "url": self.repo_url,
            **{f"{hook}_url": f"{self.repo_url}/{hook}" for hook in HOOKS.split()},
        }

    def full_repository(self) -> dict[str, Any]:
        return {
            **self.repository(),
            "default_branch": BRANCH,
            "visibility": "public",
            "clone_url": f"{self.html_url}.git",
            "git_url": f"git://github.com/{self.story.name}.git",
            "ssh_url": f"git@github.com:{self.story.name}.git",
            "svn_url": self.html_url,
            "mirror_url": None,
            "homepage": None,
            "language": "TypeScript",
            "license": None,
            "archived": False,
            "disabled": False,
            **dict.fromkeys(HAS.split(), False),
            **dict.fromkeys(COUNTS.split(), 0),
            "size": 48_211,
            "network_count": 0,
            "subscribers_count": 3,
            "created_at": "2025-02-11T08:00:00Z",
            "pushed_at": self.clock.iso(0),
            "updated_at": self.clock.iso(0),
        }

    def activity(self, push: Push) -> dict[str, Any]:
        return {
            "id": 1_296_269 + int(push.after[:6], 16),
            "node_id": node("PSH", push.after),
            "before": push.before or "0" * 40,
            "after": push.after,
            "ref": f"refs/heads/{push.branch}",
            "timestamp": self.clock.iso(push.at),
            "activity_type": "push" if push.before else "branch_creation",
            "actor": self.user(OWNER),
        }

    # --- commits

    def commit(self, commit: StoryCommit) -> dict[str, Any]:
        signature = {
            "name": commit.author.name,
            "email": commit.author.email,
            "date": self.clock.iso(commit.at),
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
                "tree": {"sha": tree(commit), "url": f"{git}/trees/{tree(commit)}"},
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
            "html_url": f"{self.html_url}/commit/{commit.sha}",
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
        before = dict(pair for commit in commits for pair in commit.renamed)
        return [
            {
                "sha": hashlib.sha1(name.encode(), usedforsecurity=False).hexdigest(),
                "filename": name,
                "status": "renamed" if name in before else "modified",
                **({"previous_filename": before[name]} if name in before else {}),
                "additions": 6,
                "deletions": 6,
                "changes": 12,
                "blob_url": f"{self.html_url}/blob/{sha}/{name}",
                "raw_url": f"{self.html_url}/raw/{sha}/{name}",
                "contents_url": f"{self.repo_url}/contents/{name}?ref={sha}",
            }
            for name, sha in sorted(changed.items())
        ]

    def _parent(self, sha: str) -> dict[str, str]:
        return {
            "sha": sha,
            "url": f"{self.repo_url}/commits/{sha}",
            "html_url": f"{self.html_url}/commit/{sha}",
        }

    def comparison(self, compared: Compared, basehead: str, shown: list[StoryCommit]) -> dict[str, Any]:
        """`shown` is the requested page of commits."""
        html = f"{self.html_url}/compare/{basehead}"
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
            "files": self.files(list(compared.ahead))[:COMPARED_FILES],
        }


def tree(commit: StoryCommit) -> str:
    return hashlib.sha1(f"tree {commit.sha}".encode(), usedforsecurity=False).hexdigest()
