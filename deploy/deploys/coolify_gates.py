"""The gates on what Coolify is set to. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.core.model import Dialog, Offer, short
from deploy.core.reference import same_repository
from deploy.core.units import age, minutes
from deploy.deploys.errors import CoolifyBusy, CoolifyHangs, TokenUnable, WrongBuildPack, WrongImageName
from deploy.deploys.gate_report import Situation, Verdict, refuse

if TYPE_CHECKING:
    from deploy.deploys.silence import Silence

NEEDED_ABILITIES = ("read", "read:sensitive", "write", "deploy")


def build_pack(it: Situation) -> Verdict:
    found = it.configured.build_pack
    if found == "dockerimage":
        return Verdict("build pack", "Coolify runs an image")
    wrong = WrongBuildPack(target=it.target.name, build_pack=found, image=it.target.image)
    return refuse("build pack", wrong)


def image_name(it: Situation) -> Verdict:
    reference = it.reference
    if reference and same_repository(reference.repository, it.target.image):
        return Verdict("image name", it.target.image)
    found, image = it.configured.image or "nothing", it.target.image
    if reference is None:
        found = f"{found}:{it.configured.tag}, which names no image"
    return refuse("image name", WrongImageName(target=it.target.name, found=found, image=image))


def abilities(it: Situation) -> Verdict:
    missing = [ability for ability in NEEDED_ABILITIES if ability not in it.abilities]
    if not missing:
        return Verdict("token", "Coolify's token may do it")
    return refuse("token", TokenUnable(missing=", ".join(missing)))


def rolling(it: Situation) -> Verdict:
    if it.configured.not_rolling:
        because = ", ".join(it.configured.not_rolling)
        note = f"not a rolling update ({because}): the app is down while it changes"
        return Verdict("rolling", note, warning=True)
    if not it.configured.health_check:
        return Verdict("rolling", "Coolify checks no health, so only fisk's own look decides", warning=True)
    return Verdict("rolling", "the old container serves until the new one is healthy")


def idle(it: Situation) -> Verdict:
    if not it.active:
        return Verdict("Coolify", "no deployment under way")
    return refuse("Coolify", _hangs(it, it.silence) if it.silence else _busy(it))


def _busy(it: Situation) -> CoolifyBusy:
    busy, target = it.active[0], it.target.name
    wait = f"deploy {short(it.commit.sha)} --to {target} --wait"
    first = "Roll back when it is over" if it.going_back else f"Wait for it: `/fisk {wait}`"
    cancel = Offer("Cancel it in Coolify", f"cancel {busy.uuid}")  # which asks first
    since = f" for {age(it.now - busy.at)}" if busy.at and it.now > busy.at else ""
    return CoolifyBusy(
        target=target,
        deployment=busy.shown,
        state=busy.status.replace("_", " ") + since,
        instead=f"{first}, or cancel it: `/fisk cancel {busy.uuid}`",
        offers=(cancel,) if it.going_back else (Offer("Deploy when done", wait), cancel),
    )


def _hangs(it: Situation, silence: Silence) -> CoolifyHangs:
    target, sha = it.target.name, short(it.commit.sha)
    line = f"rollback {target} {sha} --force"
    asks = Dialog(
        f"Coolify's deployment shows no sign of life for {age(silence.seconds)}. Cancel it, and go back to {sha}?",
        f"Roll back to {sha}",
        "Let it run",
    )
    return CoolifyHangs(
        target=target,
        deployments=", ".join(each.shown for each in it.active),
        silent=age(silence.seconds),
        longest=minutes(silence.longest),
        line=line,
        offers=(Offer("Cancel it and roll back", line, danger=True, asks=asks),),
    )


GATES = (build_pack, image_name, abilities, rolling, idle)
