"""Forms in Slack: a bare verb opens one, which ends in the line that one could have typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from commands.grammar.pasted import commit_in
from sandbox import story
from sandbox.slack import payloads
from tests.acceptance.show import CHANNEL

if TYPE_CHECKING:
    from tests.acceptance.show import Show


def reading(show: Show, user: str = "ana") -> list[str]:
    """What somebody reads in their form, a line for each block."""
    return [_text(block) for block in show.slack.modal(user).content["blocks"]]


def _text(block: dict[str, Any]) -> str:
    if block["type"] == "input":
        options = [each["text"]["text"] for each in block["element"].get("options", ())]
        return f"{block['label']['text']}: {' | '.join(options)}".rstrip(": ")
    return str(block["text"]["text"] if "text" in block else block["elements"][0]["text"])


def is_open(show: Show, user: str = "ana") -> bool:
    return bool(show.slack.workspace.views.modals.get(show.slack.workspace.user(user).id))


def details(show: Show) -> list[str]:
    """The second lines of the commits that can be chosen."""
    (commits,) = [
        each for each in show.slack.modal("ana").content["blocks"] if each["block_id"] == "commit@app"
    ]
    return [each["description"]["text"] for each in commits["element"]["options"]]


def errors(**fields: str) -> dict[str, Any]:
    named = {name.replace("__", "@"): why for name, why in fields.items()}
    return {"response_action": "errors", "errors": named}


async def opened(show: Show, line: str, user: str = "ana") -> list[str]:
    """Type a line that opens a form, and read that once it is filled."""
    await show.type(line, user)
    await show.until(
        lambda: is_open(show, user) and not any("loading" in each for each in reading(show, user))
    )
    return reading(show, user)


async def test_a_bare_deploy_asks_and_ends_in_the_line_that_one_could_have_typed(show: Show) -> None:
    assert await opened(show, "deploy") == [
        "Target: app | staging | workers",
        (
            "Commit: 3f2a1b9 Round VAT per line | e02d8aa Read the fiscal certificate at start"
            " | 51ab3c4 Tell <!channel> & <@U024BE7LH> when a fiscal receipt is rejected"
            " | a4c9e1f Show the invoice total in words | 0b94ac7 Build for both architectures once"
            f" | c85f1d6 Cache the base layer by hand | {story.OTHER_TWIN[:8]} Retry receipts that time out"
            f" | {story.COLLIDING[:8]} Start the receipts queue"
        ),
        "Another one",
        "Reason",
        "Runs `/fisk deploy SHA --to app`",
    ]
    assert details(show)[:4] == [
        "Marko Babić, 42 min ago; 3 ahead; image checked",
        "Marko Babić, 3 h ago; 2 ahead; image checked",
        "Ivo Perić, 5 h ago; 1 ahead; wrong platform",
        "Ana Horvat, 26 h ago; runs now; image checked",
    ]
    await show.slack.fill("ana", commit="3f2a1b9", reason="VAT is off")
    await show.until(lambda: "3f2a1b9 --to" in reading(show)[-1])
    assert reading(show)[-1] == "Runs `/fisk deploy 3f2a1b9 --to app`"
    assert (await show.slack.submit("ana")).body is None
    await show.said("app runs 3f2a1b9: deployed")
    line = "@ana: `/fisk deploy 3f2a1b9 --to app --reason='VAT is off'`"
    await show.until(lambda: any(each.text == line for each in show.whispers("ana")))
    assert not is_open(show)


async def test_what_is_typed_counts_for_more_than_what_is_chosen(show: Show) -> None:
    await opened(show, "deploy")
    await show.slack.fill("ana", commit="e02d8aa", typed="sha-3f2a1b9")
    await show.slack.submit("ana")
    await show.said("app runs 3f2a1b9: deployed")


async def test_what_the_grammar_refuses_is_said_at_its_field(show: Show) -> None:
    await opened(show, "deploy")
    assert (await show.slack.submit("ana")).body == errors(commit__app="This is needed.")
    await show.slack.fill("ana", typed="12")
    why = "`12` is not a commit: give 4 to 40 of its hex digits, `latest`, a branch, a tag, or `#123`."
    assert (await show.slack.submit("ana")).body == errors(typed=why)
    await show.slack.fill("ana", typed="--force")
    assert (await show.slack.submit("ana")).body == errors(typed="It begins with a dash, as only options do.")
    assert is_open(show)
    assert show.deploys == 0


async def test_another_target_has_its_own_commits_and_what_was_chosen_for_the_first_is_gone(
    show: Show,
) -> None:
    await opened(show, "deploy")
    await show.slack.fill("ana", commit="3f2a1b9", target="staging")
    await show.until(lambda: reading(show)[-1] == "Runs `/fisk deploy SHA --to staging`")
    await show.until(lambda: "3f2a1b9" in reading(show)[1])
    assert (await show.slack.submit("ana")).body == errors(commit__staging="This is needed.")


async def test_a_system_that_is_down_is_said_and_a_commit_can_be_typed(show: Show) -> None:
    show.world.github.faults.queue("*", drop=True, times=999)
    await opened(show, "deploy")
    assert reading(show)[1].startswith("Commit: GitHub cannot be reached")
    await show.slack.fill("ana", typed="3f2a1b9")
    assert (await show.slack.submit("ana")).acked


async def test_a_form_whose_trigger_is_over_is_answered_by_the_usage(show: Show) -> None:
    body = '{"ok": false, "error": "expired_trigger_id"}'
    show.slack.faults.queue("* /api/views.open", status=200, body=body)
    answer = await show.ask("lock")
    assert answer.startswith("`/fisk lock TARGET [REASON] [--for 2h] [--until 07:00]`")
    assert not is_open(show)


async def test_whoever_may_not_is_not_asked(show: Show) -> None:
    assert (await show.ask("deploy", "ivo")).startswith("You may not deploy") is False
    assert "deploy is for role team" in (await show.ask("deploy", "ivo"))
    assert "You may not use fisk" in (await show.ask("cancel", "gita"))
    assert not is_open(show, "ivo")


async def test_a_form_is_submitted_once_however_often_slack_sends_it(show: Show) -> None:
    await opened(show, "lock")
    await show.slack.fill("ana", target="staging", reason="we measure", seconds="2h")
    view, ana = show.slack.modal("ana"), show.slack.workspace.user("ana")
    payload = payloads.view_submission(ana, view.as_slack(), "1.1")
    for _ in range(2):
        assert (await show.slack.inbound._courier.deliver("interactive", payload)).acked
    await show.said("holds staging: we measure")
    await show.awake()
    told = [each for each in show.slack.messages(CHANNEL) if "holds staging" in each.text]
    assert len(told) == 1
    assert "@ana: `/fisk lock staging 'we measure' --for 2h`" in show.slack.reading(told[0])


async def test_a_duration_that_is_none_is_said_at_its_field(show: Show) -> None:
    await opened(show, "lock")
    await show.slack.fill("ana", reason="we measure", seconds="soon")
    why = "`soon` is no duration: give one as `30m`, `2h` or `3d`, at most `90d`."
    assert (await show.slack.submit("ana")).body == errors(seconds=why)


async def test_variables_are_copied_by_a_form_which_shows_the_plan_first(show: Show) -> None:
    await opened(show, "env copy")
    await show.slack.fill("ana", source="app", target="staging", only="SMTP_* SENTRY_DSN")
    await show.slack.submit("ana")
    await show.until(lambda: show.whispers("ana"))
    told = show.slack.reading(show.whispers("ana")[-1])
    assert told.startswith("@ana: `/fisk env copy app staging --only 'SMTP_*' --only SENTRY_DSN`")


async def test_what_is_under_way_is_chosen_to_be_cancelled(show: Show) -> None:
    assert await opened(show, "cancel") == ["Nothing is under way. /fisk history shows what was done."]
    await show.slack.dismiss("ana")
    show.world.coolify.queue.freeze()
    await show.type("deploy 3f2a1b9")
    await show.until(lambda: show.deploys)
    (choice, line) = await opened(show, "stop")
    assert "ana is deploying 3f2a1b9 to app" in choice
    await show.slack.fill("ana", operation=choice.split()[4].rstrip(":"))
    show.world.coolify.queue.thaw()
    await show.slack.submit("ana")
    await show.said("ana asked to stop it")
    assert line == "Runs `/fisk cancel`"


async def test_a_build_is_chosen_to_run_again(show: Show) -> None:
    await opened(show, "build")
    assert reading(show)[-1] == "Runs `/fisk build rerun SHA`"
    await show.slack.fill("ana", typed="77be0f2")
    await show.slack.submit("ana")
    await show.said("build of 77be0f2 runs again as attempt 2")


async def test_the_way_back_is_chosen_among_what_was_proven(show: Show) -> None:
    await show.type("deploy 3f2a1b9")
    await show.said("app runs 3f2a1b9: deployed")
    assert (await opened(show, "rollback"))[0] == "Target: app | staging | workers"
    assert reading(show)[1].startswith("Release: 3f2a1b9")
    await show.slack.submit("ana")
    await show.said("app runs a4c9e1f again: rolled back")


async def test_a_shortcut_opens_the_form_from_anywhere_and_answers_in_direct_messages(show: Show) -> None:
    assert (await show.slack.shortcut("ana", "deploy")).acked
    await show.until(lambda: is_open(show) and "loading" not in reading(show)[1])
    await show.slack.fill("ana", commit="3f2a1b9")
    await show.slack.submit("ana")
    await show.until(lambda: show.slack.find("U024BE7LH", "app runs 3f2a1b9: deployed"))


async def test_where_the_commit_of_a_message_is(show: Show) -> None:
    page = "see https://github.com/wandeon/fiskai/commit/3f2a1b9d"
    message = await show.slack.say("marko", CHANNEL, "is 3f2a1b9 live already?")
    assert (await show.slack.shortcut("ivo", "where", message)).acked
    await show.until(lambda: show.whispers("ivo"))
    assert "Round VAT per line" in show.slack.reading(show.whispers("ivo")[-1])
    assert commit_in(page) == "3f2a1b9d"


async def test_a_message_without_a_commit_is_asked_for_one(show: Show) -> None:
    message = await show.slack.say("marko", CHANNEL, "is my commit live already?")
    assert (await show.slack.shortcut("ivo", "where", message)).acked
    await show.until(lambda: is_open(show, "ivo"))
    await show.slack.fill("ivo", commit="3f2a1b9")
    assert (await show.slack.submit("ivo")).acked
    await show.until(lambda: show.whispers("ivo"))
    assert "Round VAT per line" in show.slack.reading(show.whispers("ivo")[-1])
