"""Who can be an actor."""

from __future__ import annotations

import pytest

from deploy.core.model import Actor
from deploy.redis import codec


@pytest.mark.parametrize("id_", ["", "U024BE7LH", "W1", "cli:ana", "cli:54321", "cli:CORP\\ana.b"])
def test_an_actor_is_a_slack_user_or_a_terminal_user(id_: str) -> None:
    assert codec.load(Actor, codec.dump(Actor, Actor(id_))) == Actor(id_)


@pytest.mark.parametrize("id_", ["U1> <!channel", "<!here>", "ana", "U1\n", "cli:a b", "cli:<!here>"])
def test_an_id_that_would_be_posted_as_something_else_is_refused(id_: str) -> None:
    with pytest.raises(ValueError, match="an actor's id is"):
        Actor(id_)
    with pytest.raises(ValueError, match="does not fit"):
        codec.load(Actor, f'{{"id":{codec.dump(str, id_)}}}')
