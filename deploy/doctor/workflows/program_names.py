"""Programs by what they are known to do. What stands in none of these tables may do anything."""

from __future__ import annotations

from deploy.doctor.workflows.options import word_set

# Programs that build images, and by which of their words; all of them where there is none.
BUILDERS: dict[str, frozenset[str]] = {
    "buildah": frozenset(["bud", "build", "build-using-dockerfile", "from", "commit"]),
    "podman": frozenset(["build", "buildx", "image build", "farm", "commit", "kube"]),
    "nerdctl": frozenset(["build", "image build", "compose"]),
    "pack": frozenset(["build", "builder", "buildpack"]),
    "ko": frozenset(["build", "publish", "apply", "resolve", "create", "run"]),
    "img": frozenset(["build"]),
    "nixpacks": frozenset(["build"]),
    "s2i": frozenset(["build"]),
    "skaffold": frozenset(["build", "run", "dev", "debug"]),
    "werf": frozenset(["build", "converge", "export", "bundle"]),
    "devcontainer": frozenset(["build", "up"]),
    "apko": frozenset(["build", "publish"]),
    "jib": frozenset(["build", "jar", "war"]),
    "docker-squash": frozenset(),
    "kaniko": frozenset(),
    "executor": frozenset(),
    "earthly": frozenset(),
    "podman-compose": frozenset(["build", "up"]),
}
ELSEWHERE = {("depot", "build"): "at Depot", ("depot", "bake"): "at Depot"}

SHELLS = frozenset(["bash", "sh", "dash", "zsh", "ksh", "ash"])

# Before the command itself: which of their options take a word.
WRAPPERS: dict[str, frozenset[str]] = {
    "sudo": frozenset(["-u", "-g", "-h", "-p", "-C", "-D", "-R", "-T", "--user", "--group"]),
    "doas": frozenset(["-u"]),
    "env": frozenset(["-u", "-C", "--unset", "--chdir"]),
    "nice": frozenset(["-n"]),
    "ionice": frozenset(["-c", "-n"]),
    "timeout": frozenset(["-k", "-s", "--signal", "--kill-after"]),
    "stdbuf": frozenset(["-i", "-o", "-e"]),
    "xargs": frozenset(["-n", "-I", "-P", "-L", "-d", "-a", "-s"]),
    "command": frozenset(),
    "builtin": frozenset(),
    "exec": frozenset(["-a"]),
    "nohup": frozenset(),
    "time": frozenset(["-f", "-o"]),
    "retry": frozenset(["-t", "-s", "-d"]),
}

# Programs that build no image, whatever they are told.
HARMLESS = word_set(
    """
    : [ [[ ] ]] actionlint age ajv alias apk apt apt-get awk aws az b2sum base64 basename bc break brew
    bzip2 cal cat cd chgrp chmod chown clear cmp column comm continue cosign cp crane curl cut cwebp date
    dd declare df diff dig dirname dnf dos2unix dpkg du echo egrep envsubst exit expand export expr false
    fgrep file find fold free gawk gcloud gh git gitleaks gpg grep groups grype gunzip gzip hadolint hash
    head helm help hostname hostnamectl id ifconfig install ip jobs join journalctl jq kill killall
    kubectl kustomize ldd let ln local locale logger ls lsb_release lscpu lsof mapfile md5sum mkdir mktemp
    mongosh mv mysql mysqladmin nc netstat nproc nslookup openssl paste patch pg_isready pgrep pidof ping
    pip pip3 pkill popd printenv printf ps psql pushd pwd read readarray readlink readonly realpath
    redis-cli regctl rename return rev rg rm rmdir rsync scp sed seq set sftp sha1sum sha256sum sha512sum
    shellcheck shfmt shift shopt shred shuf skopeo sleep sops sort split sqlite3 ss ssh-add ssh-agent
    ssh-keygen ssh-keyscan stat strings stty sum syft sync sysctl systemctl tac tail tailscale tar tee
    terraform test top touch tr tree trivy true truncate tty type typeset ulimit umask uname uniq
    unlink unset unxz unzip uptime users valkey-cli vmstat wait wc wget which who whoami xz yes yq zcat
    zip zizmor zstd
    """
)

# Programs that run what a project names: harmless where no word speaks of images.
BY_NAME = word_set(
    """
    act-runner alembic artisan bandit biome black bun bundle bundler bunx cargo changeset clang
    clippy-driver cmake codecov commitlint composer conda corepack coverage cross ctest cypress dart deno
    depcheck django-admin dotnet elixir eslint fastlane flake8 flutter g++ gcc gem go gofmt golangci-lint
    gotestsum govulncheck gradle gradlew gunicorn hatch isort java javac jest knip lerna lighthouse mamba
    mix mkdocs mocha msbuild mvn mvnw mypy next node nox npm npx nuget nx nyc pdm php phpstan phpunit
    pip-audit pipenv playwright pnpm pnpx pod poetry pre-commit prettier prisma pylint pytest python
    python3 rails rake rollup rspec rubocop ruby ruff rustc rustfmt rustup semantic-release semgrep
    sentry-cli size-limit snyk sonar-scanner sphinx-build staticcheck swift tox tsc tsx turbo twine uv uvx
    vercel virtualenv vite vitest webpack wrangler yarn
    """
)
