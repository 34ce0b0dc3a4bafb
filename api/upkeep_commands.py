"""What those who run a server need: `joinedup settings`, `backup`, `restore`, `compact`, `verify`, `interview`, `erase`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from typer.main import get_command

from api.options import OutputOption, StoreOption
from api.settings_file import say_settings
from graph.backup import MANIFEST, back_up, compact, faults_of, read_manifest, restore
from graph.erasure import erase_interview, erase_source, of_interview
from graph.errors import BadParameter
from graph.moving import move
from graph.store import open_store


def add_upkeep(app: typer.Typer, out: Console, err: Console) -> None:
    """Add these commands."""

    def say(text: str) -> None:
        out.print(text, markup=False, highlight=False, soft_wrap=True)

    @app.command("settings", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
    def settings(context: typer.Context) -> None:
        """Print the settings with which “joinedup serve”, given the same options, would serve, and where each is from."""
        whole: object = get_command(app)
        say_settings(out, whole.commands["serve"], context.args)  # type: ignore[attr-defined]

    @app.command("backup")
    def backup(
        folder: Annotated[Path, typer.Argument(help="A new folder")], store: StoreOption = None
    ) -> None:
        """Write all that a store holds, and who wrote it, into a new folder; also while it is served and loaded."""
        made = back_up(open_store(store), folder)
        say(f"Wrote {made.statements:,} statements of version {made.version} to {folder}.")

    @app.command("restore")
    def restored(
        folder: Annotated[Path, typer.Argument(help="A folder that “joinedup backup” made")],
        store: StoreOption = None,
        replace: Annotated[
            bool, typer.Option("--replace", help="Lose what the store holds, where it is not empty")
        ] = False,
    ) -> None:
        """Let a store hold what a backup holds: all of it, or nothing where the backup is damaged."""
        version = restore(folder, store, replace=replace)
        made = read_manifest(folder)
        say(
            f"Restored {made.statements:,} statements of version {made.version}. The store is at version {version}. "
            "Tokens are not in a backup: create new ones."
        )

    @app.command("move")
    def moved(
        source: Annotated[
            str, typer.Option("--from", help="The store: a folder, or the address of an engine")
        ],
        target: Annotated[
            str, typer.Option("--to", help="Where to: a new folder, or an engine's empty dataset")
        ],
    ) -> None:
        """Copy a store with all its sources and versions to another place, and compare both."""
        done = move(open_store(source), open_store(target))
        say(
            f"Moved {done.statements:,} statements of {done.sources} sources. Counts and digests are the same on both "
            f"sides ({done.digest:010x}). The new store is at version {done.version}. Tokens, saved queries and the audit "
            "log stay where they are."
        )

    @app.command("compact")
    def compacted(store: StoreOption = None) -> None:
        """Build a store anew without any byte of what was removed from it, and without its older versions."""
        before, after, version = compact(open_store(store))
        say(f"From {before:,} to {after:,} bytes. The store is at version {version}.")

    @app.command("verify")
    def verified(
        folder: Annotated[
            Path | None, typer.Argument(help="A backup. Without it: the store", show_default=False)
        ] = None,
        store: StoreOption = None,
    ) -> None:
        """Read every statement of a store or a backup, and say what is wrong; the exit code is 1 where anything is."""
        if folder is not None:
            made, wrong = read_manifest(folder), faults_of(folder)
            said = [
                f"{folder.name}: {made.statements:,} statements of version {made.version}, see {MANIFEST}."
            ]
        else:
            from graph.verifying import verify  # the shapes are slow to import

            found = verify(open_store(store))
            said, wrong = found.said, found.wrong
        for line in (*said, *wrong):
            say(line)
        say(f"{len(wrong)} wrong." if wrong else "All is well.")
        if wrong:
            raise typer.Exit(1)

    @app.command("interview")
    def interview(
        name: Annotated[str, typer.Argument(help="Its id or its IRI")],
        output: OutputOption = None,
        store: StoreOption = None,
    ) -> None:
        """Write everything that a store holds because of one interview, as N-Quads: for whoever asks what is held."""
        quads = sorted(map(str, of_interview(open_store(store).loaded(), name)))
        text = "".join(f"{quad} .\n" for quad in quads)
        if output is None:
            sys.stdout.write(text)
        else:
            output.write_text(text, encoding="utf-8")
            say(f"Wrote {len(quads):,} statements to {output}.")

    @app.command("erase")
    def erase(
        interview: Annotated[
            str | None, typer.Option(help="An interview, by its id or its IRI", show_default=False)
        ] = None,
        source: Annotated[
            str | None, typer.Option(help="All that one source says, by its name", show_default=False)
        ] = None,
        anyway: Annotated[
            bool,
            typer.Option("--anyway", help="Also where other sources speak of what only that one describes"),
        ] = False,
        store: StoreOption = None,
    ) -> None:
        """Remove an interview, or a source, and every byte of it from the store. Take it out of the files first."""
        if bool(interview) == bool(source):
            raise BadParameter("Say what to erase: --interview or --source.")
        opened = open_store(store)
        done = (
            erase_interview(opened, interview)
            if interview
            else erase_source(opened, str(source), anyway=anyway)
        )
        say(f"Erased {done.statements:,} statements. The store is at version {done.version}.")
        err.print(
            "Note: earlier backups and publications still hold it, and loading its file again brings it back.",
            highlight=False,
            soft_wrap=True,
        )
