"""The command line: ``notion-gateway``."""

import sys
from typing import Annotated

import typer

from notion_gateway.config import ConfigurationError, load_settings, require_loopback
from notion_gateway.log import configure_logging
from notion_gateway.web.app import create_app
from notion_gateway.web.server import run

app = typer.Typer(no_args_is_help=True, help="Hold a team's connection to Notion.")


@app.callback()
def main() -> None:
    """Hold a team's connection to Notion, and call its tools."""


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
) -> None:
    """Run the gateway."""
    try:
        settings = load_settings()
        require_loopback(settings, host)
    except ConfigurationError as fault:
        typer.echo(str(fault), err=True)
        sys.exit(2)
    configure_logging(settings.gateway_log_format, settings.gateway_log_level)
    run(create_app(settings), host, port)
