"""The command line; every setting is a flag and an environment variable."""

import inspect
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from pydantic.fields import FieldInfo

from notion_simulator.server import PortInUseError, run
from notion_simulator.settings import DEFAULT_PORT, SimulatorSettings

LIST_SETTINGS = frozenset({"allowed_origins", "tool_access"})
SHORT_FLAGS = {"access_token_lifetime_seconds": "--token-lifetime"}

app = typer.Typer(add_completion=False, rich_markup_mode=None)


def flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def environment_variable(name: str) -> str:
    return f"NOTION_SIMULATOR_{name.upper()}"


def serve(
    host: Annotated[str, typer.Option(envvar="NOTION_SIMULATOR_HOST")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(envvar="NOTION_SIMULATOR_PORT", min=0, max=65_535)
    ] = DEFAULT_PORT,
    **given: Any,  # noqa: ANN401 - one per setting, validated below
) -> None:
    """Serve a simulation of Notion's hosted MCP server and its authorization server."""
    values = {name: value for name, value in given.items() if value is not None}
    try:
        settings = SimulatorSettings.model_validate(values)
    except ValidationError as error:
        for item in error.errors(include_url=False):
            name = str(item["loc"][0]) if item["loc"] else "settings"
            typer.echo(f"{flag(name)}: {item['msg']}", err=True)
        raise typer.Exit(2) from error
    try:
        run(settings, host, port)
    except PortInUseError as error:
        typer.echo(f"notion-simulator: {error}. Choose another with --port.", err=True)
        raise typer.Exit(1) from error


def option(name: str, field: FieldInfo) -> inspect.Parameter:
    """Returns the command-line parameter of one setting; unset means the setting's default."""
    flags = [flag(name)]
    kind: Any = str | None
    if field.annotation is bool:
        flags = [f"{flag(name)}/--no-{name.replace('_', '-')}"]
        kind = bool | None
    elif name in LIST_SETTINGS:
        kind = list[str] | None
    if name in SHORT_FLAGS:
        flags.append(SHORT_FLAGS[name])
    declared = typer.Option(
        *flags,
        envvar=environment_variable(name),
        help=field.description,
        show_default=f"{field.default}",
    )
    return inspect.Parameter(
        name,
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[kind, declared],
    )


def command_signature() -> inspect.Signature:
    """Returns the signature of `serve` with a parameter for every setting."""
    own = inspect.signature(serve)
    fixed = [p for p in own.parameters.values() if p.kind is not inspect.Parameter.VAR_KEYWORD]
    options = [option(name, field) for name, field in SimulatorSettings.model_fields.items()]
    return own.replace(parameters=[*fixed, *options])


serve.__signature__ = command_signature()  # pyright: ignore[reportFunctionMemberAccess]
serve.__annotations__ = {
    parameter.name: parameter.annotation
    for parameter in serve.__signature__.parameters.values()  # pyright: ignore[reportFunctionMemberAccess]
}
app.command()(serve)


def main() -> None:
    """The console script `notion-simulator`."""
    app(prog_name="notion-simulator")
