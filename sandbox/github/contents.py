"""A repository's files."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import yaml
from aiohttp import web

from sandbox.github.allowance import refusal
from sandbox.story import BRANCH

if TYPE_CHECKING:
    from sandbox.github.stories import RepositoryStory

FOLDER = ".github/workflows"
WIDTH = 60  # characters of a line of GitHub's base64

BUILD = """\
name: Build
run-name: ${{ inputs.fisk && format('fisk {0}', inputs.fisk) }}

on:
  push:
    branches: [main]
    paths-ignore: ["docs/**", "*.md", ".github/workflows/ci.yml"]
  workflow_dispatch:
    inputs:
      force_no_cache: {type: boolean, default: false}
      dry_run: {type: boolean, default: false}
      fisk: {type: string, default: ""}

env:
  REGISTRY: ghcr.io
  BUILDKIT: ENDPOINT

jobs:
  build:
    runs-on: [self-hosted, linux, x64, fiskai-build]
    permissions: {contents: read, packages: write}
    env:
      IMAGE: ${{ env.REGISTRY }}/wandeon/fiskai-app
    steps:
      - uses: actions/checkout@v4
      - name: Set up buildx
        uses: docker/setup-buildx-action@v3
        with:
          driver: remote
          endpoint: ${{ env.BUILDKIT }}
      - uses: docker/login-action@v3
        with:
          registry: ${{ env.REGISTRY }}
          username: ${{ github.actor }}
          password: ${{ secrets.GITHUB_TOKEN }}
      - id: meta
        uses: docker/metadata-action@v5
        with:
          images: ${{ env.IMAGE }}
          tags: |
            type=raw,value=latest,enable={{is_default_branch}}
            type=sha,prefix=,format=short
            type=sha,prefix=,format=long
      - name: Build and push
        uses: docker/build-push-action@v6
        with:
          push: ${{ inputs.dry_run != true }}
          no-cache: ${{ inputs.force_no_cache == true }}
          platforms: linux/arm64
          tags: ${{ steps.meta.outputs.tags }}
          labels: ${{ steps.meta.outputs.labels }}
          cache-from: type=registry,ref=${{ env.IMAGE }}:buildcache
          cache-to: type=registry,ref=${{ env.IMAGE }}:buildcache,mode=max
          provenance: false
          sbom: false
  deploy:
    needs: build
    if: github.ref == 'refs/heads/main'
    runs-on: [self-hosted, linux, x64, fiskai-build]
    steps:
      - run: curl --fail --request POST "$COOLIFY/api/v1/applications/$APP/restart"
"""

CI = """\
name: CI

on: [pull_request, push]

jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with: {node-version: 22}
      - run: npm ci && npm test
"""

WORKER = """\
name: Build the worker

on:
  push:
    branches: [main]
    paths: ["worker/**"]

jobs:
  worker:
    runs-on: [self-hosted, linux, x64, fiskai-build]
    steps:
      - uses: actions/checkout@v4
      - uses: docker/setup-buildx-action@v3
      - uses: docker/build-push-action@v6
        with:
          file: Dockerfile.worker
          push: true
          platforms: linux/amd64
          tags: ghcr.io/wandeon/fiskai-worker:latest,ghcr.io/wandeon/fiskai-worker:${{ github.sha }}
          provenance: false
          sbom: false
"""


class Contents:
    """`files` by path, the story's at first; `at` are other texts at single commits, None for a file that is not there.

    `too_large` are those that the API returns without content.
    """

    def __init__(self, story: RepositoryStory) -> None:
        self._story = story
        self.at: dict[tuple[str, str], str | None] = dict(story.at)
        self.files = dict(story.files)
        self.too_large: set[str] = set()
        self.truncated = False

    def build_at(self, endpoint: str) -> None:
        """Set the workflow's BuildKit address, as in `tcp://100.64.123.81:1234`."""
        self.change("ENDPOINT", endpoint)

    def change(self, old: str, new: str, file: str = "") -> None:
        """Replace a text in a workflow, by default the one that builds. Raises LookupError if it is not there."""
        path = f"{FOLDER}/{file or self._story.workflow}"
        if old not in self.files[path]:
            raise LookupError(old)
        self.files[path] = self.files[path].replace(old, new)

    def inputs(self) -> set[str]:
        """What the build's workflow takes when somebody starts it."""
        return set(yaml.safe_load(self._build)[True]["workflow_dispatch"]["inputs"])  # YAML 1.1 reads `on` so

    def title(self, inputs: Mapping[str, Any]) -> str:
        """The title of a run that somebody starts: its `run-name` where that gives one, else the workflow's name."""
        shown = "inputs.fisk" in yaml.safe_load(self._build).get("run-name", "")
        return f"fisk {inputs['fisk']}" if shown and inputs.get("fisk") else "Build"

    @property
    def _build(self) -> str:
        return self.files[f"{FOLDER}/{self._story.workflow}"]

    def routes(self, repo: str) -> list[web.RouteDef]:
        return [
            web.get(f"{repo}/contents/{{path:.+}}", self._contents),
            web.get(f"{repo}/git/trees/{{ref:.+}}", self._tree),
        ]

    async def _tree(self, request: web.Request) -> web.Response:
        """Of any commit or branch the files as they are, with their folders first as git lists them."""
        api = f"https://api.github.com/repos/{self._story.name}/git"
        folders = {
            "/".join(path.split("/")[:depth])
            for path in self.files
            for depth in range(1, path.count("/") + 1)
        }
        tree = [
            {
                "path": path,
                "mode": mode,
                "type": kind,
                "sha": (sha := _sha(path)),
                "url": f"{api}/{kind}s/{sha}",
            }
            for path, mode, kind in sorted(
                [
                    *((each, "040000", "tree") for each in folders),
                    *((each, "100644", "blob") for each in self.files),
                ]
            )
        ]
        sha = _sha(request.match_info["ref"])
        return web.json_response(
            {"sha": sha, "url": f"{api}/trees/{sha}", "tree": tree, "truncated": self.truncated}
        )

    async def _contents(self, request: web.Request) -> web.Response:
        path = request.match_info["path"].strip("/")
        text = self.at.get((request.query.get("ref", ""), path), self.files.get(path))
        if text is not None:
            return web.json_response(self._file(path, text, full=True))
        below = [each for each in self.files if each.rpartition("/")[0] == path]
        if not below:
            return refusal(404, "Not Found")
        return web.json_response([self._file(each, self.files[each], full=False) for each in sorted(below)])

    def _file(self, path: str, content: str, *, full: bool) -> dict[str, Any]:
        text, name = content.encode(), self._story.name
        blob = b"blob %d\0%b" % (len(text), text)
        about = {
            "type": "file",
            "size": len(text),
            "name": path.rpartition("/")[2],
            "path": path,
            "sha": hashlib.sha1(blob, usedforsecurity=False).hexdigest(),
            "url": f"https://api.github.com/repos/{name}/contents/{path}?ref={BRANCH}",
            "html_url": f"https://github.com/{name}/blob/{BRANCH}/{path}",
            "git_url": f"https://api.github.com/repos/{name}/git/blobs/{path}",
            "download_url": f"https://raw.githubusercontent.com/{name}/{BRANCH}/{path}",
        }
        about["_links"] = {"self": about["url"], "git": about["git_url"], "html": about["html_url"]}
        if not full:
            return about
        if path in self.too_large:
            return {**about, "encoding": "none", "content": ""}
        encoded = base64.b64encode(text).decode()
        lines = [encoded[place : place + WIDTH] for place in range(0, len(encoded), WIDTH)]
        return {**about, "encoding": "base64", "content": "\n".join(lines) + "\n"}


def _sha(of: str) -> str:
    return hashlib.sha1(of.encode(), usedforsecurity=False).hexdigest()
