"""How the command line prints a table."""

from __future__ import annotations

import re

from rich.console import Console
from rich.table import Table
from rich.text import Text


def print_table(out: Console, headers: list[str], rows: list[list[str]]) -> None:
    """A table as wide as the terminal: words wrap, numbers are never cut, and columns that do not fit are named below."""
    columns = list(zip(headers, *rows, strict=True))
    numeric = [all(re.fullmatch(r"-?[\d,.]+", text) for text in cells if text) for _, *cells in columns]
    least = [
        max(*(len(word) for word in head.split()), *(len(t) if number else min(len(t), 20) for t in cells), 1)
        for (head, *cells), number in zip(columns, numeric, strict=True)
    ]
    fits = next((n for n in range(len(least), 1, -1) if sum(least[:n]) + 3 * n <= out.width), 1)
    shown = Table(show_edge=False, header_style="bold")
    for head, number, width in zip(headers[:fits], numeric, least, strict=False):
        shown.add_column(Text(head), justify="right" if number else "left", min_width=width, overflow="fold")
    for row in rows:
        shown.add_row(*(Text(text) for text in row[:fits]))
    out.print(shown)
    if fits < len(headers):
        out.print(f"Not shown for want of width: {', '.join(headers[fits:])}.", highlight=False)
