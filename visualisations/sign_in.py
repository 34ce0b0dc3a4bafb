"""The page on which people sign in."""

from __future__ import annotations

from visualisations.links import Link
from visualisations.rendering import render


def sign_in_page(wrong: str = "") -> str:
    """The form that takes a token. wrong: why the last one did not let anybody in."""
    return render("sign_in.html", title="Sign in", here="/sign-in", trail=(Link("Sign in"),), wrong=wrong)
