"""Options of `joinedup serve` that say who may come in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

RequireToken = Annotated[
    bool, typer.Option("--require-token", help="Let nobody in without a token, not even on this machine")
]
Public = Annotated[
    bool, typer.Option("--public", help="Show those without a token what anybody may see, instead of nothing")
]
HostNames = Annotated[
    list[str] | None,
    typer.Option(
        "--host-name", help="A name under which others reach it; may be repeated", show_default=False
    ),
]
BehindProxy = Annotated[
    str,
    typer.Option(
        help="The address of the one proxy that requests come from, and that speaks TLS", show_default=False
    ),
]
TlsCert = Annotated[Path | None, typer.Option(help="The certificate (PEM), to speak TLS", show_default=False)]
TlsKey = Annotated[Path | None, typer.Option(help="The key of the certificate (PEM)", show_default=False)]
OidcIssuer = Annotated[
    str, typer.Option(help="An OpenID Connect issuer whose tokens count too", show_default=False)
]
OidcAudience = Annotated[
    str, typer.Option(help="For whom the issuer's tokens must be (the claim aud)", show_default=False)
]
OidcClaim = Annotated[
    str, typer.Option(help="The claim that holds roles such as joinedup-analyst-read; dots lead into claims")
]
