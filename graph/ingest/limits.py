"""How large a file may be, packed and unpacked, before it is refused: looked up when read, so that a test can lower them."""

from __future__ import annotations

MOST_BYTES = 512 * 1024 * 1024
"""Of the file, whatever kind it is of, and of all that a workbook unpacks to."""
MOST_CELLS = 50_000_000
"""Of a sheet, from its first cell to its last."""
MOST_ROWS = 5_000_000
MOST_COLUMNS = 16_384
MOST_IN_CELL = 1_000_000
"""Characters of one cell."""
MOST_PARTS = 10_000
"""Of a workbook."""
MOST_DEPTH = 100
"""How deep JSON may be nested."""
MOST_JSON_BYTES = 256 * 1024 * 1024
"""JSON takes several times its size to read: of a file, or of one line of JSON Lines."""
MOST_PARTS_OF_RECORD = 1_000_000
"""Elements of one record of XML, which is held in memory as a whole."""
