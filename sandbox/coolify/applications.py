"""An application as Coolify stores it: its columns and those of its settings table."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sandbox.coolify.variables import Variables

COLUMNS: dict[str, Any] = {
    "description": None,
    "repository_project_id": None,
    "fqdn": None,
    "noindex_domains": None,
    "config_hash": "5d41402abc4b2a76b9719d911017c592",
    "git_repository": "coollabsio/coolify",
    "git_branch": "main",
    "git_commit_sha": "HEAD",
    "git_full_url": None,
    "docker_registry_image_name": None,
    "docker_registry_image_tag": "latest",
    "build_pack": "dockerimage",
    "static_image": "nginx:alpine",
    "install_command": None,
    "build_command": None,
    "start_command": None,
    "ports_exposes": "3000",
    "ports_mappings": None,
    "custom_network_aliases": None,
    "base_directory": "/",
    "publish_directory": None,
    "health_check_enabled": True,
    "health_check_path": "/api/health",
    "health_check_port": None,
    "health_check_host": "localhost",
    "health_check_method": "GET",
    "health_check_return_code": 200,
    "health_check_scheme": "http",
    "health_check_response_text": None,
    "health_check_interval": 5,
    "health_check_timeout": 5,
    "health_check_retries": 3,
    "health_check_start_period": 5,
    "health_check_type": "http",
    "health_check_command": None,
    "limits_memory": "0",
    "limits_memory_swap": "0",
    "limits_memory_swappiness": 60,
    "limits_memory_reservation": "0",
    "limits_cpus": "0",
    "limits_cpuset": None,
    "limits_cpu_shares": 1024,
    "preview_url_template": "{{pr_id}}.{{domain}}",
    "max_restart_count": 10,
    "destination_type": "App\\Models\\StandaloneDocker",
    "destination_id": 1,
    "source_id": None,
    "private_key_id": None,
    "environment_id": 1,
    "dockerfile": None,
    "dockerfile_location": "/Dockerfile",
    "dockerfile_target_build": None,
    "custom_labels": None,
    "docker_compose_location": "/docker-compose.yaml",
    "docker_compose": None,
    "docker_compose_raw": None,
    "docker_compose_domains": None,
    "docker_compose_custom_start_command": None,
    "docker_compose_custom_build_command": None,
    "manual_webhook_secret_github": "wh-github",
    "manual_webhook_secret_gitlab": "wh-gitlab",
    "manual_webhook_secret_bitbucket": "wh-bitbucket",
    "manual_webhook_secret_gitea": "wh-gitea",
    "swarm_replicas": 1,
    "swarm_placement_constraints": None,
    "custom_docker_run_options": None,
    "post_deployment_command": None,
    "post_deployment_command_container": None,
    "pre_deployment_command": None,
    "pre_deployment_command_container": None,
    "watch_paths": None,
    "custom_healthcheck_found": False,
    "redirect": "both",
    "compose_parsing_version": "5",
    "custom_nginx_configuration": None,
    "is_http_basic_auth_enabled": False,
    "http_basic_auth_username": None,
    "http_basic_auth_password": None,
    "deleted_at": None,
}

SETTINGS: dict[str, Any] = {
    "is_static": False,
    "is_git_submodules_enabled": True,
    "is_git_lfs_enabled": True,
    "is_auto_deploy_enabled": True,
    "is_force_https_enabled": True,
    "is_debug_enabled": False,
    "is_preview_deployments_enabled": False,
    "is_log_drain_enabled": False,
    "is_gpu_enabled": False,
    "gpu_driver": "nvidia",
    "gpu_count": None,
    "gpu_device_ids": None,
    "gpu_options": None,
    "is_include_timestamps": False,
    "is_swarm_only_worker_nodes": True,
    "is_raw_compose_deployment_enabled": False,
    "is_build_server_enabled": False,
    "is_consistent_container_name_enabled": False,
    "is_gzip_enabled": True,
    "is_stripprefix_enabled": True,
    "connect_to_docker_network": False,
    "custom_internal_name": None,
    "is_container_label_escape_enabled": True,
    "is_env_sorting_enabled": True,
    "is_container_label_readonly_enabled": True,
    "is_preserve_repository_enabled": False,
    "disable_build_cache": False,
    "is_spa": False,
    "is_git_shallow_clone_enabled": True,
    "is_pr_deployments_public_enabled": False,
    "use_build_secrets": False,
    "inject_build_args_to_dockerfile": True,
    "include_source_commit_in_build": False,
    "docker_images_to_keep": 2,
    "stop_grace_period": None,
}

SENSITIVE = (
    "custom_labels",
    "docker_compose",
    "docker_compose_raw",
    "dockerfile",
    "http_basic_auth_password",
    "manual_webhook_secret_bitbucket",
    "manual_webhook_secret_gitea",
    "manual_webhook_secret_github",
    "manual_webhook_secret_gitlab",
    "private_key_id",
)


@dataclass
class App:
    """The configured application; what really runs is in the host.

    Attributes:
        target: its name on the host and in fisk.
        may_deploy: whether Coolify's policy lets the token's user deploy it.
        taken_over_when_cancelled: whether one cancelled in its health check replaces the container anyway.
        deploys: how many deployments were requested, by any endpoint.
    """

    id: int
    uuid: str
    name: str
    target: str
    columns: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=lambda: dict(SETTINGS))
    may_deploy: bool = True
    taken_over_when_cancelled: bool = False
    status: str = "exited"
    deploys: int = 0
    variables: Variables = field(default_factory=Variables)

    def __post_init__(self) -> None:
        self.columns = COLUMNS | {"fqdn": f"https://{self.target}.fiskai.example"} | self.columns

    @property
    def image(self) -> str:
        return str(self.columns["docker_registry_image_name"])

    @property
    def tag(self) -> str:
        return str(self.columns["docker_registry_image_tag"] or "")

    @property
    def commit(self) -> str:
        return str(self.columns["git_commit_sha"] or "HEAD")

    def reference(self, *, pins: bool) -> str:
        """The reference that the job pulls: name and tag, joined with a colon; an empty tag is `latest`.

        With `pins`, a tag of the form `sha256-…` pins a digest (ApplicationDeploymentJob, generate_image_names).
        """
        if pins and self.tag.startswith("sha256-"):
            return f"{self.image}@sha256:{self.tag.removeprefix('sha256-')}"
        return f"{self.image}:{self.tag or 'latest'}"

    @property
    def rolling(self) -> bool:
        """Whether the new container can start beside the old one."""
        return not (
            self.columns["ports_mappings"]
            or self.settings["is_consistent_container_name_enabled"]
            or self.settings["custom_internal_name"]
            or "--ip" in str(self.columns["custom_docker_run_options"] or "")
        )

    def payload(self, *, sensitive: bool) -> dict[str, Any]:
        """The application as in the API, without the fields that need `read:sensitive`."""
        hidden = () if sensitive else SENSITIVE
        shown = {name: value for name, value in self.columns.items() if name not in hidden}
        times = {"created_at": "2025-03-02T09:14:05.000000Z", "updated_at": "2026-01-11T17:40:12.000000Z"}
        about = {"id": self.id, "uuid": self.uuid, "name": self.name, "status": self.status}
        return {**about, **shown, **times, "settings": dict(self.settings)}
