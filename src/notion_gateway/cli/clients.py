"""``clients``: every program that acts in a space, and machines that nobody logs in."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from notion_gateway.cli.output import (
    Exit,
    Fault,
    cell,
    columns,
    facts,
    hint,
    print_json,
    print_table,
)
from notion_gateway.cli.target import (
    DEFAULT_SPACE,
    DEFAULT_URL,
    GatewayOption,
    JsonOption,
    SpaceOption,
    UserOption,
    a_target,
)
from notion_gateway.cli.tokens import rights

if TYPE_CHECKING:
    from notion_gateway.cli.client import GatewayClient

_KINDS = {
    "personal": "token",
    "client": "MCP client",
    "command_line": "command line",
    "machine": "machine",
}
_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"

NameArgument = Annotated[str, typer.Argument(help="What it is for.")]
DaysOption = Annotated[int, typer.Option(min=1, max=365, help="Until it expires.")]
ReadOnlyOption = Annotated[bool, typer.Option("--read-only", help="Only tools that read.")]
ToolsOption = Annotated[
    list[str] | None, typer.Option(help="Only this tool; may be given several times.")
]


def add_to(app: typer.Typer) -> None:
    clients = typer.Typer(
        no_args_is_help=True,
        help="Every program that acts in a space: tokens, MCP clients, command lines, machines.",
    )
    clients.command("list")(list_clients)
    clients.command()(add)
    clients.command("add-workload")(add_workload)
    clients.command()(revoke)
    app.add_typer(clients, name="clients")


def list_clients(
    *,
    user: UserOption,
    gateway: GatewayOption = DEFAULT_URL,
    space: SpaceOption = DEFAULT_SPACE,
    as_json: JsonOption = False,
) -> None:
    """Show them: your own, and for an owner everybody's."""
    with _client(gateway, space, user) as client:
        found = client.tokens()
    if as_json:
        print_json(found)
        return
    table = columns("Id", "Kind", "Name", "Who", "May", "Expires", "Last used", "Program")
    for one in found:
        table.add_row(
            cell(one["token_id"]),
            cell(_KINDS.get(one["kind"], one["kind"])),
            cell(one["name"]),
            cell(_who(one)),
            cell(rights(one)),
            cell(one["expires_at"][:10]),
            cell((one["last_used_at"] or "never")[:16].replace("T", " ")),
            cell(one["program"]),
        )
    print_table(table)


def _who(one: dict[str, Any]) -> str:
    """In whose name it acts. A gateway of an earlier version does not say who made a machine."""
    if one["kind"] != "machine":
        return one["user_id"]
    return f"nobody, made by {one['made_by']}" if "made_by" in one else "nobody"


def add(
    *,
    name: NameArgument,
    user: UserOption,
    gateway: GatewayOption = DEFAULT_URL,
    space: SpaceOption = DEFAULT_SPACE,
    days: DaysOption = 90,
    read_only: ReadOnlyOption = False,
    tool: ToolsOption = None,
    keys: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="A file with its public keys (JWK set)."),
    ] = None,
    keys_url: Annotated[
        str | None, typer.Option(help="The https address of its public keys.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Let a machine into a space, with OAuth's client credentials. For owners.

    It gets a secret, which is printed this once; or proves itself with a key of its own.
    """
    wish = _wish(name, days, read_only, tool, keys, keys_url)
    with _client(gateway, space, user) as client:
        made, issuer = client.add_machine(wish), client.issuer()
    if as_json:
        print_json(made)
        return
    shown = {"client id": made["client_id"], "client secret": made["client_secret"]}
    print_table(facts(shown))
    if made["client_secret"] is not None:
        hint("The secret is shown this once.")
    hint(f"It expires on {made['expires_at'][:10]}.")
    hint(f"It gets tokens at {issuer}/oauth/token, with grant_type=client_credentials.")
    hint(f"With those it calls {issuer}/mcp/notion/{space}")


def add_workload(
    *,
    name: NameArgument,
    issuer: Annotated[str, typer.Option(help="Whose tokens it has: their iss.")],
    subject: Annotated[
        str, typer.Option(help="What their sub must be; * stands for one part, ** for the rest.")
    ],
    user: UserOption,
    gateway: GatewayOption = DEFAULT_URL,
    space: SpaceOption = DEFAULT_SPACE,
    audience: Annotated[
        str | None, typer.Option(help="What their aud must be. Default: the gateway's address.")
    ] = None,
    days: DaysOption = 90,
    read_only: ReadOnlyOption = False,
    tool: ToolsOption = None,
    keys: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="The issuer's public keys (JWK set)."),
    ] = None,
    keys_url: Annotated[
        str | None, typer.Option(help="Or their https address. Default: the issuer says it.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Let in what proves itself by a token of where it runs: GitHub Actions, Kubernetes and others.

    It exchanges that token for one of the space; there is no secret to keep. For owners.
    """
    wish = _wish(name, days, read_only, tool, keys, keys_url)
    wish |= {"issuer": issuer, "subject": subject, "audience": audience}
    with _client(gateway, space, user) as client:
        made, issuer = client.allow_workload(wish), client.issuer()
    if as_json:
        print_json(made)
        return
    names = ("workload_id", "issuer", "subject", "audience")
    print_table(facts({one.replace("_", " "): made[one] for one in names}))
    hint(f"It expires on {made['expires_at'][:10]}.")
    hint(
        f"It exchanges its own token at {issuer}/oauth/token, with grant_type={_EXCHANGE} and"
        f" resource={issuer}/mcp/notion/{space}"
    )
    hint(f"With what it gets it calls {issuer}/mcp/notion/{space}")


def revoke(
    *,
    token_id: Annotated[str, typer.Argument(metavar="ID", help="As `clients list` shows it.")],
    user: UserOption,
    gateway: GatewayOption = DEFAULT_URL,
    space: SpaceOption = DEFAULT_SPACE,
) -> None:
    """End one, with all that it got. It stops within two seconds on every replica."""
    with _client(gateway, space, user) as client:
        if all(one["token_id"] != token_id for one in client.tokens()):
            raise Fault(f"{space} has no such client of yours, or it has ended already.")
        client.revoke_token(token_id)
    hint("Revoked.")


def _wish(
    name: str,
    days: int,
    read_only: bool,
    tools: list[str] | None,
    keys: Path | None,
    keys_url: str | None,
) -> dict[str, object]:
    """What an owner wishes of any program. Raises Fault."""
    wish: dict[str, object] = {"name": name, "expires_in_days": days, "read_only": read_only}
    if tools:
        wish["tools"] = tools
    if keys is not None:
        wish["jwks"] = _read_keys(keys)
    if keys_url is not None:
        wish["jwks_uri"] = keys_url
    return wish


def _read_keys(file: Path) -> object:
    try:
        return json.loads(file.read_text())
    except (OSError, ValueError) as fault:
        raise Fault(f"{file} is no JSON file ({fault}).", Exit.USAGE) from None


def _client(gateway: str, space: str, user: str) -> "GatewayClient":
    from notion_gateway.cli.client import GatewayClient

    return GatewayClient(a_target(gateway, space, user))
