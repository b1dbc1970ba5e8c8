"""``catalogue``: which tools Notion lists for a space, and what has changed in them."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

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
from notion_gateway.cli.target import (
    DEFAULT_SPACE,
    DEFAULT_URL,
    GatewayOption,
    JsonOption,
    SpaceOption,
    UserOption,
    a_target,
)

if TYPE_CHECKING:
    from notion_gateway.cli.client import GatewayClient

LimitOption = Annotated[int, typer.Option(min=1, max=500, help="How many, the newest.")]
MineOption = Annotated[
    bool, typer.Option("--mine", help="Those of your own connection in the space.")
]
UnseenOption = Annotated[bool, typer.Option("--unseen", help="Only those nobody has seen.")]


def add_to(app: typer.Typer) -> None:
    catalogue = typer.Typer(
        no_args_is_help=True, help="Which tools Notion lists for a space, and what has changed."
    )
    catalogue.command()(show)
    catalogue.command()(changes)
    catalogue.command()(seen)
    app.add_typer(catalogue, name="catalogue")


def show(
    *,
    user: UserOption,
    gateway: GatewayOption = DEFAULT_URL,
    space: SpaceOption = DEFAULT_SPACE,
    mine: MineOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show the tools as of the gateway's newest look. With --json also what Notion says of each."""
    with _client(gateway, space, user, mine=mine) as client:
        found = client.catalogue()
    if as_json:
        print_json(found)
        return
    table = columns("Name", "Title", "By its own word", "Seen")
    for one in found.get("tools", []):
        table.add_row(
            cell(one.get("name")),
            cell(one.get("title")),
            cell(one.get("effect")),
            cell(_seen(one)),
        )
    print_table(table)
    hint(_summary(space, found, mine=mine))


def changes(
    *,
    user: UserOption,
    gateway: GatewayOption = DEFAULT_URL,
    space: SpaceOption = DEFAULT_SPACE,
    mine: MineOption = False,
    limit: LimitOption = 50,
    unseen: UnseenOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show what has changed in the tools, the newest last, with the difference in words."""
    with _client(gateway, space, user, mine=mine) as client:
        found = client.catalogue_changes(limit, unseen=unseen)
    if as_json:
        print_json(found)
        return
    if not found:
        hint(f"No {'unseen ' if unseen else ''}changes are known in {space}.")
    for one in reversed(found):
        print_text(_heading(one))
        for each in one.get("differences", []):
            print_text("\n".join(_difference(each)))
        if left_out := one.get("left_out"):
            print_text(f"   Changes of it right before that are kept no longer: {left_out}.")
    if any(one.get("seen_at") is None for one in found):
        which = f"--version {_newest(found)}{' --mine' if mine else ''}"
        hint(f"Once you have seen them: notion-gateway catalogue seen {which}")


def seen(
    *,
    user: UserOption,
    gateway: GatewayOption = DEFAULT_URL,
    space: SpaceOption = DEFAULT_SPACE,
    mine: MineOption = False,
    version: Annotated[
        int | None,
        typer.Option(min=1, help="Of the catalogue that you have seen. Without it, the newest."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Say that you have seen the tools and their changes: for the policy they are new no longer.

    Of your own connection (--mine) the policy takes no notice.
    """
    with _client(gateway, space, user, mine=mine) as client:
        newest = version or int(client.catalogue()["version"])
        if not newest:
            raise Fault(f"Nobody has looked at the tools of {space} yet.", Exit.FAULT)
        found = client.see_catalogue(newest)
    if as_json:
        print_json(found)
    hint(f"Version {newest} of the tools of {space} is marked as seen.")


def _newest(found: Sequence[Mapping[str, Any]]) -> int:
    return max(int(one["version"]) for one in found)


def _summary(space: str, found: Mapping[str, Any], *, mine: bool) -> str:
    if not found.get("is_on"):
        return "This gateway does not look: GATEWAY_CATALOGUE_HOURS is 0."
    failure = found.get("failure")
    trouble = f" The newest look failed ({failure})." if failure else ""
    if not found.get("version"):
        return f"Nobody has looked at the tools of {space} yet.{trouble}"
    text = f"Version {found['version']}, looked at {found['looked_at']}.{trouble}"
    if found.get("unseen_changes"):
        text += (
            f" Unseen changes: {found['unseen_changes']}, flagged: {found.get('flagged_changes')}."
            f" Look at: notion-gateway catalogue changes --unseen{' --mine' if mine else ''}"
        )
    return text


def _seen(tool: Mapping[str, Any]) -> str:
    words = "yes" if tool.get("is_seen") else "no"
    return f"{words}; hidden characters" if tool.get("has_hidden_characters") else words


def _heading(one: Mapping[str, Any]) -> str:
    flag = " FLAGGED" if one.get("flagged") else ""
    by = f", seen by {one['seen_by']}" if one.get("seen_by") else ""
    return f"{one.get('number')}. {one.get('at')} {one.get('kind')} {one.get('tool')}{flag}{by}"


def _difference(each: Mapping[str, Any]) -> Sequence[str]:
    """What Notion says itself stands indented behind a bar, so that no line of it looks like one
    of ours.
    """
    lines = [f"   {each.get('words')}"]
    for name in ("before", "after"):
        if text := each.get(name):
            lines.append(f"   {name}:")
            lines += [f"   | {line}" for line in str(text).splitlines()]
    return lines


def _client(gateway: str, space: str, user: str, *, mine: bool) -> "GatewayClient":
    from notion_gateway.cli.client import GatewayClient

    return GatewayClient(a_target(gateway, space, user), mine=mine)
