"""``login`` and ``logout``: a gateway's space, opened by somebody in a browser of their own."""

from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from notion_gateway.cli.kept_logins import KeptLogin, KeptLogins, Place, login_folder
from notion_gateway.cli.output import Fault, hint, print_json
from notion_gateway.cli.target import (
    DEFAULT_SPACE,
    DEFAULT_URL,
    GatewayOption,
    JsonOption,
    SpaceOption,
    Target,
)

if TYPE_CHECKING:
    from notion_gateway.cli.device_login import LoginEndpoints


def add_to(app: typer.Typer) -> None:
    app.command()(login)
    app.command()(logout)


def login(
    *,
    gateway: GatewayOption = DEFAULT_URL,
    space: SpaceOption = DEFAULT_SPACE,
    keep_in: Annotated[
        Place | None,
        typer.Option(
            help="Where the login is kept.",
            show_default="the system's keyring where there is one, else a private file",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Log this command line in to a space, with a browser on any machine.

    Every command that speaks to this gateway for this space then acts as whoever allowed it.
    """
    from notion_gateway.cli.device_login import LoginEndpoints

    target, kept = Target(gateway, space, user_id=""), KeptLogins(login_folder())
    endpoints = LoginEndpoints(target)
    codes = endpoints.begin()
    minutes = int(codes.expires_in_seconds // 60)
    hint(f"Open {codes.page} in a browser on any machine, sign in, and enter this code:")
    hint(f"\n    {codes.user_code}\n")
    hint(f"Or follow this link: {codes.link}")
    hint(f"Pass neither on. Waiting for {minutes} minutes; Ctrl-C gives up.")
    found = endpoints.wait(codes)
    with kept.alone():
        before = _kept_before(kept, target)
        try:
            place = kept.put(found, keep_in)
        except Fault:
            _give_back(endpoints, found)
            raise
    if before is not None:
        _give_back(endpoints, before)
    where = "the system's keyring" if place is Place.KEYRING else str(kept.file)
    hint(f"Logged in to {space} at {gateway}. The login is kept in {where}.")
    if as_json:
        print_json({"gateway": gateway, "space_id": space, "kept_in": place})


def _kept_before(kept: KeptLogins, target: Target) -> KeptLogin | None:
    """The login that this one takes the place of; None also where it cannot be read."""
    try:
        return kept.get(target.url, target.space_id)
    except Fault:
        return None


def _give_back(endpoints: "LoginEndpoints", login: KeptLogin) -> None:
    """What nobody keeps is not left open at the gateway, where it can be reached."""
    with suppress(Fault):
        endpoints.revoke(login)


def logout(
    *,
    gateway: GatewayOption = DEFAULT_URL,
    space: SpaceOption = DEFAULT_SPACE,
) -> None:
    """Give the login back to the gateway, and forget it here."""
    from notion_gateway.cli.device_login import LoginEndpoints

    kept = KeptLogins(login_folder())
    with kept.alone():
        found = kept.get(gateway, space)
        kept.remove(gateway, space)
    if found is None:
        hint(f"Nobody is logged in to {space} at {gateway}.")
        return
    try:
        LoginEndpoints(Target(gateway, space, user_id="")).revoke(found)
    except Fault as fault:
        raise Fault(
            f"The login is forgotten here, but the gateway did not take it back: {fault} End it"
            " there, where the space's access tokens are listed.",
            fault.code,
        ) from None
    hint(f"Logged out of {space} at {gateway}.")
