"""help; what a deploy begins, asks, and would do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.wording.help import help_text
from bot.wording.said.saying import Said, said
from commands.replies import AskFirst, HelpText, Judged, Started, StartedAll
from deploy.model import Offer, short

if TYPE_CHECKING:
    from bot.wording.voice import Voice
    from deploy.gates import Verdict


@said.register(HelpText)
def _help(reply: HelpText, voice: Voice) -> Said:
    return help_text(reply.lines, reply.topic, voice), ()


@said.register(Started)
def _started(reply: Started, _voice: Voice) -> Said:
    return f"Started {reply.operation.id}.", (Offer("Show it", f"op {reply.operation.id}"),)


@said.register(StartedAll)
def _started_all(reply: StartedAll, voice: Voice) -> Said:
    ids = [operation.id for operation in reply.operations]
    begun = [f"Started {', '.join(ids)}."] if ids else []
    lines = [*begun, *(voice.failure(each) for each in reply.not_begun)]
    return "\n".join(lines), tuple(Offer(f"Show {each}", f"op {each}") for each in ids)


@said.register(AskFirst)
def _ask_first(reply: AskFirst, voice: Voice) -> Said:
    return voice.say(reply.question), (reply.offer,)


@said.register(Judged)
def _judged(reply: Judged, voice: Voice) -> Said:
    sha, target = short(reply.commit.sha), reply.target.name
    title = voice.say(f"{sha} “{reply.commit.title}” to {target}")
    lines = [_verdict(each, voice) for each in reply.report.verdicts]
    if reply.report.refusals:
        return "\n".join([f"Would refuse {title}:", *lines]), reply.offers
    return "\n".join([f"Would deploy {title}. Nothing was changed.", *lines]), reply.offers


def _verdict(verdict: Verdict, voice: Voice) -> str:
    mark = "✗" if verdict.stops else "!" if verdict.warning or verdict.forced else "✓"
    return voice.say(f"{mark} {verdict.gate}   {verdict.note}")
