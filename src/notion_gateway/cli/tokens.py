"""``tokens``: gateway tokens for MCP clients and scripts, as the gateway's operator."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from notion_gateway.cli.operating import OPERATOR, as_operator, existing
from notion_gateway.cli.output import (
    Exit,
    Fault,
    cell,
    columns,
    hint,
    print_json,
    print_table,
    print_text,
)
from notion_gateway.cli.target import DEFAULT_SPACE, JsonOption, SpaceOption, UserOption

if TYPE_CHECKING:
    from notion_gateway.operations.operator import Operator


def add_to(app: typer.Typer) -> None:
    tokens = typer.Typer(
        no_args_is_help=True,
        help="Gateway tokens, for MCP clients and scripts. These commands work on the gateway's"
        " database.",
    )
    tokens.command()(create)
    tokens.command("list")(list_tokens)
    tokens.command()(revoke)
    app.add_typer(tokens, name="tokens")


def create(
    *,
    user: UserOption,
    space: SpaceOption = DEFAULT_SPACE,
    name: Annotated[str, typer.Option(help="What it is for.")] = "command line",
    days: Annotated[int, typer.Option(min=1, max=365, help="Until it expires.")] = 90,
    read_only: Annotated[bool, typer.Option("--read-only", help="Only tools that read.")] = False,
    tool: Annotated[
        list[str] | None,
        typer.Option(
            help="Only this tool, or resources/read, prompts/get, completion/complete; may be"
            " given several times."
        ),
    ] = None,
    manage: Annotated[
        bool, typer.Option("--manage", help="May also connect, disconnect and so on.")
    ] = False,
    service: Annotated[
        bool,
        typer.Option(
            "--service",
            help="Acts for nobody in particular, where people act with their own Notion.",
        ),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Make a token with which --user acts in a space, and print it, for the only time."""
    from notion_gateway.access.gateway_tokens import TokenWish

    wish = TokenWish(
        name=name,
        expires_in_days=days,
        read_only=read_only,
        tools=frozenset(tool) if tool else None,
        can_manage=manage,
        is_service=service,
    )

    async def work(operator: "Operator") -> dict[str, Any]:
        found = await existing(operator, space)
        if found.role_of(user) is None:
            raise Fault(
                f"{user} does not belong to {space}, so the token would open nothing. Add them:"
                f" notion-gateway spaces add-member {space} {user}",
                Exit.USAGE,
            )
        token, secret = await operator.tokens.issue(space, user, wish, by_anybody=True)
        return {
            "token_id": token.token_id,
            "token": secret.reveal(),
            "expires_at": token.expires_at.isoformat(),
        }

    made = as_operator(work)
    if as_json:
        print_json(made)
        return
    print_text(made["token"])
    hint(f"It is shown this once, and expires on {made['expires_at'][:10]}.")


def list_tokens(*, space: SpaceOption = DEFAULT_SPACE, as_json: JsonOption = False) -> None:
    """Show a space's tokens that are good, without the tokens themselves."""

    async def work(operator: "Operator") -> list[dict[str, Any]]:
        await existing(operator, space)
        return [
            {
                "token_id": one.token_id,
                "hint": one.hint,
                "name": one.name,
                "user_id": one.user_id,
                "kind": one.kind,
                "expires_at": one.expires_at.isoformat(),
                "last_used_at": one.last_used_at.isoformat() if one.last_used_at else None,
                "read_only": one.read_only,
                "tools": sorted(one.tools) if one.tools is not None else None,
                "can_manage": one.can_manage,
                "is_service": one.is_service,
            }
            for one in await operator.tokens.of_space(space)
        ]

    found = as_operator(work)
    if as_json:
        print_json(found)
        return
    table = columns("Id", "Token", "Name", "Person", "May", "Expires", "Last used")
    for one in found:
        table.add_row(
            *(cell(one[key]) for key in ("token_id", "hint", "name", "user_id")),
            cell(rights(one)),
            cell(one["expires_at"][:10]),
            cell((one["last_used_at"] or "never")[:16].replace("T", " ")),
        )
    print_table(table)


def revoke(
    *,
    token_id: Annotated[str, typer.Argument(help="Its id, as `tokens list` shows it.")],
    space: SpaceOption = DEFAULT_SPACE,
) -> None:
    """End a token. It stops working within two seconds on every replica."""

    async def work(operator: "Operator") -> bool:
        await existing(operator, space)
        known = any(one.token_id == token_id for one in await operator.tokens.of_space(space))
        await operator.tokens.revoke(space, token_id, OPERATOR)
        return known

    if not as_operator(work):
        raise Fault(f"{space} has no such token, or it has ended already.")
    hint("Revoked.")


def rights(token: dict[str, Any]) -> str:
    if token["can_manage"]:
        return "manage"
    parts = ["read"] if token["read_only"] else []
    if token["tools"] is not None:
        parts.append(f"{len(token['tools'])} tools")
    return ", ".join(parts) or "all tools"
