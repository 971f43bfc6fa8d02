"""Why a deployment of Coolify's is not cancelled."""

from __future__ import annotations

from deploy.core.errors.refusals import Refusal


class NoDeployment(Refusal):
    slug = "no_deployment"
    says = "Coolify has no deployment {deployment}."
    hint = "`/fisk status` names the one that is under way."
    deployment: str


class DeploymentOver(Refusal):
    slug = "deployment_over"
    says = "Coolify's deployment {deployment} is over: {state}."
    hint = "`/fisk status` says what runs."
    deployment: str
    state: str


class CannotCancel(Refusal):
    slug = "cannot_cancel"
    says = "Coolify {version} cannot cancel a deployment."
    hint = "It can since 4.0.0-beta.436. Wait for its end, or stop its helper container on the server."
    version: str
