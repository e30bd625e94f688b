"""Text from outside reaches a terminal as it is."""

from hypothesis import given
from hypothesis import strategies as st
from rich.text import Text

from lumber.cli.output import printable


@given(st.text("\\[]/ab %=", max_size=12))
def test_brackets_and_backslashes_are_shown_as_they_are(text: str) -> None:
    # A backslash at the end is doubled, or it would escape the bracket of what follows.
    shown = text.rstrip("\\")
    assert Text.from_markup(f"[bold]x[/] {printable(shown)} y").plain == f"x {shown} y"
