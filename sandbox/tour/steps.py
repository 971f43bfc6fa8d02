"""The steps: what happens in each, what to click, and what to look for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sandbox import story, workers_story
from sandbox.tour.scene import Scene

A, B, C, SICK = (sha[:7] for sha in (story.RUNS, story.BUILT, story.BUILDING, story.SICK))
WORKERS = workers_story.BUILT[:7]
PAST = story.MULTI_ARCH[:7]
FOLLOWERS = 2  # of Redis's master


@dataclass(frozen=True, slots=True)
class Line:
    """A line to type, and by whom."""

    text: str
    who: str = "ana"


@dataclass(frozen=True, slots=True)
class Press:
    """A control, by its name."""

    control: str


@dataclass(frozen=True, slots=True)
class Mark:
    """Something to look for, and whether it is so. The marks of a step are seen one after the other."""

    says: str
    seen: Callable[[Scene], bool]


@dataclass(frozen=True, slots=True)
class Step:
    title: str
    happens: str
    does: tuple[Line | Press, ...]
    marks: tuple[Mark, ...]


STEPS = (
    Step(
        "A deploy",
        f"fisk asks every gate about {B}, has Coolify deploy it, and proves what runs.",
        (Line(f"/fisk deploy {B}"),),
        (
            Mark("The operation has a lock on app while it runs", lambda it: "app:app" in it.locks),
            Mark(f"vps01 runs {B}", lambda it: it.runs("app") == story.BUILT),
            Mark(
                "One message ends as deployed, its steps folded below",
                lambda it: it.said(f"app runs {B}: deployed"),
            ),
        ),
    ),
    Step(
        "A failed health check, put back",
        f"{SICK} was built well, but answers 503; staging gets back what ran before.",
        (Line(f"/fisk deploy {SICK} --to staging"),),
        (
            Mark(f"Coolify tries {SICK}", lambda it: it.coolify_tried(story.SICK)),
            Mark(f"The message says that {A} is back", lambda it: it.said(f"{A} is back and healthy")),
            Mark(
                f"Coolify is set to {A} again, and vps01 runs it",
                lambda it: it.runs("staging") == story.RUNS and it.set_to("staging") == story.RUNS,
            ),
        ),
    ),
    Step(
        "Two at once",
        f"Marko and Ana both type “deploy {A}” at the same moment: one of them is first.",
        (Press("both"), Line("", "marko")),
        (
            Mark(
                "One of their deploys has the lock",
                lambda it: it.outside.both_typed and "app:app" in it.locks,
            ),
            Mark(
                "The other is told, for their eyes alone, who deploys what, and may deploy after it",
                lambda it: any(it.said(f"Not started: @{who} is deploying {A}") for who in ("ana", "marko")),
            ),
            Mark("Only one deploy runs, and ends", lambda it: it.runs("app") == story.RUNS and not it.locks),
        ),
    ),
    Step(
        "A crash",
        "The bot dies in the midst of a deploy, and the next start finishes it.",
        (Line(f"/fisk deploy {B}"), Press("bot")),
        (
            Mark(
                "The bot is dead, and the lock on app is still held",
                lambda it: not it.bot_lives and "app:app" in it.locks,
            ),
            Mark("Started again, it is another process", lambda it: it.bot_lives),
            Mark(
                "The same message goes on, and ends as deployed",
                lambda it: it.ended_since(it.outside.bot_killed, f"app runs {B}: deployed"),
            ),
        ),
    ),
    Step(
        "Redis stopped",
        "Without its memory fisk begins nothing, and says so; with it, it goes on.",
        (Press("redis"), Line(f"/fisk deploy {C}")),
        (
            Mark("No server of Redis lives", lambda it: it.redis_is_down),
            Mark(
                "The answer says that nothing was begun",
                lambda it: it.said_since(it.outside.redis_stopped, "nothing was begun"),
            ),
            Mark("Started again, it has a master and two that follow", lambda it: it.replicas == FOLLOWERS),
            Mark(f"Then the same line deploys {C}", lambda it: it.said(f"app runs {C}: deployed")),
        ),
    ),
    Step(
        "Another person's approval",
        "The app wants four eyes: Ana asks, Marko looks at the plan and presses Approve.",
        (
            Press("approvals"),
            Line(f"/fisk deploy {B} --force"),
            Line("", "marko"),
        ),
        (
            Mark("The message asks another person", lambda it: it.said(f"wants to deploy {B} to app")),
            Mark("It names who approved it", lambda it: it.said("approved by @marko")),
            Mark(f"vps01 runs {B}", lambda it: it.runs("app") == story.BUILT),
            Mark("Switched off, nobody needs to approve any more", lambda it: not it.approvals),
        ),
    ),
    Step(
        "Variables copied, and taken back",
        "fisk plans what it would copy to staging, asks, reads back, and can undo it.",
        (Line("/fisk env copy fiskai-app fiskai-staging"),),
        (
            Mark(
                "The plan names each key, and no value", lambda it: it.said("fiskai-staging would talk to it")
            ),
            Mark("Copy 22: fiskai-staging has them", lambda it: "SIGNING_KEY" in it.variables("staging")),
            Mark("Undo: they are gone", lambda it: "SIGNING_KEY" not in it.variables("staging")),
        ),
    ),
    Step(
        "BuildKit down",
        "Its container has stopped; fisk sees it from both sides and restarts it.",
        (Press("buildkit"), Line("/fisk buildkit"), Line("/fisk buildkit restart")),
        (
            Mark("The container on vps01 has exited", lambda it: not it.buildkit_runs),
            Mark("fisk says what does not answer", lambda it: it.said("BuildKit on vps01 does not answer")),
            Mark(
                "It runs again, and answers", lambda it: it.buildkit_runs and it.said("restarted and answers")
            ),
        ),
    ),
    Step(
        "A deploy past fisk",
        f"Somebody deploys {PAST} on Coolify's own page; fisk sees it and names it.",
        (Press("past"), Line("/fisk status"), Line("/fisk changes 1h")),
        (
            Mark(f"vps01 runs {PAST}, without any lock", lambda it: it.runs("app") == story.MULTI_ARCH),
            Mark("fisk says what runs", lambda it: it.said(f"app   runs {PAST}")),
            Mark("It lists that deployment as not its own", lambda it: it.said("in Coolify, not by fisk")),
        ),
    ),
    Step(
        "Workers and app together",
        f"One line deploys both. A file in the app's {B} says which commit of the workers goes with it.",
        (Line(f"/fisk deploy {B} --to release"),),
        (
            Mark(
                f"compose has made every worker of {WORKERS} anew",
                lambda it: it.workers == {workers_story.BUILT},
            ),
            Mark(f"Then Coolify deploys {B}, and vps01 runs it", lambda it: it.runs("app") == story.BUILT),
            Mark(
                "One message ends with a line for each", lambda it: it.said("release: 2 targets deployed in")
            ),
        ),
    ),
    Step(
        "A check that fails, put back",
        "The app's own checks are asked after its health: here whether its database has all migrations.",
        (Press("schema"), Line(f"/fisk deploy {C}")),
        (
            Mark(
                f"{C} is healthy, but fails its check, and {B} is back",
                lambda it: it.said(f"app: {C} failed its check “schema”; {B} is back and healthy"),
            ),
            Mark(
                f"Coolify is set to {B} again, and vps01 runs it",
                lambda it: it.runs("app") == it.set_to("app") == story.BUILT,
            ),
            Mark("Switched off, the check passes again", lambda it: not it.schema_is_behind),
        ),
    ),
    Step(
        "From staging to production",
        f"Staging proves {C}; promoted is that very image, whatever its tags name by now.",
        (Line(f"/fisk deploy {C} --to staging"), Line("/fisk promote staging app")),
        (
            Mark(f"staging runs {C}", lambda it: it.said(f"staging runs {C}: deployed")),
            Mark("The app runs the same digest", lambda it: it.digest("app") == it.digest("staging")),
            Mark("The message ends as deployed", lambda it: it.said(f"app runs {C}: deployed")),
        ),
    ),
    Step(
        "A push that goes live by itself",
        "Staging follows main: each good build is deployed there through all gates, and told.",
        (Line("/fisk follow staging on"), Press("push")),
        (
            Mark("Staging follows main", lambda it: it.said("staging gets each good build of main")),
            Mark("Somebody has pushed, and GitHub builds it", lambda it: bool(it.pushed)),
            Mark("vps01 runs it, though nobody typed", lambda it: it.runs("staging") == it.pushed),
            Mark(
                "A message tells it, as of any deploy",
                lambda it: it.said(f"staging runs {it.pushed[:7]}: deployed"),
            ),
        ),
    ),
    Step(
        "A failover",
        "Redis loses its master in the midst of a deploy, and the sentinels make another one.",
        (Line(f"/fisk deploy {B} --force"), Press("master")),
        (
            Mark(
                "Another server is master", lambda it: it.master not in {"", it.outside.lost} and it.lost_one
            ),
            Mark(
                "The deploy ends all the same, in its message",
                lambda it: it.ended_since(it.outside.master_killed, f"app runs {B}: deployed"),
            ),
            Mark(
                "Started again, the lost server follows the new master", lambda it: it.replicas == FOLLOWERS
            ),
        ),
    ),
)
