"""`joinedup same`: which things may be the same, what was judged of them, and taking it back."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import Annotated

import typer
from rich.console import Console

from api.options import Format, FormatOption, StoreOption
from api.printing import print_table
from graph.dataset import Dataset
from graph.identity.judging import KINDS, find, judge, judgements, proposed, undo
from graph.identity.record import SAME, VERDICTS, Judgement, in_force
from graph.identity.standing import Standing
from graph.store import Store, open_store
from graph.tabular import as_csv

_Role = Annotated[str, typer.Option("--by", help="In which role you judge, or a pseudonym; no person's name")]


def add_same(app: typer.Typer, out: Console) -> None:
    """Give the command line its command for things that are named twice."""
    same = typer.Typer(
        invoke_without_command=True, help="Which things may be the same, and what was judged of them."
    )
    app.add_typer(same, name="same")

    @same.callback()
    def offer(
        context: typer.Context,
        kind: Annotated[
            list[str] | None,
            typer.Option(help=f"Only things of this kind: {', '.join(KINDS)}", show_default=False),
        ] = None,
        least: Annotated[int, typer.Option(min=50, max=100, help="The least score of a pair")] = 80,
        most: Annotated[int, typer.Option(min=1, max=100_000, help="How many pairs to print")] = 50,
        unsure: Annotated[
            bool, typer.Option("--unsure", help="Also those that somebody looked at and could not tell")
        ] = False,
        format: FormatOption = None,
        store: StoreOption = None,
    ) -> None:
        if context.invoked_subcommand is None:
            _offer(out, open_store(store).dataset(), kind or [], least, most, unsure, format)

    @same.command("judge")
    def decide(
        one: Annotated[str, typer.Argument(help="A thing, such as organisation/dea, or its IRI")],
        other: Annotated[str, typer.Argument(help="Another thing of its kind")],
        verdict: Annotated[str, typer.Option(help=", ".join(VERDICTS))],
        by: _Role,
        because: Annotated[str, typer.Option(help="Why, in a sentence")],
        keep: Annotated[
            str,
            typer.Option(
                help="The one that is kept. Without it: that of which more is said", show_default=False
            ),
        ] = "",
        dry_run: Annotated[
            bool, typer.Option("--dry-run", help="Say what it would change; keep nothing")
        ] = False,
        store: StoreOption = None,
    ) -> None:
        """Say whether two things are the same. If they are, readers see one; the sources stay as they were loaded."""
        _judge(out, open_store(store), one, other, verdict, by, because, keep, dry_run)

    @same.command("undo")
    def take_back(
        number: Annotated[int, typer.Argument(help="The number of the judgement")],
        by: _Role,
        because: Annotated[str, typer.Option(help="Why, in a sentence", show_default=False)] = "",
        store: StoreOption = None,
    ) -> None:
        """Withdraw a judgement: everything is as if it had not been made, and both stay on record."""
        opened = open_store(store)
        made = undo(opened, number, by=by, because=because)
        done = f"Judgement {number} is withdrawn, by judgement {made.number}."
        _say(out, f"{done} The store is at version {opened.version}.")

    @same.command("list")
    def tell(format: FormatOption = None, store: StoreOption = None) -> None:
        """List every judgement, oldest first, also those that do not count any more."""
        _list(out, open_store(store).dataset(), format)


def _offer(
    out: Console,
    dataset: Dataset,
    kinds: list[str],
    least: int,
    most: int,
    unsure: bool,
    format: Format | None,
) -> None:
    from graph.identity.candidates import candidates  # rapidfuzz and numpy, which only this needs
    from graph.identity.tabular import candidate_lines, candidates_json

    found = candidates(dataset, kinds, least=least, most=most, unsure=unsure)
    chosen = _chosen(out, format)
    if chosen is Format.json:
        print(json.dumps(candidates_json(found), ensure_ascii=False, indent=2))
    elif chosen is Format.csv:
        _write(candidate_lines(found))
    else:
        rows = [
            [
                str(c.score),
                c.one.label,
                c.other.label,
                "; ".join(c.reasons),
                "; ".join(c.against),
                _id(c.one.iri),
                _id(c.other.iri),
            ]
            for c in found.rows
        ]
        print_table(out, ["score", "one", "other", "for", "against", "id of one", "id of other"], rows)
        _say(out, f"{len(found.rows):,} of {found.count:,} pairs, from {found.things:,} things.")
        left = (
            f"Left out: {found.judged:,} judged before, {found.succeeded:,} of which one replaced the other."
        )
        _say(out, f"{left} Nothing is merged until somebody judges.")


def _judge(
    out: Console,
    store: Store,
    one: str,
    other: str,
    verdict: str,
    by: str,
    because: str,
    keep: str,
    dry_run: bool,
) -> None:
    loaded = store.loaded()
    would = proposed(loaded, one, other, verdict=verdict, by=by, because=because, keep=keep)
    if would.verdict == SAME:
        _say_effect(out, store, would)
    if dry_run:
        _say(out, "Dry run: nothing was kept.")
        return
    kept = would.keeps if would.verdict == SAME else keep
    made = judge(
        store, find(loaded, one), find(loaded, other), verdict=verdict, by=by, because=because, keep=kept
    )
    said = made.says(loaded.label(made.one), loaded.label(made.other))
    _say(out, f"Judgement {made.number}: {said}. The store is at version {store.version}.")
    if made.revises:
        _say(out, f"It revises judgement {made.revises}.")
    _say(out, f"To take it back: joinedup same undo {made.number} --by {made.by}")


def _say_effect(out: Console, store: Store, would: Judgement) -> None:
    from graph.identity.effect import effect  # the shapes are slow to import

    dataset = store.dataset()
    known = Standing(judgements(dataset))
    kept = known.kept(would.keeps)
    merged = known.kept(would.other if would.keeps == would.one else would.one)
    found = effect(dataset, kept, merged)
    sources = f"{len(found.sources)} source{'' if len(found.sources) == 1 else 's'}"
    _say(
        out,
        f"Kept: {dataset.label(kept)} ({_id(kept)}). Of the other, {found.statements:,} statements in {sources} change.",
    )
    for warning in found.warnings:
        _say(out, f"Note: {warning}")


def _list(out: Console, dataset: Dataset, format: Format | None) -> None:
    from graph.identity.tabular import judgement_json, judgement_lines

    every = judgements(dataset)
    chosen = _chosen(out, format)
    standing = {j.number for j in in_force(every)}
    if chosen is Format.json:
        rows = [judgement_json(dataset, j, j.number in standing) for j in every]
        print(json.dumps({"count": len(rows), "of": len(rows), "rows": rows}, ensure_ascii=False, indent=2))
    elif chosen is Format.csv:
        _write(judgement_lines(dataset, every))
    else:
        head, *lines = judgement_lines(dataset, every)
        shown = [
            head.index(name)
            for name in ("number", "one", "verdict", "other", "by", "at", "because", "in_force")
        ]
        names = [head[i].replace("_", " ") for i in shown]
        print_table(out, names, [[line[i] for i in shown] for line in lines])
        _say(out, f"{len(every)} of {len(every)} judgements, {len(standing)} in force.")


def _chosen(out: Console, format: Format | None) -> Format:
    return format or (Format.table if out.is_terminal else Format.csv)


def _id(iri: str) -> str:
    return iri.partition("/id/")[2] or iri


def _say(out: Console, text: str) -> None:
    out.print(text, markup=False, highlight=False, soft_wrap=True)


def _write(lines: Iterable[list[str]]) -> None:
    sys.stdout.write(as_csv(lines).replace("\r\n", "\n"))
