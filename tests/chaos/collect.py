"""Makes the history of a run from what the stand-ins have, and from what is left in Redis."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from deploy.core import errors
from deploy.core.reference import configured
from deploy.core.seal import Seal
from deploy.deploys.outcomes import Deployed
from deploy.engine.journal import Journal
from deploy.groups.arguments import GroupArguments
from deploy.groups.outcomes import GroupDeployed, GroupPutBack
from deploy.kinds import KINDS
from deploy.redis.connect import connect
from sandbox import story
from sandbox.container import ENVIRONMENT
from sandbox.environment import PRODUCTION_DATABASE, STAGING_DATABASE
from sandbox.host import DATABASE
from sandbox.world import UUIDS
from tests.chaos.followed import waiting
from tests.chaos.history import FOREVER, UNTOUCHED, Act, History, Rollout, Run, Shown, Store, Typed
from tests.chaos.observer import bot_of, event
from tests.conftest import _allowed

if TYPE_CHECKING:
    from deploy.core.model import Actor
    from deploy.core.outcomes import Outcome
    from deploy.engine.snapshot import Snapshot
    from sandbox.slack.message import Message
    from tests.chaos.scene import Scene
    from tests.chaos.watch import Handled

TARGETS = {uuid: target for target, uuid in UUIDS.items()}
CONTAINER = {
    "restart": "docker restart",
    "start": "docker start",
}  # a start in the middle of a restart does no harm
(CANARY,) = ENVIRONMENT
NO_END = -1  # Redis, about a key that nothing will ever remove
MARK = "fisk "  # before the operation's id, in the description of GitHub's deployment


async def collect(scene: Scene, typed: tuple[Typed, ...]) -> History:
    runs = await _runs(scene)
    return History(
        acts=_acts(scene),
        typed=typed,
        ended=tuple(scene.ended),
        shown=_shown(scene),
        rollouts=_rollouts(scene),
        runs=runs,
        commits=tuple(scene.commits),
        running={target: scene.world.coolify.running(target) for target in UUIDS},
        set_to={target: _set_to(scene, target) for target in UUIDS},
        set_at_first=dict.fromkeys(UUIDS, story.RUNS),
        seen=frozenset(scene.observer.seen),
        store=await asyncio.to_thread(_store, scene),
        texts=await asyncio.to_thread(_texts, scene),
        secrets=_secrets(scene),
    )


# --- what the stand-ins saw


def _acts(scene: Scene) -> tuple[Act, ...]:
    bots = {token: f"bot{number}" for number, token in enumerate(scene.tokens)}
    found = (_act(handled, bots.get(handled.token, "")) for handled in scene.watch.handled)
    return tuple(sorted((each for each in found if each), key=lambda each: each.at))


def _act(handled: Handled, bot: str) -> Act | None:
    """Nothing for what was refused, or changes nothing that is watched."""
    if handled.status >= 400:
        return None
    if handled.system == "ssh":
        what = next((what for what, line in CONTAINER.items() if handled.path.startswith(line)), "")
        return Act(handled.at, what, "buildkit") if what else None
    told = _json(handled.body)
    if handled.system == "github":
        return _opened(handled, told)
    target = TARGETS.get(told.get("uuid", "") or handled.path.rpartition("/")[2], "")
    if handled.path.endswith("/deploy"):
        return Act(handled.at, "trigger", target, bot=bot)
    if handled.method == "PATCH" and "docker_registry_image_tag" in told:
        return Act(handled.at, "point", target, told.get("git_commit_sha", ""), bot)
    return None


def _opened(handled: Handled, told: dict[str, Any]) -> Act | None:
    if not handled.path.endswith("/deployments"):
        return None
    target = next(name for name, place in story.ENVIRONMENTS.items() if place == told["environment"])
    return Act(handled.at, "open", target, told["ref"], operation=told["description"].removeprefix(MARK))


def _json(body: str) -> dict[str, Any]:
    with suppress(ValueError):
        found = json.loads(body)
        return found if isinstance(found, dict) else {}
    return {}


def _shown(scene: Scene) -> tuple[Shown, ...]:
    slack = scene.slack
    found = [each for channel in slack.workspace.channels for each in slack.messages(channel)]
    return tuple(_message(scene, each) for each in found if each.is_by_app)


def _message(scene: Scene, message: Message) -> Shown:
    who = scene.slack.workspace.users[message.visible_to].name if message.visible_to else ""
    texts = tuple(_version(each.text, each.blocks) for each in message.versions)
    return Shown(float(message.ts), message.channel, who, texts, message.is_reply)


def _version(text: str, blocks: tuple[dict[str, Any], ...]) -> str:
    return f"{text}\n{json.dumps(blocks, ensure_ascii=False)}"


def _rollouts(scene: Scene) -> tuple[Rollout, ...]:
    """Those that were asked for in the run: the story's first two are older."""
    rows = scene.world.coolify.queue.rows[len(UUIDS) :]
    return tuple(Rollout(row.created, row.app.target, row.commit, row.status) for row in rows)


def _set_to(scene: Scene, target: str) -> str:
    app = scene.world.coolify.apps[target]
    reference = configured(app.image, app.tag)
    shipped = scene.world.registry.find(story.IMAGE, reference.of) if reference else None
    return shipped.sha if shipped else app.tag


# --- what is left in Redis


async def _runs(scene: Scene) -> tuple[Run, ...]:
    server = await asyncio.to_thread(scene.servers.master)
    seal = Seal(SecretStr(scene.world.key))
    state = await connect(f"redis://127.0.0.1:{server.port}", scene.folder, seal=seal)
    journal = Journal(state, KINDS)
    try:
        ended = await state.ask("ZRANGE", state.key("history"), 0, -1)  # one may be over between two looks
        ids = sorted(scene.observer.seen.union(ended))
        found = [run for id_ in ids for run in await _runs_of(scene, journal, id_)]
        return tuple(sorted(found, key=lambda run: run.began))
    finally:
        await state.aclose()


async def _runs_of(scene: Scene, journal: Journal, id_: str) -> tuple[Run, ...]:
    """One for each target; none where it is no longer known: the checks see that it once was."""
    with suppress(errors.UnknownOperation):
        snapshot = await journal.load(id_)
        stream = await journal.state.ask("XRANGE", journal.state.key(f"op:{id_}:events"), "-", "+")
        events = [(int(position.partition("-")[0]) / 1000, event(fields)) for position, fields in stream]
        taken = [(at, told["runner"]) for at, told in events if told["event"] == "taken_over"]
        runners = tuple((at, bot_of(runner, scene.names)) for at, runner in taken)
        whole = _whole(scene, snapshot, runners)
        asked = snapshot.operation.arguments
        return _parts(asked, snapshot.outcome, whole) if isinstance(asked, GroupArguments) else (whole,)
    return ()


def _whole(scene: Scene, snapshot: Snapshot, runners: tuple[tuple[float, str], ...]) -> Run:
    operation = snapshot.operation
    ref = str(getattr(operation.arguments, "ref", ""))
    if not ref and isinstance(snapshot.outcome, Deployed):  # a promotion or a rollback that named none
        ref = snapshot.outcome.sha
    return Run(
        id=operation.id,
        kind=operation.kind,
        user=_name(scene, operation.actor),
        target="" if operation.kind == "wait" else str(getattr(operation.arguments, "target", "buildkit")),
        sha=next((sha for sha in scene.commits if ref and sha.startswith(ref)), ""),
        began=runners[0][0] if runners else operation.created,  # when it got its locks
        ended=snapshot.finished or FOREVER,
        outcome=snapshot.outcome.tag if snapshot.outcome else "",
        status=snapshot.state,
        runners=runners,
    )


def _name(scene: Scene, actor: Actor) -> str:
    """As it is typed in Slack; who begins what is followed is nobody there."""
    user = scene.slack.workspace.users.get(actor.id)
    return user.name if user else actor.name


def _parts(asked: GroupArguments, outcome: Outcome | None, whole: Run) -> tuple[Run, ...]:
    """Each target's share, which ends as its own deploy would."""
    ends = _ends(outcome)
    return tuple(
        replace(whole, kind="deploy", target=target, sha=sha, outcome=ends.get(target, whole.outcome))
        for target, sha in asked.parts
    )


def _ends(outcome: Outcome | None) -> dict[str, str]:
    """How each target of a group ended, where the outcome says so."""
    if isinstance(outcome, GroupDeployed):
        same = {target: UNTOUCHED for target, _ in outcome.unchanged}
        return same | {each.target: each.outcome for each in outcome.parts}
    if isinstance(outcome, GroupPutBack):
        untouched = dict.fromkeys(outcome.untouched, UNTOUCHED)
        return untouched | {each.target: each.outcome for each in (*outcome.failed, *outcome.back)}
    return {}


def _store(scene: Scene) -> Store:
    with scene.servers.master().client() as redis:
        stray = [key for key in redis.keys("*") if not _allowed(redis, key)]
        return Store(
            locks=redis.hgetall("{fisk}:locks"),
            leases=tuple(redis.zrange("{fisk}:leases", 0, -1)),
            holds=tuple(sorted(redis.hgetall("{fisk}:holds"))),
            inbox=redis.xlen("{fisk}:inbox"),
            outbox=redis.xlen("{fisk}:outbox"),
            waiting=waiting(redis, scene.commits[-1], scene.pushed),
            stray=tuple(key for key in stray if redis.pttl(key) == NO_END),  # others end in this very second
        )


# --- where a secret could be


def _texts(scene: Scene) -> dict[str, str]:
    logs = {file.name: file.read_text(errors="replace") for file in scene.folder.glob("bot-*.log")}
    calls = {"Slack": json.dumps([each.arguments for each in scene.slack.workspace.calls], default=str)}
    stored = {
        f"{file.parent.parent.name}/{file.name}": file.read_bytes().decode(errors="replace")
        for file in scene.folder.glob("redis*/appendonlydir/*")
    }
    return {**logs, **calls, **stored}


def _secrets(scene: Scene) -> dict[str, str]:
    slack = scene.slack
    urls = {f"response_url {number}": key for number, key in enumerate(slack._response_urls._origins)}
    return {
        **urls,
        "the Coolify token": scene.world.coolify_token,
        **{f"the Coolify token of bot{number}": token for number, token in enumerate(scene.tokens)},
        "the GitHub token": scene.world.github.token,
        "Slack's bot token": slack.bot_token,
        "Slack's app token": slack.app_token,
        "the key": scene.world.key,
        "the webhook's secret": scene.world.webhooks.secret,
        "what the application prints": DATABASE,
        "production's database": PRODUCTION_DATABASE,
        "staging's database": STAGING_DATABASE,
        "a container's environment": CANARY,
    }
