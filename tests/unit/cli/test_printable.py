"""Text from outside reaches a terminal as it is."""

import io
from contextlib import redirect_stderr, redirect_stdout

from hypothesis import given
from hypothesis import strategies as st
from rich.table import Table
from rich.text import Text

from lumber.cli.output import Output, printable


@given(st.text("\\[]/ab %=", max_size=12))
def test_brackets_and_backslashes_are_shown_as_they_are(text: str) -> None:
    # A backslash at the end is doubled, or it would escape the bracket of what follows.
    shown = text.rstrip("\\")
    assert Text.from_markup(f"[bold]x[/] {printable(shown)} y").plain == f"x {shown} y"


def test_words_between_colons_stay_words() -> None:
    text, written = "eth0:up: a:warning: b", io.StringIO()
    table = Table("message")
    table.add_row(printable(text))
    with redirect_stdout(written), redirect_stderr(written):
        output = Output(as_json=False)
        output.say(printable(text))
        output.note(printable(text))
        output.table(table)
    assert written.getvalue().count(text) == 3
