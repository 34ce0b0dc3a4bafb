"""The empty tables: as CSV files, as one workbook, and the page that explains every column."""

from __future__ import annotations

import csv
from pathlib import Path

import xlsxwriter
from jinja2 import Environment, PackageLoader, StrictUndefined

from graph.errors import BadParameter
from graph.ingest.tables.canonical import FIRST, TABLES, THEMES


def write_template(folder: Path) -> list[Path]:
    """Write joinedup.xlsx, columns.html and tables/*.csv, with an example row or two in each; what was written.

    Raises BadParameter where one of these files is there already: nobody's work is written over.
    """
    files = [
        folder / "joinedup.xlsx",
        folder / "columns.html",
        *(folder / "tables" / f"{t.name}.csv" for t in TABLES),
    ]
    if there := [file.name for file in files if file.exists()]:
        raise BadParameter(f"{folder.name} already holds {', '.join(there[:3])}. Name another folder.")
    (folder / "tables").mkdir(parents=True, exist_ok=True)
    for table, path in zip(TABLES, files[2:], strict=True):
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, [c.name for c in table.columns], lineterminator="\n")
            writer.writeheader()
            writer.writerows(table.examples())
    environment = Environment(
        loader=PackageLoader("graph.ingest", "."), autoescape=True, undefined=StrictUndefined
    )
    files[1].write_text(
        environment.get_template("template.html").render(themes=THEMES, first=FIRST), encoding="utf-8"
    )
    _workbook(files[0])
    return files


def _workbook(path: Path) -> None:
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        head = book.add_format({"bold": True, "bottom": 1})
        needed = book.add_format({"bold": True, "bottom": 1, "bg_color": "#fff2cc"})
        about = book.add_worksheet("about")
        about.set_column(0, 0, 100)
        for row, line in enumerate(
            (
                "Joinedup: one sheet for each table. A shaded column must be filled in.",
                f"To begin with, these are enough: {', '.join(FIRST)}.",
                "Point at a header to see what it means; columns.html explains every column.",
                "Delete the example rows. Separate several values in a cell by semicolons.",
                "Name no person: use roles and levels.",
            )
        ):
            about.write_string(row, 0, line)
        for table in TABLES:
            sheet = book.add_worksheet(table.name)
            sheet.freeze_panes(1, 0)
            for number, column in enumerate(table.columns):
                sheet.set_column(number, number, max(12, len(column.name) + 2))
                sheet.write_string(0, number, column.name, needed if column.required else head)
                sheet.write_comment(0, number, f"{column.meaning}\n{column.kind.says}", {"x_scale": 2})
                for row, example in enumerate(table.examples(), start=1):
                    sheet.write_string(row, number, example[column.name])
