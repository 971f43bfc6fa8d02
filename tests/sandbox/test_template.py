"""Go's templates, as `docker --format` fills them in."""

from __future__ import annotations

import pytest

from sandbox.template import NoEntry, filled

VALUES = {
    "ID": "7",
    "State": {"Health": {"Status": "healthy"}},
    "Labels": {"a.b": "c"},
    "List": ["x"],
    "No": None,
}


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("{{.ID}} {{json .ID}}", '7 "7"'),
        ("{{json .List}}", '["x"]'),
        ("{{.No}} {{json .No}}", "<no value> null"),
        ('{{json (index .Labels "a.b")}} {{index .Labels "none"}}.', '"c" .'),
        ('{{if index .State "Health"}}{{json .State.Health.Status}}{{else}}null{{end}}!', '"healthy"!'),
        ('{{if index .State "Other"}}{{json .State.Other.Status}}{{else}}null{{end}}!', "null!"),
        ("{{if .No}}yes{{else}}no{{end}}!", "no!"),
        ("{{if .No}}{{if .ID}}1{{else}}2{{end}}{{else}}{{if .ID}}3{{else}}4{{end}}{{end}}", "3"),
        ("{not an action}", "{not an action}"),
    ],
)
def test_it_is_filled_in(form: str, text: str) -> None:
    assert filled(form, VALUES) == text


@pytest.mark.parametrize("form", ["{{println .ID}}", "{{.ID .ID}}"])
def test_what_it_does_not_know_it_does_not_guess(form: str) -> None:
    with pytest.raises(ValueError, match=r"^no function|^what is"):
        filled(form, VALUES)


def test_a_key_that_is_not_there_is_an_error() -> None:
    with pytest.raises(NoEntry, match=r'at <\.State\.Other>: map has no entry for key "Other"$'):
        filled("{{if .State.Other}}{{else}}{{end}}", VALUES)
