"""``doctor``: what is wrong, where, and what to do about it."""

from typing import TYPE_CHECKING, Annotated

import typer

from notion_gateway.cli.output import Exit, cell, columns, print_json, print_table
from notion_gateway.cli.serve import GATEWAY_PORT
from notion_gateway.cli.serving import at_port
from notion_gateway.cli.target import (
    DEFAULT_SPACE,
    DEFAULT_URL,
    GatewayOption,
    JsonOption,
    SpaceOption,
)
from notion_gateway.cli.variables import unknown_variables

if TYPE_CHECKING:
    from notion_gateway.operations.rules import Finding

_COLOURS = {"ok": "green", "warning": "yellow", "failed": "red"}


def add_to(app: typer.Typer) -> None:
    app.command()(doctor)


def doctor(
    *,
    gateway: GatewayOption = DEFAULT_URL,
    space: SpaceOption = DEFAULT_SPACE,
    port: Annotated[
        int, typer.Option(envvar="GATEWAY_PORT", min=1, max=65535, help="The gateway's port.")
    ] = GATEWAY_PORT,
    register: Annotated[
        bool, typer.Option("--register", help="Really register a client; it stays unused.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Check everything a gateway with these settings needs, running or not.

    Reads the same environment and .env file as serve, and changes nothing. Exits with 1 when
    a check failed; a warning is no failure.
    """
    import anyio

    from notion_gateway.kernel.log import configure_logging
    from notion_gateway.operations.examination import open_examination
    from notion_gateway.operations.rules import Verdict, broken, doubtful
    from notion_gateway.settings import ConfigurationError, load_settings

    async def work() -> "list[Finding]":
        try:
            settings = at_port(load_settings(), port)
        except ConfigurationError as fault:
            return [broken("settings", str(fault), "docs/configuration.md has every setting.")]
        configure_logging(settings.gateway_log_format, "error")
        ignored = [
            doubtful("settings", sentence, "docs/configuration.md has every setting.")
            for sentence in unknown_variables()
        ]
        async with open_examination(
            settings, gateway_url=gateway, space_id=space, register=register
        ) as findings:
            return ignored + [finding async for finding in findings]

    findings = anyio.run(work)
    if as_json:
        print_json(
            [
                {"check": one.check, "result": one.verdict, "detail": one.detail, "hint": one.hint}
                for one in findings
            ]
        )
    else:
        _print(findings)
    if any(one.verdict is Verdict.FAILED for one in findings):
        raise typer.Exit(Exit.FAULT)


def _print(findings: "list[Finding]") -> None:
    table = columns("Check", "Result", "What was found")
    for one in findings:
        colour = _COLOURS[one.verdict]
        detail = cell(one.detail)
        if one.hint:
            detail += f"\n[bold]→[/bold] {cell(one.hint)}"
        table.add_row(
            cell(one.check.replace("_", " ")), f"[{colour}]{one.verdict}[/{colour}]", detail
        )
    print_table(table)
