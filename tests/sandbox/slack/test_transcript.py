"""A transcript shows a channel as its members see it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from sandbox.slack import mrkdwn
from tests.sandbox.slack.calls import button, call, section

if TYPE_CHECKING:
    import aiohttp

    from sandbox.slack import Slack


def timeless(transcript: str) -> str:
    return re.sub(r"\d\d:\d\d:\d\d", "hh:mm:ss", transcript)


async def test_a_channel_with_a_thread_buttons_and_an_edit(http: aiohttp.ClientSession, slack: Slack) -> None:
    await slack.command("ana", "#deploys", "/fisk", "deploy 3f2a1b9")
    blocks = [
        section("Deploying *3f2a1b9* to app · <@U024BE7LH>\n✓ resolve\n● gates"),
        {"type": "actions", "elements": [button("Cancel", "cancel"), button("Log", "log")]},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "operation `d-7k3f`"}]},
    ]
    live = await call(http, slack, "chat.postMessage", channel="#deploys", text="x", blocks=blocks)
    place = {"channel": "C0DEPLOYS", "thread_ts": live["ts"]}
    reply = await call(
        http, slack, "chat.postMessage", **place, text="<https://c.example/1|Coolify> &lt;ok&gt;"
    )
    await call(http, slack, "chat.postMessage", channel="#deploys", text="apart")
    await call(http, slack, "chat.update", channel="C0DEPLOYS", ts=reply["ts"], text="pulled")
    assert timeless(slack.transcript("#deploys", "ana")) == (
        "hh:mm:ss  Ana       /fisk deploy 3f2a1b9\n"
        'hh:mm:ss  Slackbot  /fisk failed with the error "dispatch_failed"  (only visible to you)\n'
        "hh:mm:ss  fisk      Deploying 3f2a1b9 to app · @ana\n"
        "                    ✓ resolve\n"
        "                    ● gates\n"
        "                    [Cancel]  [Log]\n"
        "                    operation `d-7k3f`\n"
        "    │ hh:mm:ss  fisk      pulled  (edited, hh:mm:ss)\n"
        "hh:mm:ss  fisk      apart"
    )


async def test_others_see_neither_what_was_typed_nor_what_was_whispered(slack: Slack) -> None:
    await slack.command("ana", "#deploys", "/fisk", "deploy 3f2a1b9")
    assert slack.transcript("#deploys", "marko") == ""


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("*bold* _it_ ~gone~", "bold it gone"),
        ("snake_case_name 2*3*4", "snake_case_name 2*3*4"),
        ("`*kept*`", "`*kept*`"),
        ("```\nlog *x*\n```", "log *x*"),
        ("<https://c.example|Coolify> <https://c.example>", "Coolify https://c.example"),
        ("<@U024BE7LH> <#C0DEPLOYS> <!subteam^S0DEPLOYR> <!here>", "@ana #deploys @deployers @here"),
        ("&lt;b&gt; &amp;amp;", "<b> &amp;"),
        (":rocket: :unknown:", "🚀 :unknown:"),
    ],
)
def test_markup_is_read_plainly(slack: Slack, text: str, reading: str) -> None:
    assert mrkdwn.plain(slack.workspace, text) == reading


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("R&D <b>", "R&amp;D &lt;b&gt;"),
        ("ask @marko in #deploys", "ask <@U0MARKO01> in <#C0DEPLOYS>"),
        ("@deployers", "<!subteam^S0DEPLOYR>"),
        ("@nobody a@ana #nowhere", "@nobody a@ana #nowhere"),
    ],
)
def test_typed_text_is_escaped_and_names_become_ids(slack: Slack, text: str, sent: str) -> None:
    assert mrkdwn.linked(slack.workspace, text) == sent
