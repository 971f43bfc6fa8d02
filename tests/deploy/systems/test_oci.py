from __future__ import annotations

from contextlib import suppress
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given, strategies as st

from deploy.core.errors import SystemFailure, Unexpected
from deploy.core.reference import split
from deploy.systems import oci
from deploy.systems.oci import Challenge, Config, Entry, Manifest, Pass
from tests.deploy.systems.any_json import any_json

DIGEST, OTHER = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"
COMMIT = "3f2a1b9c85e4d7f60a19b3c2e8d5f4a7061b9e3c"


@pytest.mark.parametrize(
    ("repository", "expected"),
    [
        ("ghcr.io/wandeon/fiskai-app", ("ghcr.io", "wandeon/fiskai-app")),
        ("ghcr.io/Wandeon/FiskAI-App", ("ghcr.io", "wandeon/fiskai-app")),
        ("127.0.0.1:5000/app", ("127.0.0.1:5000", "app")),
        ("localhost/app", ("localhost", "app")),
        ("wandeon/fiskai-app", ("registry-1.docker.io", "wandeon/fiskai-app")),
        ("docker.io/wandeon/fiskai-app", ("registry-1.docker.io", "wandeon/fiskai-app")),
        ("nginx", ("registry-1.docker.io", "library/nginx")),
    ],
)
def test_a_repository_is_a_host_and_a_name_in_lower_case(repository: str, expected: tuple[str, str]) -> None:
    assert split(repository) == expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (
            'Bearer realm="https://ghcr.io/token",service="ghcr.io",scope="repository:a/b:pull"',
            Challenge("bearer", "https://ghcr.io/token", "ghcr.io", "repository:a/b:pull"),
        ),
        (
            'bearer service="r", realm="http://127.0.0.1/token", scope="repository:a:pull,push"',
            Challenge("bearer", "http://127.0.0.1/token", "r", "repository:a:pull,push"),
        ),
        ('Basic realm="Registry"', Challenge("basic", "Registry")),
        ("Bearer", Challenge()),
        ('Bearer realm="file:///etc/passwd"', Challenge()),
        ("", Challenge()),
    ],
)
def test_a_challenge_is_read(header: str, expected: Challenge) -> None:
    assert oci.parse_challenge(header) == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ({"token": "t", "expires_in": 300}, Pass("Bearer t", 1290)),
        ({"access_token": "t"}, Pass("Bearer t", 1050)),
        ({"token": "t", "expires_in": 5}, Pass("Bearer t", 995)),
    ],
)
def test_a_token_serves_until_shortly_before_it_expires(raw: Any, expected: Pass) -> None:
    assert oci.parse_token(raw, 1000) == expected


@pytest.mark.parametrize("raw", [{}, {"token": ""}, {"token": "a\nb"}, {"token": "ž"}, [], None])
def test_what_is_no_token_is_unexpected(raw: Any) -> None:
    with pytest.raises(Unexpected):
        oci.parse_token(raw, 0)


def test_a_token_is_not_shown() -> None:
    assert "verysecret" not in repr(oci.parse_token({"token": "verysecret"}, 0))


def test_a_single_manifest_names_its_config() -> None:
    annotated = {"config": {"digest": DIGEST}, "annotations": {oci.REVISION: COMMIT}}
    assert oci.parse_manifest(annotated) == Manifest(config=DIGEST, revision=COMMIT)


def test_an_index_names_its_images_and_not_its_attestations() -> None:
    arm = {"digest": DIGEST, "platform": {"os": "linux", "architecture": "arm64", "variant": "v8"}}
    nowhere = {"os": "unknown", "architecture": "unknown"}
    attestation = {
        "digest": OTHER,
        "annotations": {oci.REFERENCE: "attestation-manifest"},
        "platform": nowhere,
    }
    assert oci.parse_manifest({"manifests": [attestation, arm, {"digest": OTHER}]}) == Manifest(
        entries=(Entry(DIGEST, "linux/arm64"), Entry(OTHER, ""))
    )


@pytest.mark.parametrize(
    "raw",
    [
        {"schemaVersion": 1, "fsLayers": []},
        {"config": {}},
        {"config": {"digest": "../../etc/passwd"}},
        {"manifests": [{"digest": "sha256:../x"}]},
        {"manifests": None},
        {"manifests": [7]},
        [],
    ],
)
def test_what_is_no_manifest_is_unexpected(raw: Any) -> None:
    with pytest.raises(Unexpected):
        oci.parse_manifest(raw)


@pytest.mark.parametrize(
    ("platform", "expected"),
    [
        ({"os": "linux", "architecture": "arm64"}, "linux/arm64"),
        ({"os": "linux", "architecture": "arm64", "variant": "v8"}, "linux/arm64"),
        ({"os": "linux", "architecture": "arm", "variant": "v7"}, "linux/arm/v7"),
        ({"os": "linux"}, ""),
        ({}, ""),
    ],
)
def test_a_config_says_its_platform(platform: dict[str, str], expected: str) -> None:
    assert oci.parse_config(platform) == Config(expected)


def test_a_config_says_what_it_was_built_from_and_when() -> None:
    labels = {"config": {"Labels": {oci.REVISION: COMMIT}}, "created": "2023-11-14T22:13:20.123456789Z"}
    assert oci.parse_config(labels) == Config("", COMMIT, 1_700_000_000.123456)
    assert oci.parse_config({"config": {"Labels": None}, "created": "0001-01-01T00:00:00Z"}) == Config()


@pytest.mark.parametrize(
    "said", ["3f2a1b9", "<!channel> look", COMMIT.upper(), f"{COMMIT}\n", f"v1 {COMMIT}", 7, None]
)
def test_a_revision_that_is_no_commit_is_none(said: object) -> None:
    assert oci.parse_config({"config": {"Labels": {oci.REVISION: said}}}) == Config()
    annotated = {"config": {"digest": DIGEST}, "annotations": {oci.REVISION: said}}
    assert oci.parse_manifest(annotated) == Manifest(config=DIGEST)


def test_the_entry_for_the_platform_is_picked_else_the_first() -> None:
    amd, arm = Entry(DIGEST, "linux/amd64"), Entry(OTHER, "linux/arm64")
    picked = [oci.pick(entries, "linux/arm64") for entries in ((amd, arm), (amd,), ())]
    assert picked == [arm, amd, None]


def test_platforms_come_once_each() -> None:
    entries = (Entry(DIGEST, "linux/arm64"), Entry(OTHER, ""), Entry(OTHER, "linux/arm64"))
    assert oci.platforms(entries, "linux/arm64") == ("linux/arm64",)
    assert oci.platforms((), "linux/amd64") == ("linux/amd64",)


def test_the_digest_is_the_registrys_word_else_that_of_the_bytes() -> None:
    assert oci.digest_of(DIGEST, b"{}") == DIGEST
    assert (
        oci.digest_of("", b"{}") == oci.digest_of("nonsense", b"{}") == f"sha256:{sha256(b'{}').hexdigest()}"
    )


KEYS = (
    "manifests",
    "config",
    "digest",
    "platform",
    "annotations",
    "os",
    "architecture",
    "Labels",
    "token",
    "code",
)


@given(any_json(*KEYS))
def test_no_parser_breaks_on_anything(raw: Any) -> None:
    for parse in (
        oci.parse_manifest,
        oci.parse_config,
        oci.parse_codes,
        lambda raw: oci.parse_token(raw, 0.0),
        lambda raw: oci.parse_manifest(
            {"manifests": [{"digest": DIGEST, "platform": raw, "annotations": raw}]}
        ),
        lambda raw: oci.parse_config({"config": {"Labels": raw}, "created": raw, "os": raw}),
    ):
        with suppress(SystemFailure):
            repr(parse(raw)).encode()


@given(st.text())
def test_no_challenge_breaks_the_parser(header: str) -> None:
    challenge = oci.parse_challenge(header)
    assert challenge.scheme != "bearer" or challenge.realm.startswith(("https://", "http://"))
