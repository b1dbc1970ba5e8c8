"""``tools list`` and ``tools call``: Notion's tools, run from a shell."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from notion_gateway.cli.arguments import read_arguments
from notion_gateway.cli.client import GatewayClient
from notion_gateway.cli.connection_facts import workspace_text
from notion_gateway.cli.output import (
    Exit,
    Fault,
    cell,
    columns,
    complain,
    hint,
    print_json,
    print_table,
    print_text,
)
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
    from mcp.client.client import Client
    from mcp_types import CallToolResult, Tool


def add_to(app: typer.Typer) -> None:
    tools = typer.Typer(no_args_is_help=True, help="Look at Notion's tools, and call them.")
    tools.command("list")(list_tools)
    tools.command("call")(call_tool)
    app.add_typer(tools, name="tools")


def list_tools(
    *,
    user: UserOption,
    gateway: GatewayOption = DEFAULT_URL,
    space: SpaceOption = DEFAULT_SPACE,
    as_json: JsonOption = False,
) -> None:
    """Show the tools Notion offers to a space."""
    from notion_gateway.cli import session

    tools = session.with_notion(a_target(gateway, space, user), session.list_tools)
    if as_json:
        print_json(
            [tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in tools]
        )
        return
    table = columns("Name", "Title", "Effect")
    for tool in tools:
        table.add_row(cell(tool.name), cell(_title(tool)), effect(tool))
    print_table(table)


def call_tool(
    name: Annotated[str, typer.Argument(help="The tool's name, such as notion-search.")],
    *,
    user: UserOption,
    arg: Annotated[
        list[str] | None,
        typer.Option("--arg", metavar="NAME=VALUE", help="An argument; may be repeated."),
    ] = None,
    args_json: Annotated[
        str | None, typer.Option("--args-json", metavar="JSON", help="All arguments, as an object.")
    ] = None,
    gateway: GatewayOption = DEFAULT_URL,
    space: SpaceOption = DEFAULT_SPACE,
    as_json: JsonOption = False,
) -> None:
    """Call a tool, and print what it returns. Exits with 1 when the tool reports an error.

    Says in which Notion workspace and in whose name, beside the result.
    """
    from notion_gateway.cli import session

    async def work(client: "Client") -> "CallToolResult":
        known = {tool.name: tool for tool in await session.list_tools(client)}
        if name not in known:
            raise Fault(f"There is no tool {name}. Look at: notion-gateway tools list", Exit.USAGE)
        arguments = read_arguments(arg or [], args_json, known[name].input_schema)
        return await client.call_tool(name, arguments, progress_callback=_progress)

    target = a_target(gateway, space, user)
    if where := _where(target):
        hint(where)
    result = session.with_notion(target, work)
    if as_json:
        print_json(result.model_dump(mode="json", by_alias=True, exclude_none=True))
    else:
        _print(result)
    if result.is_error:
        raise typer.Exit(Exit.FAULT)


def _where(target: Target) -> str | None:
    """None where the gateway does not say: the call itself tells what is wrong."""
    try:
        with GatewayClient(target) as client:
            found = client.grants()
    except Fault:
        return None
    workspace, who = workspace_text(found), found.get("acts_as")
    return None if workspace is None else f"In the Notion workspace {workspace}, as {who}."


def effect(tool: "Tool") -> str:
    """read, write or destructive. A tool that says nothing may destroy (MCP, ToolAnnotations)."""
    hints = tool.annotations
    if hints is not None and hints.read_only_hint:
        return "[green]read[/green]"
    if hints is not None and hints.destructive_hint is False:
        return "[yellow]write[/yellow]"
    return "[red]destructive[/red]"


def _title(tool: "Tool") -> str | None:
    return tool.title or (tool.annotations.title if tool.annotations else None)


async def _progress(progress: float, total: float | None, message: str | None) -> None:
    share = f"{progress:g}/{total:g}" if total else f"{progress:g}"
    hint(f"… {share} {message or ''}".rstrip())


def _print(result: "CallToolResult") -> None:
    for block in result.content:
        document: dict[str, Any] = block.model_dump(mode="json", by_alias=True, exclude_none=True)
        if document.get("type") != "text":
            print_json(document)
        elif result.is_error:
            complain(str(document.get("text")))
        else:
            print_text(str(document.get("text")))
