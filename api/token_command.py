"""`joinedup token`: create, list and revoke the tokens by which others reach a store through a server."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console

from api.options import StoreOption
from api.printing import print_table
from graph.store import open_store
from graph.tokens import Tokens


def add_tokens(app: typer.Typer, out: Console, err: Console) -> None:
    """Add the command and what belongs to it."""
    tokens = typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        help="Tokens by which others reach a store through “joinedup serve”.",
    )

    @tokens.command("create")
    def create(
        label: Annotated[str, typer.Argument(help="The role it is for, such as “analysts”; never a name")],
        right: Annotated[
            str, typer.Option(help="read, write or admin; each holds the one before it")
        ] = "read",
        audience: Annotated[
            str, typer.Option(help="What it shows: public, analyst or sensitive")
        ] = "analyst",
        days: Annotated[int, typer.Option(help="After how many days it counts no more")] = 90,
        store: StoreOption = None,
    ) -> None:
        """Make a token and print it. It is not kept, so it cannot be shown again."""
        opened = _tokens(store)
        token, secret = opened.create(label, right, audience, days)
        err.print(
            f"Token {token.id} for “{token.label}”: right to {token.right}, audience {token.audience}, "
            f"until {token.expires[:10]}. It is shown this once:",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )
        print(secret)

    @tokens.command("list")
    def list_(store: StoreOption = None) -> None:
        """List the tokens, without their secrets."""
        now = datetime.now(UTC)
        every = _tokens(store).every()
        rows = [
            [
                t.id,
                t.label,
                t.right,
                t.audience,
                t.created[:10],
                t.expires[:10],
                "expired" if t.expired(now) else "in force",
            ]
            for t in every
        ]
        print_table(out, ["token", "for", "right", "audience", "created", "until", "state"], rows)
        out.print(f"{len(rows)} of {len(rows)} tokens", highlight=False)

    @tokens.command("revoke")
    def revoke(
        token: Annotated[str, typer.Argument(help="Its number, as “joinedup token list” has it")],
        store: StoreOption = None,
    ) -> None:
        """Let a token count no more, from now on and on servers that run."""
        gone = _tokens(store).revoke(token)
        out.print(f"Token {gone.id} for “{gone.label}” counts no more.", markup=False, highlight=False)

    app.add_typer(tokens, name="token")


def _tokens(store: str | None) -> Tokens:
    return Tokens(open_store(store))
