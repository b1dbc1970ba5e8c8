"""``spaces``: making them, and deciding who belongs, as the gateway's operator."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from notion_gateway.access.rules.space_events import GrantMode, Role
from notion_gateway.cli.connection_facts import moment
from notion_gateway.cli.lent_rights import people_act_with, service_tokens_act_with
from notion_gateway.cli.operating import OPERATOR, as_operator, existing
from notion_gateway.cli.output import (
    cell,
    columns,
    facts,
    hint,
    print_json,
    print_table,
    print_text,
)
from notion_gateway.cli.target import JsonOption, UserOption, a_space, a_user

if TYPE_CHECKING:
    from notion_gateway.operations.operator import Operator

SpaceArgument = Annotated[str, typer.Argument(callback=a_space, help="The space's id.")]
UserArgument = Annotated[str, typer.Argument(callback=a_user, help="The person's user id.")]


def add_to(app: typer.Typer) -> None:
    spaces = typer.Typer(
        no_args_is_help=True,
        help="Spaces and who belongs to them. These commands work on the gateway's database.",
    )
    spaces.command()(create)
    spaces.command("list")(list_spaces)
    spaces.command()(members)
    spaces.command()(grants)
    spaces.command("add-member")(add_member)
    spaces.command("remove-member")(remove_member)
    spaces.command()(delete)
    app.add_typer(spaces, name="spaces")


def create(
    *,
    name: Annotated[str, typer.Argument(help="What people call it.")],
    user: UserOption,
    space_id: Annotated[
        str | None,
        typer.Option("--id", help="Its id in addresses. Without it, one is made up."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Make a space, owned by --user, and print its id."""

    async def work(operator: "Operator") -> str:
        return (await operator.spaces.create(name, user, space_id)).space_id

    made = as_operator(work)
    if as_json:
        print_json({"space_id": made, "name": name, "owner": user})
        return
    print_text(made)
    hint(f"{user} owns it. A token for it: notion-gateway tokens create --space {made}")


def list_spaces(*, as_json: JsonOption = False) -> None:
    """Show every space."""

    async def work(operator: "Operator") -> list[dict[str, Any]]:
        return [
            {"space_id": one.space_id, "name": one.name, "created_at": one.created_at.isoformat()}
            for one in await operator.spaces.store.all()
        ]

    found = as_operator(work)
    if as_json:
        print_json(found)
        return
    table = columns("Space", "Name", "Since")
    for one in found:
        table.add_row(cell(one["space_id"]), cell(one["name"]), cell(one["created_at"][:10]))
    print_table(table)


def members(
    *,
    space: SpaceArgument,
    removed: Annotated[
        bool, typer.Option("--removed", help="Show who was removed, and is kept out, instead.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Show who belongs to a space, and who is invited; or who was removed."""

    async def work(operator: "Operator") -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        found = await existing(operator, space)
        people = [
            (one, one.added_at, one.added_by, one.issuer, False) for one in found.members.values()
        ] + [
            (one, one.invited_at, one.invited_by, None, True)
            for one in operator.spaces.invited_to(found)
        ]
        belong = [
            {
                "user_id": one.user_id,
                "role": one.role,
                "added_at": at.isoformat(),
                "added_by": by,
                "issuer": issuer,
                "is_invited": is_invited,
            }
            for one, at, by, issuer, is_invited in people
        ]
        kept_out = [
            {
                "user_id": one.user_id,
                "removed_at": one.removed_at.isoformat(),
                "removed_by": one.removed_by,
            }
            for one in found.kept_out.values()
        ]
        return belong, kept_out

    belong, kept_out = as_operator(work)
    if as_json:
        print_json(kept_out if removed else belong)
    elif removed:
        _print_removed(space, kept_out)
    else:
        _print_members(space, belong, len(kept_out))


def _print_members(space: str, people: list[dict[str, Any]], removed: int) -> None:
    table = columns("Person", "Role", "Since", "Added by")
    for one in people:
        since = one["added_at"][:10]
        role = f"{one['role']}, invited" if one["is_invited"] else one["role"]
        by = one["added_by"] if one["issuer"] is None else f"by the word of {one['issuer']}"
        table.add_row(cell(one["user_id"]), cell(role), cell(since), cell(by))
    print_table(table)
    if any(one["issuer"] is not None for one in people):
        hint(
            "Who belongs by an issuer's word stays for as long as it says so, or for good with"
            f" notion-gateway spaces add-member {space} PERSON --keep"
        )
    if removed:
        hint(f"Removed, and kept out: {removed}. notion-gateway spaces members {space} --removed")


def _print_removed(space: str, people: list[dict[str, Any]]) -> None:
    table = columns("Person", "Removed", "By")
    for one in people:
        table.add_row(cell(one["user_id"]), cell(one["removed_at"][:10]), cell(one["removed_by"]))
    print_table(table)
    hint(
        "Neither an issuer's word nor a link lets them in again. An owner invites them by their"
        f" user id, or: notion-gateway spaces add-member {space} PERSON"
    )


def grants(
    *,
    space: SpaceArgument,
    mode: Annotated[
        GrantMode | None, typer.Option("--mode", help="Choose this; without it, only show.")
    ] = None,
    service_tokens: Annotated[
        bool | None,
        typer.Option(
            "--service-tokens/--no-service-tokens",
            help="Let service tokens use the shared connection where people use their own.",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show or choose with whose connection people act in Notion."""

    async def work(operator: "Operator") -> dict[str, Any]:
        chosen = (await existing(operator, space)).grants
        if mode is not None or service_tokens is not None:
            use = chosen.service_tokens_use_shared if service_tokens is None else service_tokens
            chosen = await operator.spaces.choose_grants(
                space, mode or chosen.mode, OPERATOR, service_tokens_use_shared=use
            )
        return {
            "mode": chosen.mode,
            "service_tokens_use_shared": chosen.service_tokens_use_shared,
            "chosen_by": chosen.chosen_by,
            "chosen_at": chosen.chosen_at.isoformat() if chosen.chosen_at else None,
        }

    found = as_operator(work)
    if as_json:
        print_json(found)
        return
    print_table(
        facts(
            {
                "Mode": found["mode"],
                "People act with": people_act_with(found["mode"]),
                "Service tokens": service_tokens_act_with(found),
                "Chosen by": found["chosen_by"],
                "Chosen at": moment(found["chosen_at"]),
            }
        )
    )


def add_member(
    *,
    space: SpaceArgument,
    user: UserArgument,
    role: Annotated[
        Role | None, typer.Option(help="What they may do. A new one is a member without it.")
    ] = None,
    keep: Annotated[
        bool,
        typer.Option(
            "--keep",
            help="Whatever an issuer says of them from now on. Whom you add anew, or again after"
            " they were removed, stays so without it.",
        ),
    ] = False,
) -> None:
    """Add somebody to a space, or give them another role."""

    async def work(operator: "Operator") -> Role:
        found = await existing(operator, space)
        wanted = role or found.role_of(user) or Role.MEMBER
        await operator.spaces.add_member(space, user, wanted, OPERATOR, keep=keep)
        return wanted

    became = as_operator(work)
    stays = ", and stays it whatever an issuer says" if keep else ""
    hint(f"{user} is {became} of {space}{stays}.")


def remove_member(*, space: SpaceArgument, user: UserArgument) -> None:
    """Remove somebody from a space; their tokens for it end too, within two seconds."""

    async def work(operator: "Operator") -> None:
        await existing(operator, space)
        await operator.spaces.remove_member(space, user, OPERATOR)

    as_operator(work)
    hint(f"{user} does not belong to {space} any more.")


def delete(
    *,
    space: SpaceArgument,
    name: Annotated[
        str | None,
        typer.Option(help="Its name, as a confirmation. Without it, you are asked to type it."),
    ] = None,
    keep_audit: Annotated[
        bool,
        typer.Option(
            "--keep-audit/--no-keep-audit",
            help="Keep the record of its calls for as long as it would have been kept.",
        ),
    ] = True,
) -> None:
    """Delete a space, for everybody and for good."""

    async def look(operator: "Operator") -> dict[str, Any]:
        found = await existing(operator, space)
        return {"name": found.name, **asdict(await operator.figures.of(found, operator.now()))}

    if name is None:
        goes = as_operator(look)
        print_table(
            facts(
                {
                    "People who lose it": goes["people"],
                    "Invitations": goes["invitations"],
                    "Shared connection": "revoked at Notion" if goes["is_connected"] else "none",
                    "Members' own": goes["own_connections"],
                    "Tokens": goes["tokens"],
                    "MCP clients": goes["clients"],
                    "Machines": goes["machines"],
                    "Conversations": goes["conversations"],
                    "Webhooks": goes["webhooks"],
                    "Recorded calls": f"{goes['calls']}, {'kept' if keep_audit else 'deleted'}",
                }
            )
        )
        name = str(typer.prompt(f"To delete it, type its name, {goes['name']}", err=True))
    typed = name

    async def work(operator: "Operator") -> None:
        await existing(operator, space)
        await operator.spaces.delete(space, typed, OPERATOR, keeps_audit=keep_audit)

    as_operator(work)
    hint(f"{space} is deleted. A gateway that runs revokes its connections within two seconds.")
