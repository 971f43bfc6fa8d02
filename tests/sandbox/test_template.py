"""Go's templates, as `docker --format` fills them in."""

from __future__ import annotations

import pytest

from sandbox.template import filled

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
        ("{{.Nothing}} {{json .Nothing.At}}", "<no value> null"),
        ('{{json (index .Labels "a.b")}} {{index .Labels "none"}}.', '"c" .'),
        ("{{if .State.Health}}{{json .State.Health.Status}}{{else}}null{{end}}!", '"healthy"!'),
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
