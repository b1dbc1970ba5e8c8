"""``connect``, ``status``, ``disconnect``, ``events``: a space's link with Notion."""

import sys
import time
import webbrowser
from typing import TYPE_CHECKING, Annotated, Any

import typer

from notion_gateway.cli.connection_facts import facts_of, moment, workspace_of, workspace_text
from notion_gateway.cli.lent_rights import lent_rights
from notion_gateway.cli.output import (
    Exit,
    Fault,
    cell,
    columns,
    facts,
    hint,
    print_json,
    print_table,
    print_text,
)
from notion_gateway.cli.shown_commands import connecting
from notion_gateway.cli.target import (
    DEFAULT_SPACE,
    DEFAULT_URL,
    GatewayOption,
    JsonOption,
    SpaceOption,
    Target,
    UserOption,
    a_target,
)

if TYPE_CHECKING:
    from notion_gateway.cli.client import GatewayClient

MineOption = Annotated[
    bool,
    typer.Option("--mine", help="Your own connection in the space, not the one everybody shares."),
]

_POLL_SECONDS = 0.5
_CONSENT_SECONDS = 600.0
_NAME_SECONDS = 5.0
_EVENTS_SHOWN = 100


def add_to(app: typer.Typer) -> None:
    app.command()(connect)
    app.command()(status)
    app.command()(disconnect)
    app.command()(events)


def connect(
    *,
    user: UserOption,
    gateway: GatewayOption = DEFAULT_URL,
    space: SpaceOption = DEFAULT_SPACE,
    mine: MineOption = False,
    browser: Annotated[
        bool, typer.Option(help="Open the link here, or only print it for another browser.")
    ] = True,
    timeout: Annotated[
        float, typer.Option(min=1, help="Seconds to wait for the consent.")
    ] = _CONSENT_SECONDS,
    as_json: JsonOption = False,
) -> None:
    """Connect a space to Notion, or connect it again.

    The consent itself takes place in a browser. This command ends when the gateway holds the
    new connection: 0, or 4 if nobody consented in time.
    """
    target = a_target(gateway, space, user)
    with _client(target, mine=mine) as client:
        before = client.status().get("process_id")
        link = client.start()
        hint(lent_rights(client.grant_choice(), space, mine=mine))
        if as_json or browser:
            hint(f"Open this link to connect {_named(space, mine=mine)} to Notion:\n\n  {link}\n")
        else:
            print_text(link)
        if browser and not webbrowser.open(link):
            hint("No browser could be opened here: open the link yourself.")
        hint("Waiting for the consent; Ctrl-C stops waiting, not the consent.")
        found = _with_workspace_name(client, _new_grant(client, before, time.monotonic() + timeout))
    if as_json:
        print_json(found)
        return
    hint(f"Connected: {_named(space, mine=mine)} to {workspace_text(found) or 'Notion'}.")


def status(
    *,
    user: UserOption,
    gateway: GatewayOption = DEFAULT_URL,
    space: SpaceOption = DEFAULT_SPACE,
    mine: MineOption = False,
    verify: Annotated[
        bool, typer.Option("--verify", help="Call Notion first, to see that the grant still lives.")
    ] = False,
    within_days: Annotated[
        float | None,
        typer.Option(
            "--within-days", min=0, help="Exit with 6 where a person is needed within so many days."
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show a space's connection.

    Exits with 0 when it is connected, 4 when a person has to connect it, 6 when one will have to
    within --within-days, 1 on any fault.
    """
    target = a_target(gateway, space, user)
    with _client(target, mine=mine) as client:
        found = client.status()
        if verify and found.get("status") == "connected":
            _verify(target)
            found = client.status()
        is_used = not mine or client.grant_choice()["mode"] != "shared"
    if as_json:
        print_json(found)
    else:
        print_table(facts(facts_of(found)))
    if not is_used:
        hint(
            f"Everybody in {space} acts with its one connection, and yours would not be used. An"
            " owner of the space can let people use their own."
        )
    if found.get("status") != "connected":
        if is_used:
            hint(f"Connect it with: {connecting(target, mine=mine)}")
        raise typer.Exit(Exit.NEEDS_PERSON)
    left = _days_left(found)
    if within_days is not None and left is not None and left <= within_days:
        again = connecting(target, mine=mine)
        hint(f"Notion ends this connection in {left:.1f} days: before that, run {again}")
        raise typer.Exit(Exit.EXPIRING)


def disconnect(
    *,
    user: UserOption,
    gateway: GatewayOption = DEFAULT_URL,
    space: SpaceOption = DEFAULT_SPACE,
    mine: MineOption = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Delete a space's Notion tokens here, and revoke them at Notion."""
    if not yes:
        if not sys.stdin.isatty():
            raise Fault("Nobody is there to confirm: add --yes.", Exit.USAGE)
        typer.confirm(
            f"Delete the Notion tokens of {_named(space, mine=mine)}"
            f"{'' if mine else ', for everybody in it,'} and revoke them at Notion?",
            abort=True,
            err=True,
        )
    with _client(a_target(gateway, space, user), mine=mine) as client:
        done = client.disconnect()
    if as_json:
        print_json(done)
    hint(_ended(_named(space, mine=mine), done))


def events(
    *,
    user: UserOption,
    gateway: GatewayOption = DEFAULT_URL,
    space: SpaceOption = DEFAULT_SPACE,
    mine: MineOption = False,
    limit: Annotated[
        int, typer.Option("--limit", min=0, help="How many, the newest of them; 0 for all.")
    ] = _EVENTS_SHOWN,
    before: Annotated[
        int | None, typer.Option("--before", min=1, help="Only those before this number.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show what happened to a space's connection, oldest first."""
    with _client(a_target(gateway, space, user), mine=mine) as client:
        history, earlier = client.events(limit, before)
    if as_json:
        print_json(history)
        return
    table = columns("#", "When", "What", "By", "More")
    for event in history:
        if removed := event.get("removed_before"):
            table.add_row("…", "", f"{cell(removed)} events of old renewals, deleted", "", "")
        more = event.get("error") or workspace_text(event)
        table.add_row(
            cell(event.get("version")),
            cell(moment(event.get("at"))),
            cell(event.get("type")),
            cell(event.get("by")),
            cell(more),
        )
    print_table(table)
    if earlier is not None:
        hint(f"There are more: --before {earlier} shows those before, --limit 0 shows all.")


def _client(target: Target, *, mine: bool) -> "GatewayClient":
    from notion_gateway.cli.client import GatewayClient

    return GatewayClient(target, mine=mine)


def _new_grant(client: "GatewayClient", before: object, deadline: float) -> dict[str, Any]:
    while True:
        found = client.status()
        process_id = found.get("process_id")
        if found.get("status") == "connected" and process_id not in (None, before):
            return found
        if time.monotonic() >= deadline:
            raise Fault(
                "Nobody has consented yet. If the browser showed an error, it says why;"
                " otherwise run connect again.",
                Exit.NEEDS_PERSON,
            )
        time.sleep(_POLL_SECONDS)


def _with_workspace_name(client: "GatewayClient", found: dict[str, Any]) -> dict[str, Any]:
    """With the name that the gateway asks Notion for once it is connected, if it comes soon."""
    deadline = time.monotonic() + _NAME_SECONDS
    while not workspace_of(found).get("name") and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
        found = client.status()
    return found


def _verify(target: Target) -> None:
    """A grant that was revoked at Notion shows in the status after this."""
    from notion_gateway.cli.session import list_tools, with_notion

    try:
        with_notion(target, list_tools)
    except Fault as fault:
        if fault.code != Exit.NEEDS_PERSON:
            raise


def _days_left(found: dict[str, Any]) -> float | None:
    """Until a person is needed; None where an older gateway does not say so."""
    expiry: dict[str, Any] = found.get("expiry") or {}
    left = expiry.get("days_to_person_needed")
    return float(left) if isinstance(left, (int, float)) else None


def _named(space: str, *, mine: bool) -> str:
    return f"your own connection in {space}" if mine else space


def _ended(space: str, done: dict[str, Any]) -> str:
    if not done.get("was_connected"):
        return f"{space} was not connected."
    match done.get("revoked_at_notion"):
        case True:
            return f"Disconnected: the tokens of {space} are deleted here and revoked at Notion."
        case False:
            return (
                f"Disconnected: the tokens of {space} are deleted here, but Notion did not confirm"
                " that it revoked them. Remove the connection in Notion's settings too."
            )
        case _:
            return f"Disconnected: {space} had no tokens left that could be revoked at Notion."
