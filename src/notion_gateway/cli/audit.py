"""``audit``: what was called in a space, and whether the record of it is whole."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from notion_gateway.cli.audit_settings import contents, keep, said_of
from notion_gateway.cli.moments import moment
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
from notion_gateway.cli.serving import configuration_faults
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
    from notion_gateway.audit.verify import Verified

audit = typer.Typer(help="What was called in a space.", no_args_is_help=True)

WhoOption = Annotated[str | None, typer.Option("--by", help="Only calls of this person.")]
TokenOption = Annotated[
    str | None, typer.Option("--token", help="Only calls with the token of this id.")
]
ToolOption = Annotated[str | None, typer.Option("--tool", help="Only calls of this tool.")]
PageOption = Annotated[
    str | None, typer.Option("--page", help="Only calls that named this page: id or address.")
]
OutcomeOption = Annotated[
    str | None, typer.Option("--outcome", help="Only calls that ended so, such as client_left.")
]
ReasonOption = Annotated[
    str | None,
    typer.Option("--reason", help="Only what was refused for it, such as budget_exhausted."),
]
GrantOption = Annotated[
    str | None, typer.Option("--grant", help="Only calls with it: shared, or personal.")
]
WritingOption = Annotated[
    bool,
    typer.Option(
        "--writing",
        help="Only calls that may have changed something: of tools that write, and not refused.",
    ),
]
SinceOption = Annotated[
    str | None,
    typer.Option("--since", help="From then on: 7d, 12h, 2026-11-28, 2026-11-28T08:00:00Z."),
]
UntilOption = Annotated[str | None, typer.Option("--until", help="Before then, likewise.")]


def add_to(app: typer.Typer) -> None:
    audit.command("list")(list_calls)
    audit.command("export")(export)
    audit.command("keep")(keep)
    audit.command("contents")(contents)
    audit.command("verify")(verify)
    app.add_typer(audit, name="audit")


def list_calls(
    *,
    by: WhoOption = None,
    token: TokenOption = None,
    tool: ToolOption = None,
    page: PageOption = None,
    outcome: OutcomeOption = None,
    reason: ReasonOption = None,
    grant: GrantOption = None,
    writing: WritingOption = False,
    since: SinceOption = None,
    until: UntilOption = None,
    limit: Annotated[int, typer.Option(min=1, max=500, help="How many at most.")] = 50,
    before: Annotated[
        str | None, typer.Option(help="Those before, as the page after them said.")
    ] = None,
    gateway: GatewayOption = DEFAULT_URL,
    space: SpaceOption = DEFAULT_SPACE,
    user: UserOption,
    as_json: JsonOption = False,
) -> None:
    """Show calls of tools, the newest first. Who owns the space sees all, others their own."""
    from notion_gateway.cli.client import GatewayClient

    wanted = _wanted(by, token, tool, page, outcome, reason, grant, since, until, writing=writing)
    wanted |= {"limit": str(limit)} | ({} if before is None else {"before": before})
    with GatewayClient(a_target(gateway, space, user)) as client:
        found = client.audit(wanted)
    entries: Sequence[Mapping[str, Any]] = found.get("entries", [])
    if as_json:
        print_json(found)
        return
    table = columns("When", "Person", "Tool", "Pages", "Ended", "Grant", "Token", "Program")
    for one in entries:
        if one.get("kind") == "lost":
            table.add_row(_moment(one), "", f"{one.get('calls')} calls, not recorded")
            continue
        ended = one.get("reason") or f"{one.get('outcome')} ({one.get('status')})"
        if (times := one.get("calls", 1)) > 1:
            ended += f", {times} times"
        table.add_row(
            _moment(one),
            cell(one.get("user_id")),
            "a login" if one.get("kind") == "login" else cell(one.get("tool")),
            cell(_pages(one)),
            cell(ended),
            cell(one.get("grant")),
            cell(one.get("token")),
            cell(one.get("mcp_client") or one.get("client")),
        )
    if entries:
        print_table(table)
    else:
        hint("No such calls are recorded in this space. Who does not own it sees their own.")
    if not found.get("is_kept"):
        hint("Calls are not recorded here now: the gateway's operator sets GATEWAY_AUDIT=1.")
    if told := said_of(found.get("contents", {})):
        hint(told)
    if found.get("before"):
        hint(f"There are more: --before {found['before']} shows them.")


def export(
    *,
    by: WhoOption = None,
    token: TokenOption = None,
    tool: ToolOption = None,
    page: PageOption = None,
    outcome: OutcomeOption = None,
    reason: ReasonOption = None,
    grant: GrantOption = None,
    writing: WritingOption = False,
    since: SinceOption = None,
    until: UntilOption = None,
    gateway: GatewayOption = DEFAULT_URL,
    space: SpaceOption = DEFAULT_SPACE,
    user: UserOption,
) -> None:
    """Print all of them as JSON lines, for who owns the space. Fails where not all has come."""
    from notion_gateway.cli.client import GatewayClient

    wanted = _wanted(by, token, tool, page, outcome, reason, grant, since, until, writing=writing)
    with GatewayClient(a_target(gateway, space, user)) as client:
        for line in client.exported_audit(wanted):
            print_text(line)


def verify(
    *,
    space: Annotated[
        str | None, typer.Option("--space", help="Only this space's; otherwise every one's.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Check that no entry was changed, removed, added or moved since it was written.

    Looks into the database, with the gateway's key, while gateways go on working; changes nothing.
    Exits with 1 where a record is not whole, and names its first wrong entry. The newest entry's
    code is shown: where it is kept elsewhere, and still found later, nothing was set back.
    """
    import anyio

    from notion_gateway.audit.verify import verify as check
    from notion_gateway.kernel.log import configure_logging
    from notion_gateway.operations.chains import open_chains
    from notion_gateway.settings import load_settings

    with configuration_faults():
        settings = load_settings()
    configure_logging(settings.gateway_log_format, "error")

    async def work() -> "list[Verified]":
        async with open_chains(settings) as store:
            spaces = await store.spaces() if space is None else [space]
            found = [await check(store, one) for one in spaces]
            return [one for one in found if one is not None]

    with configuration_faults():
        found = anyio.run(work)
    _show(found, as_json=as_json)
    if any(one.fault for one in found):
        raise Fault("Not every record is whole: somebody has written to the database.", Exit.FAULT)


def _show(found: "Sequence[Verified]", *, as_json: bool) -> None:
    if as_json:
        print_json(
            [
                {
                    "space_id": one.space_id,
                    "entries": one.checked,
                    "oldest": one.oldest,
                    "newest": one.newest,
                    "code": one.code,
                    "fault": None
                    if one.fault is None
                    else {"number": one.fault.number, "flaw": one.fault.flaw},
                }
                for one in found
            ]
        )
        return
    if not found:
        hint("Nothing was ever recorded.")
        return
    table = columns("Space", "Entries", "From", "To", "Newest code", "Found")
    for one in found:
        told = "whole" if one.fault is None else f"entry {one.fault.number}: {one.fault.flaw}"
        numbers = (str(one.checked), str(one.oldest), str(one.newest))
        table.add_row(cell(one.space_id), *numbers, one.code[:16], told.replace("_", " "))
    print_table(table)


def _wanted(
    by: str | None,
    token: str | None,
    tool: str | None,
    page: str | None,
    outcome: str | None,
    reason: str | None,
    grant: str | None,
    since: str | None,
    until: str | None,
    *,
    writing: bool,
) -> dict[str, str]:
    now = datetime.now(UTC)
    given = {
        "user": by,
        "token": token,
        "tool": tool,
        "page": page,
        "outcome": outcome,
        "reason": reason,
        "grant": grant,
        "since": None if since is None else moment("--since", since, now),
        "until": None if until is None else moment("--until", until, now),
        "writing": "true" if writing else None,
    }
    return {name: value for name, value in given.items() if value is not None}


def _pages(entry: Mapping[str, Any]) -> str:
    more = entry.get("more_pages", 0)
    return " ".join([*entry.get("pages", []), *([f"and {more} more"] if more else [])])


def _moment(entry: Mapping[str, Any]) -> str:
    return cell(str(entry.get("at", ""))[:19].replace("T", " "))
