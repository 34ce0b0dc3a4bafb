"""Tables in a terminal: words wrap, numbers are never cut, and what has no room is named."""

import io

import pytest
from rich.console import Console

from api.printing import print_table


@pytest.mark.parametrize("width", [30, 60, 80, 200])
def test_a_number_is_shown_whole_or_its_column_is_named_as_left_out(width: int) -> None:
    out = io.StringIO()
    rows = [
        [
            "A name of several words that wraps",
            "1,234,567",
            "a/path-that-has-no-spaces-at-all.csv",
            "-98,765.4321",
        ]
    ]
    print_table(Console(file=out, width=width), ["name", "statements", "file", "change"], rows)
    shown = out.getvalue()
    left_out = shown.partition("Not shown for want of width: ")[2]
    for head, number in (("statements", "1,234,567"), ("change", "-98,765.4321")):
        assert number in shown or head in left_out
    assert "…" not in shown
