"""The commands of ``notion-gateway``, joined.

A command imports what only it needs when it runs: the web stack and the MCP client take
seconds to load, and ``--help`` or ``status`` want neither.
"""

import sys
from typing import Annotated

import typer

from notion_gateway import __version__
from notion_gateway.cli import (
    audit,
    backup,
    catalogue,
    clients,
    connection,
    credentials,
    doctor,
    issuers,
    keys,
    login,
    maintenance,
    messages,
    migrate,
    policy,
    serve,
    spaces,
    start,
    tokens,
    tools,
    webhooks,
)
from notion_gateway.cli.help_text import unwrap
from notion_gateway.cli.output import Exit, Fault, complain, print_text
from notion_gateway.cli.serving import configuration_faults
from notion_gateway.cli.variables import forget_blank_variables, take_from_env_file
from notion_gateway.kernel.errors import GatewayError, StoreUnavailable, StoreUnfit

commands = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # a traceback with local variables would show secrets
    epilog="Exit codes: 0 done, 1 fault, 2 usage or settings, 3 a database or port cannot be used"
    " now, 4 a person must connect the space again, 5 the database is another version's, 6 a"
    " person must connect the space again within the days asked for.",
)


def _version(asked: bool) -> None:
    if asked:
        print_text(__version__)
        raise typer.Exit


@commands.callback()
def main(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Hold a team's connection to Notion, and call its tools."""
    del version


connection.add_to(commands)
login.add_to(commands)
tools.add_to(commands)
credentials.add_to(commands)
serve.add_to(commands)
start.add_to(commands)
spaces.add_to(commands)
tokens.add_to(commands)
issuers.add_to(commands)
clients.add_to(commands)
policy.add_to(commands)
catalogue.add_to(commands)
keys.add_to(commands)
migrate.add_to(commands)
maintenance.add_to(commands)
audit.add_to(commands)
backup.add_to(commands)
webhooks.add_to(commands)
messages.add_to(commands)
doctor.add_to(commands)


def run() -> None:
    run_commands(commands)


def run_commands(these: typer.Typer) -> None:
    """The one place where a command's faults become words and an exit code."""
    for app in (commands, these):
        forget_blank_variables(app)
        unwrap(app)
    try:
        if not {"--help", "--version"} & {*sys.argv}:
            with configuration_faults():
                take_from_env_file(commands)
                take_from_env_file(these)
        these()
    except Fault as fault:
        complain(str(fault))
        sys.exit(fault.code)
    except GatewayError as fault:
        complain(f"{fault} ({fault.reason})")
        sys.exit(_code(fault))


def _code(fault: GatewayError) -> Exit:
    if isinstance(fault, StoreUnfit):
        return Exit.MISFIT
    return Exit.UNAVAILABLE if isinstance(fault, StoreUnavailable) else Exit.FAULT
