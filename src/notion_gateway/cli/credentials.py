"""``credentials export``: a client registered with Notion, as lines for a shell."""

import shlex
from typing import TYPE_CHECKING, Annotated

import typer

from notion_gateway.cli.output import hint, print_json
from notion_gateway.cli.serve import GATEWAY_PORT
from notion_gateway.cli.serving import at_port, configuration_faults
from notion_gateway.cli.target import JsonOption

if TYPE_CHECKING:
    from notion_gateway.oauth.requests import OAuthClient


def add_to(app: typer.Typer) -> None:
    credentials = typer.Typer(
        no_args_is_help=True, help="The OAuth client that the gateway is at Notion."
    )
    credentials.command("export")(export)
    app.add_typer(credentials, name="credentials")


def export(
    *,
    force: Annotated[
        bool, typer.Option("--force", help="Register a new client although one is set.")
    ] = False,
    port: Annotated[
        int, typer.Option(envvar="GATEWAY_PORT", min=1, max=65535, help="The gateway's port.")
    ] = GATEWAY_PORT,
    as_json: JsonOption = False,
) -> None:
    """Print the exports of a client registered with Notion, secret included.

    Reuses the one that the environment or a .env file names. Otherwise registers a new one,
    with a secret if Notion gives it one; NOTION_MCP_TOKEN_AUTH_METHOD chooses.
    """
    import anyio

    from notion_gateway.integration.opening import open_client_at_notion
    from notion_gateway.settings import load_settings

    with configuration_faults():
        settings = at_port(load_settings(), port)

    async def work() -> "tuple[OAuthClient, str]":
        async with open_client_at_notion(settings) as client:
            if client.configured is not None and not force:
                return client.configured, "These are set already; --force makes new ones."
            return await client.register(), f"Registered a client for {client.redirect_uri}"

    client, what = anyio.run(work)
    hint(what)
    variables = {
        "NOTION_MCP_CLIENT_ID": client.client_id,
        "NOTION_MCP_CLIENT_SECRET": client.secret.reveal() if client.secret else "",
        "NOTION_MCP_TOKEN_AUTH_METHOD": client.auth_method,
    }
    if as_json:
        print_json(variables)
        return
    for name, value in variables.items():
        typer.echo(f"export {name}={shlex.quote(value)}")
