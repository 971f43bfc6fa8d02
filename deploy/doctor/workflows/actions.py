"""What actions are known to do. What stands in none of these tables may do anything."""

from __future__ import annotations

import re

from deploy.doctor.workflows.options import word_set

# Build an image where docker/build-push-action does not.
BUILDERS = {
    "depot/build-push-action": "at Depot",
    "depot/bake-action": "at Depot",
    "redhat-actions/buildah-build": "on the runner itself",
    "redhat-actions/s2i-build": "on the runner itself",
    "int128/kaniko-action": "on the runner itself",
    "aevea/action-kaniko": "on the runner itself",
    "elgohr/publish-docker-github-action": "on the runner itself",
    "mr-smithers-excellent/docker-build-push": "on the runner itself",
    "whoan/docker-build-with-cache-action": "on the runner itself",
    "macbre/push-to-ghcr": "on the runner itself",
    "devcontainers/ci": "on the runner itself",
    "useblacksmith/build-push-action": "at Blacksmith",
    "azure/acr-build": "at Azure",
}
BUILDER_IMAGE = re.compile(r"\b(?:kaniko|buildah|img|buildkit)\b")

# Whose actions do something else than build: all of an owner's, or one.
OWNERS = frozenset(["actions", "github", "sigstore", "aquasecurity", "anchore", "codecov", "tailscale"])
HARMLESS = word_set(
    """
    8398a7/action-slack actions-ecosystem/action-add-labels actions-rs/toolchain
    amannn/action-semantic-pull-request andresz1/size-limit-action astral-sh/ruff-action
    astral-sh/setup-uv aws-actions/amazon-ecr-login aws-actions/configure-aws-credentials
    azure/docker-login azure/login azure/setup-kubectl benchmark-action/github-action-benchmark
    biomejs/setup-biome browser-actions/setup-chrome bufbuild/buf-setup-action
    buildpacks/github-actions/setup-pack changesets/action chromaui/action cloudflare/wrangler-action
    crazy-max/ghaction-dump-context crazy-max/ghaction-github-labeler crazy-max/ghaction-setup-docker
    cypress-io/github-action dart-lang/setup-dart denoland/setup-deno dependabot/fetch-metadata
    depot/setup-action docker-practice/actions-setup-docker docker/login-action docker/metadata-action
    docker/scout-action docker/setup-compose-action docker/setup-docker-action dorny/paths-filter
    dorny/test-reporter dtolnay/rust-toolchain erlef/setup-beam getsentry/action-release
    gitleaks/gitleaks-action golangci/golangci-lint-action google-github-actions/auth
    google-github-actions/setup-gcloud googleapis/release-please-action gradle/actions/setup-gradle
    gradle/wrapper-validation-action grafana/setup-k6-action graphite-app/graphite-ci-action
    hadolint/hadolint-action hashicorp/setup-terraform imjasonh/setup-crane imranismail/setup-kustomize
    jdx/mise-action jlumbroso/free-disk-space ko-build/setup-ko korthout/backport-action
    lycheeverse/lychee-action marocchino/sticky-pull-request-comment microsoft/playwright-github-action
    mozilla-actions/sccache-action mxschmitt/action-tmate nick-fields/assert-action ossf/scorecard-action
    oven-sh/setup-bun peaceiris/actions-gh-pages peter-evans/create-issue-from-file
    peter-evans/create-or-update-comment peter-evans/create-pull-request peter-evans/repository-dispatch
    pnpm/action-setup pre-commit/action pypa/gh-action-pypi-publish redhat-actions/podman-login
    redhat-actions/push-to-registry release-drafter/release-drafter returntocorp/semgrep-action
    reviewdog/action-actionlint reviewdog/action-setup rhysd/actionlint rtcamp/action-slack-notify
    ruby/setup-ruby ruby/setup-ruby-pkgs semgrep/semgrep-action shimataro/ssh-key-action
    shivammathur/setup-php slackapi/slack-github-action snok/install-poetry softprops/action-gh-release
    sonarsource/sonarcloud-github-action sonarsource/sonarqube-scan-action step-security/harden-runner
    subosito/flutter-action supabase/setup-cli supercharge/redis-github-action swatinem/rust-cache
    taiki-e/install-action thollander/actions-comment-pull-request tj-actions/changed-files
    treosh/lighthouse-ci-action trufflesecurity/trufflehog volta-cli/action voltapp/setup-volta
    webfactory/ssh-agent wei/curl zizmorcore/zizmor-action
    """
)


def name_of(uses: str) -> str:
    """`owner/name` or `owner/name/folder` of an action, in small letters, without its version."""
    return uses.partition("@")[0].strip().lower()


def harmless(uses: str) -> bool:
    """Whether it is known to build nothing."""
    name = name_of(uses)
    owner, repository = (*name.split("/"), "", "")[:2]
    return owner in OWNERS or name in HARMLESS or f"{owner}/{repository}" in HARMLESS
