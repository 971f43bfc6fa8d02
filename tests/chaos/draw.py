"""Draws a plan from a seed: the same seed, topology and lease give the same plan."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from tests.chaos.plan import BOTS, PUSH, RUNNER, Fault, Line, Plan, When

LINES = (7, 11)
COMMITS = LINES[1]
LINE_KINDS = {
    "deploy": 8,
    "lock": 1,
    "unlock": 1,
    "rollback": 1,
    "group": 3,
    "promote": 1,
    "follow": 3,
    "push": 3,
    "buildkit": 1,
    "status": 1,
    "logs": 1,
    "press": 2,
}
GROUPS = ("both", "together")  # as Scene writes them into fisk.toml
SWITCHES = ("on", "on", "on", "off")
BUTTONS = ("Cancel", "Cancel", "Roll back", "Unlock", "Deploy after it", "Try again")
PEOPLE = ("ana", "ana", "ana", "marko", "marko", "marko", "ivo")  # Ivo may only look
LIFTED = 0.6  # of the lines about a target that somebody holds, so many lift the hold
PAUSES = (0.0, 2.5)  # seconds between two lines of a person
FAULTS = (3, 5)
STOPS = (1.0, 4.0)  # seconds, where a lease has one
STEPS = (
    "resolve",
    "gates",
    "remember",
    "point",
    "trigger",
    "watch",
    "prove",
    "record",
    "restart",
    "put back",
)
ASKED = (
    ("coolify", "PATCH *"),
    ("coolify", "POST /api/v1/deploy"),
    ("coolify", "GET /api/v1/deployments/*"),
    ("coolify", "GET /api/v1/applications/*"),
    ("github", "GET */commits/*"),
    ("github", "POST */deployments"),
    ("github", "POST */statuses"),
    ("slack", "POST /api/chat.postMessage"),
    ("slack", "POST /api/chat.update"),
    ("slack", "POST /response/*"),
    ("ssh", "docker restart *"),
    ("ssh", "docker inspect *"),
)
# What can be done to whom; the numbers say how often, one against the other.
EVERYWHERE = {
    "kill": 4,
    "pause": 4,
    "roll": 2,
    "stop_server": 2,
    "cut_bot": 3,
    "slow_bot": 1,
    "slack_down": 1,
}
HERE = {
    "single": {"kill_server": 3},
    "replicas": {"kill_server": 2, "stop_replica": 2, "cut_server": 2},
    "sentinel": {"kill_server": 3, "fail_over": 4, "cut_server": 3},
}
TO_A_REQUEST = {
    "coolify": ("answer_500", "answer_429", "drop", "lose", "delay"),
    "github": ("answer_403", "drop", "delay"),
    "slack": ("answer_429", "answer_503", "drop", "lose", "disconnect"),
    "ssh": ("hang_up",),
}


def draw(seed: int, topology: str, lease: float = 1.0) -> Plan:
    random = Random(f"{seed}/{topology}")  # noqa: S311 (no secret)
    lines = _lines(random)
    sick = tuple(number for number in range(COMMITS) if random.random() < 0.15)
    faults = tuple(_fault(random, topology, lease) for _ in range(random.randint(*FAULTS)))
    return Plan(seed, topology, lease, COMMITS, sick, lines, faults)


def _lines(random: Random) -> tuple[Line, ...]:
    fresh, held = iter(range(COMMITS)), set[str]()
    return tuple(_line(random, number, fresh, held) for number in range(random.randint(*LINES)))


def _line(random: Random, number: int, fresh: Iterator[int], held: set[str]) -> Line:
    user, target = random.choice(PEOPLE), random.choice(("app", "app", "staging"))
    pause, kind = (
        round(random.uniform(*PAUSES), 2),
        random.choices(list(LINE_KINDS), list(LINE_KINDS.values()))[0],
    )
    if target in held and random.random() < LIFTED:
        kind = "unlock"
    if kind == "lock":
        held.add(target)
    elif kind == "unlock":
        held.discard(target)
    texts = {
        "lock": f"lock {target} trouble {number}",
        "unlock": f"unlock {target}",
        "rollback": f"rollback {target}",
        "promote": "promote staging app --force",
        "follow": f"follow {target} {random.choice(SWITCHES)}",
        "push": PUSH,
        "buildkit": "buildkit restart",
        "status": "status",
        "logs": f"logs {target}",
        "press": f"press {random.choice(BUTTONS)}",
    }
    place = random.choice(GROUPS) if kind == "group" else target
    return Line(user, pause, texts.get(kind) or f"deploy {{{next(fresh, 0)}}} --to {place} --force")


def _fault(random: Random, topology: str, lease: float) -> Fault:
    if random.random() < 0.4:
        return _of_a_request(random)
    weights = EVERYWHERE | HERE[topology]
    what = random.choices(list(weights), list(weights.values()))[0]
    seconds = round(random.uniform(*STOPS) * lease, 1)
    return Fault(_when(random), what, random.choice((RUNNER, RUNNER, *range(BOTS))), seconds)


def _of_a_request(random: Random) -> Fault:
    system, asked = random.choice(ASKED)
    what = random.choice(TO_A_REQUEST[system])
    return Fault(When(system, asked, random.randint(1, 3)), what, seconds=round(random.uniform(1, 3), 1))


def _when(random: Random) -> When:
    kind = random.choice(("step", "step", "request", "line"))
    if kind == "step":
        return When("step", random.choice(STEPS), random.randint(1, 2))
    if kind == "line":
        return When("line", "", random.randint(1, LINES[0]))
    return When(*random.choice(ASKED), random.randint(1, 3))
