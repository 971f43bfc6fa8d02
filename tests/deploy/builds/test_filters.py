"""Which pushes start a workflow, by the table `on` of its file."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, strategies as st

from deploy.builds.filters import MOST_FILES, Pushes, Unreadable, inputs, read
from deploy.builds.mark import takes_mark
from sandbox.github.contents import BUILD, CI, WORKER

DOCS = ("docs/vat.md", "README.md")

# A workflow's `on`, the files of a push to main, and why it starts none; empty where it does.
LEFT_OUT: dict[str, tuple[str, tuple[str, ...], str]] = {
    "docs alone": (BUILD, DOCS, "changed only files that build.yml leaves out (docs/**, *.md)"),
    "docs and code": (BUILD, (*DOCS, "lib/vat.ts"), ""),
    "a file that only looks like docs": (BUILD, ("documents/vat.ts",), ""),
    "a file of docs in another folder": (BUILD, ("lib/notes.md",), ""),
    "no filter": (CI, DOCS, ""),
    "the paths alone": (WORKER, ("worker/main.ts", "app/a.ts"), ""),
    "none of the paths": (WORKER, ("app/a.ts",), "changed nothing in the paths of build.yml (worker/**)"),
    "paths that give some back": (
        "on: {push: {paths: ['app/**', '!app/docs/**']}}",
        ("app/docs/a.md",),
        "changed nothing in the paths of build.yml (app/**, !app/docs/**)",
    ),
    "another branch": (
        "on:\n  push:\n    branches: [release, 'v*']\n",
        DOCS,
        "is on main, and build.yml starts only for branches release, v*",
    ),
    "a branch that is left out": (
        "on: {push: {branches-ignore: [ma*]}}",
        DOCS,
        "is on main, which build.yml leaves out",
    ),
    "a branch of many": ("'on':\n  push: {branches: ['**', '!wip/**']}\n", DOCS, ""),
    "no push": ("on: workflow_dispatch\n", DOCS, "was pushed, and build.yml does not start at pushes"),
    "tags alone": ("on: {push: {tags: ['v*']}}", DOCS, "was pushed, and build.yml does not start at pushes"),
    "events in lines": ("on:\n- push\n- pull_request\njobs: {}\n", DOCS, ""),
    "an empty push": ("name: x\non:\n  push:\n  schedule: [{cron: '0 3 * * *'}]\n", DOCS, ""),
}

UNREADABLE = {
    "no workflow": "nothing: here\n",
    "a merge of anchors, which may grow without bounds": "on: &a {push: {paths: [x]}}\n  <<: *a\n",
    "no YAML": "on: [push\n",
    "an anchor from elsewhere": "x: &x [push]\non: *x\n",
    "a number": "on: 7\n",
    "a filter and its opposite": "on: {push: {paths: [a], paths-ignore: [b]}}",
    "more than any table needs": "on:\n" + "  # so it goes on\n" * 2000,
    "filters that are none": "on: {push: yes}",
    "flow sequences without end": "on: " + "[" * 19_000,
}


@pytest.mark.parametrize(("text", "files", "why"), LEFT_OUT.values(), ids=LEFT_OUT)
def test_the_file_says_what_starts_it(text: str, files: tuple[str, ...], why: str) -> None:
    assert read(text).left_out("build.yml", "main", files) == why


@pytest.mark.parametrize("text", UNREADABLE.values(), ids=UNREADABLE)
def test_what_cannot_be_read_safely_is_said_to_be_unreadable(text: str) -> None:
    with pytest.raises(Unreadable):
        read(text)


@pytest.mark.parametrize("files", [(), tuple(f"docs/{number}.md" for number in range(MOST_FILES))])
def test_without_all_the_files_nobody_can_tell(files: tuple[str, ...]) -> None:
    with pytest.raises(Unreadable, match="does not list all the files"):
        read(BUILD).left_out("build.yml", "main", files)


def test_filters_that_would_take_too_long_are_not_tried() -> None:
    many = Pushes(paths=("*a" * 200,) * 100)
    with pytest.raises(Unreadable, match="too complex"):
        many.left_out("build.yml", "main", ["a" * 300] * 200)


@given(st.text(max_size=300))
def test_any_text_is_read_or_said_to_be_unreadable(text: str) -> None:
    with suppress(Unreadable):
        assert isinstance(read(f"on:{text}"), Pushes)


def test_what_a_start_by_hand_takes() -> None:
    assert inputs(BUILD) == {"force_no_cache", "dry_run", "fisk"}
    assert inputs(CI) == inputs("on: {workflow_dispatch: }") == inputs("on: workflow_dispatch") == frozenset()


def test_a_build_is_marked_where_its_title_shows_the_input() -> None:
    assert takes_mark(BUILD)
    assert not takes_mark(BUILD.replace("run-name:", "# run-name:"))
    assert not takes_mark(BUILD.replace("      fisk: {type", "      other: {type"))
    assert not takes_mark("on: [push\nrun-name: ${{ inputs.fisk }}")
