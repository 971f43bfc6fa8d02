"""The commit that a branch, a tag or a pull request names now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.deploys.ref_errors import PullNotMerged

if TYPE_CHECKING:
    from deploy.core.github_model import Commit
    from deploy.world import World


async def named_commit(world: World, name: str) -> Commit:
    """`name`: of a branch or a tag, or `#123` for a pull request that was merged into the deployed branch.

    Raises:
        PullNotMerged: it was not.
        CommitNotFound: GitHub knows nothing of that name.
        SystemFailure: GitHub does not answer.
    """
    github = world.systems.github
    if not name.startswith("#"):
        return await github.commit(name)
    pull = await github.pull(int(name[1:]))
    if not pull.merged or pull.base != github.branch:
        how = f"was merged into {pull.base}" if pull.merged else "is not merged"
        raise PullNotMerged(number=pull.number, how=how, branch=github.branch)
    return await github.commit(pull.merge_commit)
