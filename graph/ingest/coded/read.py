"""Which reader of coded interviews a file goes to: the one door of this package.

For the command `map`: `graph.ingest.coded.proposal.proposed_mapping(path, reader=None)` gives the text of a mapping.
"""

from __future__ import annotations

from pathlib import Path

from graph.ingest.coded.codebook import read_codebook
from graph.ingest.coded.matrix import read_matrix
from graph.ingest.coded.model import Material
from graph.ingest.coded.options import Coded
from graph.ingest.coded.qdpx import read_qdpx
from graph.ingest.coded.rows import add_material
from graph.ingest.coded.turns import read_turns
from graph.ingest.reading import TABULAR, Layout, Unreadable, read_grids
from graph.ingest.rows import Reading

PROJECTS = (".qdpx", ".qdc")


def is_coded(path: Path, coded: Coded | None) -> bool:
    """Whether a file is read here: a project or codebook always is, a table where the mapping says that it is a matrix or turns."""
    return path.suffix.lower() in PROJECTS or (coded is not None and coded.reader != "qdpx")


def read_coded(path: Path, coded: Coded | None, layout: Layout, reading: Reading) -> None:
    """Make the rows of a file of coded interviews. Raises Unreadable where it cannot be read at all."""
    reading.lenient = True
    chosen = coded or Coded(reader="qdpx")
    add_material(material_of(path, chosen, layout), chosen, path, reading)


def material_of(path: Path, coded: Coded, layout: Layout) -> Material:
    """What a file of coded interviews holds. Raises Unreadable where it is not of the kind that the mapping says."""
    kind = path.suffix.lower()
    if coded.reader == "qdpx" and kind in PROJECTS:
        return read_qdpx(path) if kind == ".qdpx" else read_codebook(path)
    if coded.reader == "qdpx" or kind not in TABULAR:
        raise Unreadable(
            f"is not a file for the reader “{coded.reader}” of the mapping.", "Load it in a run of its own."
        )
    grids = read_grids(path, layout)
    return read_matrix(path, grids, coded) if coded.reader == "matrix" else read_turns(path, grids, coded)
