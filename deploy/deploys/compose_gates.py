"""The gates on a project of docker compose. Pure."""

from __future__ import annotations

from deploy.core.compose_model import Project
from deploy.core.model import Offer, follows, short
from deploy.core.units import plural
from deploy.deploys.gate_report import Situation, Verdict, refuse
from deploy.deploys.project_errors import ComposeAtWork, OnLatest


def by_variable(it: Situation) -> Verdict:
    """No container is of a tag that the variables do not set: a deploy would leave it as it is."""
    project = it.project or Project((), "", ())
    fixed = sorted({part.service for part in project.parts if follows(part.tag)})
    if fixed:
        target = it.target
        return refuse("image tag", OnLatest(services=", ".join(fixed), host=target.host, target=target.name))
    return Verdict("image tag", f"{it.target.folder}/.env says {short(project.set_to) or 'none yet'}")


def containers(it: Situation) -> Verdict:
    """What is down before a deploy is no reason against it, and is said."""
    project = it.project or Project((), "", ())
    count = f"{plural(len(project.parts), 'container')} of {plural(len(project.services), 'service')}"
    if project.healthy:
        return Verdict("containers", count)
    return Verdict("containers", project.note if project.parts else "none of it runs yet", warning=True)


def idle(it: Situation) -> Verdict:
    if not it.busy:
        return Verdict("compose", "not at work there")
    sha, target = short(it.commit.sha), it.target
    wait = Offer("Deploy when done", f"deploy {sha} --to {target.name} --wait")
    busy = ComposeAtWork(folder=target.folder, host=target.host, sha=sha, target=target.name, offers=(wait,))
    return refuse("compose", busy)


GATES = (by_variable, containers, idle)
